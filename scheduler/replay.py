"""Runs history through the real registry and the real worker under a simulated clock.

Every row is registered when it was lodged, every fact is recorded when it
happened, and what falls due in between is carried out at its own instant. The
clock does not run: it jumps to whatever comes next. Alerts are recorded, not sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.clock import SettableClock
from scheduler.domain.actors import Actor
from scheduler.domain.hold import over_detention_minutes
from scheduler.errors import HoldStateError
from scheduler.history_file import FacilityAsked
from scheduler.recorder import Entry
from scheduler.replay_history import FIELDS, Happening, History, Rank, Row
from scheduler.store import simulation
from scheduler.store.engine import open_database
from scheduler.wiring import House
from scheduler.worker.deadlines import Deadlines
from scheduler.worker.timekeeper import Timekeeper

DEFAULT_POLICY = "i-247a"
AFTER_LAST_DEADLINE = timedelta(hours=1)
"""The replay goes on this long after the last deadline: the first alarms are seen."""

Progress = Callable[[int], None]
"""Told how many facts are done."""


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
