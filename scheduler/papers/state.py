"""One open hold in words: which limit comes next, when exactly, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from scheduler.domain import board, clock_duties, duties, instants
from scheduler.domain.board import Group, Place
from scheduler.domain.hold import Hold, Rules, papers_missing
from scheduler.domain.policy import Paper
from scheduler.store.directory import FacilityRecord

NO_PAPER = {
    Paper.SERVED: "NOT SERVED",
    Paper.WARRANT: "NO WARRANT",
    Paper.JUDICIAL_ORDER: "NO JUDICIAL ORDER",
}
NOT_YET = {
    Paper.SERVED: "Not served",
    Paper.WARRANT: "No warrant",
    Paper.JUDICIAL_ORDER: "No judicial order",
}
ASSUMED = "Clock started on the expected time, not confirmed. Confirm or correct."


class Coming(NamedTuple):
    """Something that comes at a known instant."""

    at: datetime
    what: str
    is_forecast: bool = False


class Standing(NamedTuple):
    """An open hold, brought up to an instant on paper only.

    Attributes:
        hold: As the worker would write it at `now`: a paper printed while the worker
            stands still must not show time left that is over.
        rules: What it pins.
        facility: Where it is.
        now: UTC.
    """

    hold: Hold
    rules: Rules
    facility: FacilityRecord
    now: datetime

    @property
    def place(self) -> Place:
        """Where it stands, as on every board."""
        return board.place(self.hold, self.now)

    @property
    def group(self) -> Group:
        """Where it stands on a sheet."""
        return self.place.group

    @property
    def order(self) -> tuple[int, bool, float, str]:
        """Sort by group, then by the next instant, what has none last."""
        return board.order(self.hold, self.place)

    @property
    def unanswered_since(self) -> datetime | None:
        """The last alert that asks for an answer, if none came after it."""
        return board.unanswered_since(self.hold)

    def tell(self, at: datetime) -> str:
        """Return an instant in the facility's time, with the year where it is not this one."""
        zone = self.facility.timezone
        years = {each.astimezone(instants.zone_of(zone)).year for each in (at, self.now)}
        return instants.local_text(at, zone, year=len(years) > 1)

    def limit(self) -> tuple[str, tuple[str, ...]]:
        """Return the next limit, and what must be said beside it."""
        hold, group = self.hold, self.group
        if group is Group.PAST and hold.expired_at is not None:
            return f"EXPIRED {self.tell(hold.expired_at)}", ("no outcome on record",)
        if group is Group.LAPSED and hold.lapsed_at is not None:
            return f"LAPSED {self.tell(hold.lapsed_at)}", ("local custody goes on",)
        if group is Group.RUNNING:
            return self._running_limit()
        if not self.rules.policy.has_clock:
            return "No clock", (f"policy {hold.policy} gives no authority to hold",)
        if hold.expected_release_at is not None and hold.would_release_at is None:
            said = f"Release expected {self.tell(hold.expected_release_at)}"
            return said, ("forecast; confirm when it comes",)
        return "No release time known", ()

    def _running_limit(self) -> tuple[str, tuple[str, ...]]:
        deadline, ceiling, at = self.hold.deadline_at, self.hold.ceiling_at, self.place.at
        if deadline is None or ceiling is None or at is None:
            return "No limit", ()
        if ceiling == deadline:
            return self.tell(at), ("deadline",)
        if at == ceiling:
            return self.tell(at), ("ceiling", f"deadline {self.tell(deadline)}")
        return self.tell(at), ("deadline", f"ceiling passed {self.tell(ceiling)}")

    def words(self) -> tuple[str, ...]:
        """Return the state and everything that is missing, a sentence each."""
        return tuple(self._words())

    def _words(self) -> Iterator[str]:
        hold = self.hold
        yield {
            Group.PAST: "PAST THE LIMIT. Record what happened.",
            Group.RUNNING: "Running.",
            Group.LAPSED: "Lapsed: authority under the detainer ended.",
            Group.NOT_STARTED: "Clock not started." if self.rules.policy.has_clock else "Open.",
        }[self.group]
        if self.group is not Group.PAST and hold.ceiling_reached_at is not None:
            yield "Ceiling passed."
        if hold.assumed:
            yield ASSUMED
        yield from self.missing()
        since = self.unanswered_since
        if since is not None:
            yield f"Not acknowledged: alert of {self.tell(since)}."

    def missing(self) -> Iterator[str]:
        """Yield the papers and the notice that are not on record."""
        hold, policy = self.hold, self.rules.policy
        papers = papers_missing(hold, policy)
        if papers and hold.started_at is not None:
            yield "NO AUTHORITY ON RECORD: " + ", ".join(NO_PAPER[paper] for paper in papers) + "."
        elif papers:
            yield ", ".join(NOT_YET[paper] for paper in papers) + "."
        if hold.notice_given_at is None and policy.notice_expected:
            yield "Notice overdue." if hold.notice_overdue_at is not None else "No notice."

    def coming(self) -> Iterator[Coming]:
        """Yield what comes at a known instant, the ceiling apart where it is its own limit."""
        hold, policy = self.hold, self.rules.policy
        if self.group is Group.RUNNING and hold.deadline_at is not None:
            if hold.ceiling_at is not None and hold.ceiling_at != hold.deadline_at:
                yield Coming(hold.ceiling_at, "Ceiling.")
            yield Coming(hold.deadline_at, "Deadline: authority to hold ends.")
        if hold.expected_release_at is not None and not self._is_released:
            what = "Release expected: a forecast, confirm or correct when it comes."
            yield Coming(hold.expected_release_at, what, is_forecast=True)
        due = clock_duties.notice_due_at(hold, self.rules)
        if due is not None and hold.notice_given_at is None and policy.notice_expected:
            yield Coming(due, "Notice of release to the agency is due.")

    @property
    def _is_released(self) -> bool:
        return self.hold.would_release_at is not None or self.hold.assumed


def stand(hold: Hold, rules: Rules, facility: FacilityRecord, now: datetime) -> Standing:
    """Bring an open hold up to `now`; nothing is written."""
    return Standing(duties.catch_up(hold, rules, now, now).hold, rules, facility, now)
