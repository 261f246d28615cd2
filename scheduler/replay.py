"""Runs history through the real registry and the real worker under a simulated clock.

Every row is registered when it was lodged, every fact is recorded when it
happened, and what falls due in between is carried out at its own instant. The
clock does not run: it jumps to whatever comes next. Alerts are recorded, not sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from scheduler import history_file
from scheduler.clock import SettableClock
from scheduler.domain.actors import Actor
from scheduler.domain.hold import over_detention_minutes
from scheduler.errors import HoldStateError, InvalidHoldError
from scheduler.history_file import BadRowsError, FacilityAsked, Line
from scheduler.intake import Registration
from scheduler.recorder import Entry
from scheduler.store import simulation
from scheduler.store.engine import open_database
from scheduler.wiring import House
from scheduler.worker.deadlines import Deadlines
from scheduler.worker.timekeeper import Timekeeper

DEFAULT_POLICY = "i-247a"
AFTER_LAST_DEADLINE = timedelta(hours=1)
"""The replay goes on this long after the last deadline: the first alarms are seen."""

_UNUSED = datetime(1970, 1, 1, tzinfo=UTC)
"""A row always says when it was lodged, so `now` is never taken for it."""

Progress = Callable[[int], None]
"""Told how many facts are done."""


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


class Tally(NamedTuple):
    """What a replay brought about.

    Attributes:
        holds: Registered.
        clock_started: Of those, how many clocks started.
        events: Counts by kind.
        outcomes: Counts of closed holds by outcome.
        over_detention_minutes: Over all holds, to their outcome or to the end.
        until: When the replay ended.
        warnings: What must be said of facts and policies, with how often.
    """

    holds: int
    clock_started: int
    events: dict[str, int]
    outcomes: dict[str, int]
    over_detention_minutes: int
    until: datetime
    warnings: Counter[str]

    def as_json(self) -> dict[str, Any]:
        """Return the shape that the contract gives."""
        return {
            "holds": self.holds,
            "clock_started": self.clock_started,
            "events": self.events,
            "outcomes": self.outcomes,
            "over_detention_minutes": self.over_detention_minutes,
        }


# Reading the file.


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


# Replaying it.


def prepare(database_url: str) -> None:
    """Make the database of a replay, and mark it.

    Raises:
        StoreError: It holds anything.
    """
    database = open_database(database_url, durable=False)
    try:
        simulation.begin(database)
    finally:
        database.close()


class Replay:
    """One run of one history.

    Args:
        house: On a prepared database, under `clock`, recording alerts without sending them.
        clock: Standing at or before the first instant of the history.
        actor: On record as having written everything.
        policy: Asked for by name for every hold; None leaves it to the facility.
    """

    def __init__(
        self, house: House, clock: SettableClock, *, actor: Actor, policy: str | None = None
    ) -> None:
        self._house = house
        self._clock = clock
        self._actor = actor
        self._policy = policy
        self._deadlines = Deadlines(
            house.database,
            Timekeeper(house.database, clock),
            rule_book=house.rule_book,
            sends=False,
        )
        self._ids: dict[int, str] = {}
        self._warnings: Counter[str] = Counter()
        self._said: dict[tuple[str, int], str] = {}

    def run(
        self, history: History, *, until: datetime | None = None, progress: Progress | None = None
    ) -> Tally:
        """Replay the history.

        Args:
            history: As `read_history` returns it.
            until: UTC; nothing after it happens. None is the later of the last
                instant of the file and an hour after the last deadline.
            progress: Told how many facts are done.
        """
        self._add_facilities(history.facilities.values())
        for done, happening in enumerate(history.happenings):
            if until is not None and happening.at > until:
                break
            self._pass_time(happening.at)
            self._record(happening)
            if progress is not None:
                progress(done + 1)
        ended_at = self._pass_rest(history.ends_at) if until is None else self._pass_time(until)
        simulation.settle(self._house.database)
        return self._tally(ended_at)

    def _add_facilities(self, facilities: Iterable[FacilityAsked]) -> None:
        for facility in facilities:
            self._house.administration.add_facility(
                self._actor,
                facility.code,
                name=facility.name,
                state=facility.state,
                timezone=facility.timezone,
                policy=self._policy or DEFAULT_POLICY,
            )

    def _pass_time(self, until: datetime) -> datetime:
        """Carry out all that falls due by `until`, each at its own instant."""
        while (due := self._deadlines.next_due_at()) is not None and due <= until:
            self._move_to(due)
            if self._deadlines.tick().set_aside:
                with self._house.database.read() as connection:
                    simulation.require_none_set_aside(connection)
        self._move_to(until)
        return until

    def _pass_rest(self, ends_at: datetime) -> datetime:
        """Go on to an hour after the last deadline; what comes may set another one."""
        until = self._pass_time(max(ends_at, self._clock.now()))
        while (later := self._end()) > until:
            until = self._pass_time(later)
        return until

    def _end(self) -> datetime:
        with self._house.database.read() as connection:
            deadline = simulation.last_deadline(connection)
        return self._clock.now() if deadline is None else deadline + AFTER_LAST_DEADLINE

    def _move_to(self, instant: datetime) -> None:
        step = instant - self._clock.now()
        if step > timedelta(0):
            # Both scales of the clock: a step of the wall clock alone is a jump,
            # which the timekeeper would doubt. In parts, since a float is not exact.
            self._clock.tick(days=step.days, seconds=step.seconds, microseconds=step.microseconds)

    def _record(self, happening: Happening) -> None:
        row = happening.row
        if happening.rank is Rank.LODGING:
            self._register(row)
            return
        try:
            self._record_fact(happening)
        except HoldStateError as exc:
            # A policy without a clock has none to start: the registry says so.
            about = str(exc).replace(f"hold {self._ids[row.line]}: ", "")
            self._warnings[f"{FIELDS.get(happening.rank, 'outcome')} was refused: {about}"] += 1

    def _register(self, row: Row) -> None:
        lodging = replace(
            row.asked,
            policy=self._policy,
            served_at=None,
            warrant_served_at=None,
            would_release_at=None,
            notice_given_at=None,
            outcome=None,
            outcome_at=None,
        )
        done = self._house.registry.register_hold(lodging, self._actor, is_history=True)
        self._ids[row.line] = done.hold.id
        for place, text in enumerate(done.warnings):
            # One such text stands for all: they differ in the date alone.
            first = self._said.setdefault((done.hold.policy, place), f"{text}, to name the first")
            self._warnings[first] += 1

    def _record_fact(self, happening: Happening) -> None:
        registry, asked = self._house.registry, happening.row.asked
        name = self._ids[happening.row.line]
        if happening.rank is Rank.OUTCOME:
            if asked.outcome is None:
                return
            entry = Entry(
                actor=self._actor, at=asked.outcome_at, reason=asked.reason, is_history=True
            )
            undated = asked.outcome_at is None
            registry.record_outcome(name, entry, asked.outcome, undated=undated)
            return
        at = getattr(asked, FIELDS[happening.rank])
        entry = Entry(actor=self._actor, at=at, is_history=True)
        ways: dict[Rank, Callable[[str, Entry], object]] = {
            Rank.SERVICE: registry.serve_detainer,
            Rank.WARRANT: registry.serve_warrant,
            Rank.NOTICE: registry.give_notice,
            Rank.CLOCK: registry.start_clock,
        }
        ways[happening.rank](name, entry)

    def _tally(self, until: datetime) -> Tally:
        with self._house.database.read() as connection:
            found = simulation.totals(connection)
        return Tally(
            found.holds,
            found.clock_started,
            found.events,
            found.outcomes,
            sum(over_detention_minutes(hold, until) for hold in found.overdue),
            until,
            self._warnings,
        )
