"""A file of holds as a timeline: which facts are recorded, when, and in what order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from scheduler import history_file
from scheduler.errors import InvalidHoldError
from scheduler.history_file import BadRowsError, FacilityAsked, Line
from scheduler.intake import Registration

_UNUSED = datetime(1970, 1, 1, tzinfo=UTC)
"""A row always says when it was lodged, so `now` is never taken for it."""


class Rank(IntEnum):
    """The order of facts at one instant."""

    LODGING = 0
    SERVICE = 1
    WARRANT = 2
    NOTICE = 3
    CLOCK = 4
    OUTCOME = 5


FIELDS = {
    Rank.SERVICE: "served_at",
    Rank.WARRANT: "warrant_served_at",
    Rank.NOTICE: "notice_given_at",
    Rank.CLOCK: "would_release_at",
}


class Row(NamedTuple):
    """One hold of the file."""

    line: int
    asked: Registration


class Happening(NamedTuple):
    """One fact of one row, and when it is recorded."""

    at: datetime
    rank: Rank
    row: Row


class History(NamedTuple):
    """A file, ready to be replayed.

    Attributes:
        rows: Its holds.
        facilities: Those it names, by code.
        happenings: Every fact that is recorded, in order.
        ends_at: The last instant in the file.
        notes: What the reader must be told of how the file was read.
    """

    rows: list[Row]
    facilities: dict[str, FacilityAsked]
    happenings: list[Happening]
    ends_at: datetime
    notes: list[str]


def read_history(path: Path) -> History:
    """Read a file of holds.

    Raises:
        BadRowsError: Listing every row that cannot be read: nothing is replayed then.
        InvalidHoldError: The file itself cannot be used.
    """
    table = history_file.read_table(path)
    history_file.require_columns(table.columns)
    bad = list(table.bad)
    facilities: dict[str, FacilityAsked] = {}
    rows: dict[tuple[str, str], Row] = {}
    notes = [
        f"column {name!r} is not known; nothing is read from it"
        for name in history_file.unknown_columns(table.columns)
    ]
    for line in table.lines:
        try:
            row = _row(line, facilities)
            known = rows.setdefault((row.asked.facility_code, row.asked.hold_ref), row)
            _require_same(known, row)
        except InvalidHoldError as exc:
            bad += history_file.bad_rows(line, exc)
            continue
        if known is not row:
            notes.append(f"line {line.number}: the same hold as line {known.line}")
        notes += [f"line {line.number}: {note}" for note in row.asked.notes]
    if bad:
        raise BadRowsError(sorted(bad))
    if not rows:
        raise InvalidHoldError(f"file: {path} has no row; there is nothing to replay")
    return _history(list(rows.values()), facilities, notes)


def _row(line: Line, facilities: dict[str, FacilityAsked]) -> Row:
    """Read one row; the first row of a facility describes it."""
    found = history_file.read_facility(line)
    facility = facilities.setdefault(found.code, found)
    if facility.timezone != found.timezone:
        raise InvalidHoldError(
            f"timezone: an earlier row puts {found.code} in {facility.timezone}; a facility is "
            "in one zone",
            field="timezone",
        )
    return Row(line.number, history_file.read_hold(line, facility.timezone, _UNUSED))


def _require_same(known: Row, row: Row) -> None:
    if replace(known.asked, notes=()) != replace(row.asked, notes=()):
        raise InvalidHoldError(
            f"hold_ref: line {known.line} has it with other fields; a second detainer takes "
            f"{row.asked.hold_ref}/2",
            field="hold_ref",
        )


def _history(rows: list[Row], facilities: dict[str, FacilityAsked], notes: list[str]) -> History:
    happenings = [happening for row in rows for happening in _happenings(row)]
    happenings.sort(key=lambda each: (each.at, each.rank, each.row.line))
    for field in FIELDS.values():
        lines = [row.line for row in rows if field in _after_outcome(row.asked)]
        if lines:
            notes.append(
                f"{field} lies after the outcome, so it is left out: {len(lines)} x "
                f"(the first in line {lines[0]})"
            )
    ends_at = max(instant for row in rows for instant in _instants(row.asked))
    return History(rows, facilities, happenings, ends_at, notes)


def _instants(asked: Registration) -> Iterator[datetime]:
    names = ("lodged_at", *FIELDS.values(), "expected_release_at", "outcome_at")
    for name in names:
        instant = getattr(asked, name)
        if instant is not None:
            yield instant


def _happenings(row: Row) -> Iterator[Happening]:
    """Yield the facts of a row that are recorded, none of them before the lodging."""
    asked = row.asked
    last = asked.lodged_at
    yield Happening(last, Rank.LODGING, row)
    left_out = set(_after_outcome(asked))
    for rank, field in FIELDS.items():
        instant = getattr(asked, field)
        if instant is None or field in left_out:
            continue
        at = max(instant, asked.lodged_at)
        last = max(last, at)
        yield Happening(at, rank, row)
    if asked.outcome is not None:
        # Without a date the outcome comes after all that is known of the hold.
        yield Happening(asked.outcome_at or last, Rank.OUTCOME, row)


def _after_outcome(asked: Registration) -> Iterator[str]:
    """Yield the facts dated after the outcome: a clock that would start then never started."""
    if asked.outcome_at is None:
        return
    for field in FIELDS.values():
        instant = getattr(asked, field)
        if instant is not None and instant > asked.outcome_at:
            yield field
