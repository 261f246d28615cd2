"""Rows of an import, read against the facilities on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from scheduler import facility_names, history_file
from scheduler.errors import InvalidHoldError
from scheduler.facility_names import CloseNames
from scheduler.history_file import BadRow, FacilityAsked, Line, shown
from scheduler.import_mapping import Mapped
from scheduler.intake import MAY_BE_AHEAD, Registration

DETAINER_TYPES = frozenset({"I-247", "I-247A", "I-247D", "I-247G", "I-247N", "I-247X"})
"""The forms there have been; others are kept as they are written, with a warning."""

Reference = tuple[str, str]


class Row(NamedTuple):
    """One hold of the file."""

    line: int
    asked: Registration

    @property
    def reference(self) -> Reference:
        """Return what the hold is known by."""
        return self.asked.facility_code, self.asked.hold_ref


class Rows(NamedTuple):
    """A file, read as far as it can be.

    Attributes:
        good: Its holds, each once.
        bad: What could not be read.
        new_facilities: To be created, by code.
        close: New facilities spelt like others.
        warnings: What must be said, with how often.
    """

    good: list[Row]
    bad: list[BadRow]
    new_facilities: dict[str, FacilityAsked]
    close: list[CloseNames]
    warnings: Counter[str]


class _Reader:
    def __init__(self, known: Mapping[str, FacilityAsked], now: datetime, *, creates: bool) -> None:
        self._known = known
        self._now = now
        self._creates = creates
        self.new: dict[str, FacilityAsked] = {}
        self.unknown: dict[str, FacilityAsked] = {}
        self.warnings: Counter[str] = Counter()

    def read(self, line: Line) -> Row:
        """Read one row.

        Raises:
            InvalidHoldError: With every problem found.
        """
        facility = self._facility(line)
        asked = history_file.read_hold(line, facility.timezone, self._now)
        self.warnings.update(asked.notes)
        if asked.detainer_type not in DETAINER_TYPES:
            self.warnings[
                f"detainer type {shown(asked.detainer_type)} is not known; kept as it is written"
            ] += 1
        return Row(line.number, _with_release_as_expected(asked, self._now))

    def _facility(self, line: Line) -> FacilityAsked:
        code = line.texts.get("facility_code", "")
        facility = self._known.get(code) or self.new.get(code)
        if facility is None:
            return self._unknown(line)
        zone = line.texts.get("timezone", facility.timezone)
        if zone != facility.timezone:
            raise InvalidHoldError(
                f"timezone: facility {code} is in {facility.timezone}; leave the zone out, or "
                "correct it",
                field="timezone",
            )
        return facility

    def _unknown(self, line: Line) -> FacilityAsked:
        if self._creates:
            facility = history_file.read_facility(line)
            self.new[facility.code] = facility
            return facility
        code = line.texts.get("facility_code", "")
        name = line.texts.get("facility_name", code)
        self.unknown.setdefault(code, FacilityAsked(code, name, line.texts.get("state", ""), ""))
        raise InvalidHoldError(
            f"facility_code: there is no facility {shown(code)}; add it, or use "
            "--create-facilities",
            field="facility_code",
        )


def read_rows(
    mapped: Mapped,
    known: Mapping[str, FacilityAsked],
    now: datetime,
    *,
    creates_facilities: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Rows:
    """Read every row; what is wrong is told in the words of the file.

    Args:
        mapped: By field.
        known: The facilities on record, by code.
        now: UTC.
        creates_facilities: Unknown ones are to be created.
        progress: Told how many rows are read.
    """
    reader = _Reader(known, now, creates=creates_facilities)
    good: dict[Reference, Row] = {}
    bad = list(mapped.bad)
    for done, line in enumerate(mapped.lines, 1):
        try:
            row = reader.read(line)
            earlier = good.setdefault(row.reference, row)
            if earlier is not row:
                _require_same(earlier, row)
                reader.warnings["rows that repeat an earlier one, hold_ref included"] += 1
        except InvalidHoldError as exc:
            bad += [mapped.told(each) for each in history_file.bad_rows(line, exc)]
        progress(done)
    used = {code for code, _ in good}
    new = {code: facility for code, facility in reader.new.items() if code in used}
    asked_for = new if creates_facilities else reader.unknown
    return Rows(
        list(good.values()),
        sorted(bad),
        new,
        facility_names.close_names(asked_for.values(), known.values()),
        reader.warnings,
    )


def _require_same(earlier: Row, row: Row) -> None:
    if replace(earlier.asked, notes=()) != replace(row.asked, notes=()):
        raise InvalidHoldError(
            f"hold_ref: line {earlier.line} has it with other fields; a second detainer takes "
            f"{row.asked.hold_ref}/2",
            field="hold_ref",
        )


def _with_release_as_expected(asked: Registration, now: datetime) -> Registration:
    """Take a release still to come as a forecast: it is no fact before it has come."""
    release = asked.would_release_at
    if asked.outcome is not None or release is None or release <= now + MAY_BE_AHEAD:
        return asked
    return replace(asked, would_release_at=None, expected_release_at=release)
