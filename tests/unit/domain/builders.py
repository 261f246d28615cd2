"""Small builders: rules of the shipped policies, and a hold whose life a test tells step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from config.holidays import load_holidays
from config.policies import load_policies
from scheduler.domain import corrections, duties, facts, outcomes
from scheduler.domain.events import Event, Kind
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Outcome, Reporter, Rules
from scheduler.domain.ladder import LADDER
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Anchor, Notice, Paper, Policy

BOOK = load_policies()
CALENDAR = load_holidays(policies=BOOK).calendar("America/New_York")

START = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Monday 09:00 in New York: the lodging of every hold made here, if not told otherwise."""

CHECKED = Policy(
    id="lodged-and-checked",
    version=1,
    title="Counts from receipt, and looks at the form too",
    anchor=Anchor.LODGED_AT,
    limit=timedelta(hours=72),
    notice=Notice.REQUESTED,
    checks=("i-247a",),
    source="made for tests",
    mark="R",
)
"""No shipped policy counts from one instant and checks one that counts from another."""


def at(hours: float = 0, minutes: float = 0) -> datetime:
    """Return the instant that long after START."""
    return START + timedelta(hours=hours, minutes=minutes)


def rules(
    policy: str | Policy = "i-247a",
    *,
    chain: int = 0,
    ladder: tuple[timedelta, ...] = LADDER,
) -> Rules:
    """Return what a hold under that policy is judged by, at a facility in New York."""
    chosen = BOOK[policy] if isinstance(policy, str) else policy
    return Rules(chosen, BOOK.checked(chosen), CALENDAR, ladder, chain)


def hold(judged_by: Rules | None = None, **known: Any) -> Hold:
    """Return a hold with these facts, its clock and marks still empty."""
    policy = (judged_by or rules()).policy
    given: dict[str, Any] = {
        "id": "7Q3KM4",
        "hold_ref": "REF-1",
        "facility_code": "TEST-1",
        "detainer_type": "I-247A",
        "rules_id": policy.id,
        "policy": policy.id,
        "policy_version": policy.version,
        "lodged_at": START,
    }
    return Hold(**{**given, **known})


class Life:
    """One hold, with everything that was written about it.

    Each method records one thing; `now` is when it is recorded, and is the fact's
    own instant if not given. What is written is kept in `events`, and returned.
    """

    def __init__(
        self,
        policy: str | Policy = "i-247a",
        *,
        now: datetime | None = None,
        chain: int = 0,
        ladder: tuple[timedelta, ...] = LADDER,
        **known: Any,
    ) -> None:
        self.rules = rules(policy, chain=chain, ladder=ladder)
        self.events: list[Event] = []
        self.next_due_at: datetime | None = None
        new = hold(self.rules, **known)
        moment = now or new.lodged_at
        self._keep(facts.register(new, self.rules, Fact(new.lodged_at, moment)))

    def _keep(self, written: Recorded | duties.Advanced) -> list[Event]:
        self.hold, self.next_due_at = written.hold, written.next_due_at
        self.events += written.events
        return written.events

    def wait(self, until: datetime) -> list[Event]:
        """Let the worker look once, at that instant."""
        return self._keep(duties.advance(self.hold, self.rules, until))

    def _record(
        self, apply: Callable[..., Any], when: datetime | None, now: datetime | None, **more: Any
    ) -> list[Event]:
        moment = now or when
        assert moment is not None
        fact = Fact(when, moment)
        return self._keep(facts.record(self.hold, self.rules, fact, partial(apply, **more)))

    def start(self, when: datetime, now: datetime | None = None) -> list[Event]:
        return self._record(facts.start_clock, when, now)

    def expect(self, expected_at: datetime, now: datetime) -> list[Event]:
        return self._record(facts.expect_release, now, now, expected_at=expected_at)

    def paper(self, paper: Paper, when: datetime, now: datetime | None = None) -> list[Event]:
        return self._record(facts.receive_paper, when, now, paper=paper)

    def serve_warrant(self, when: datetime, now: datetime | None = None) -> list[Event]:
        return self._record(facts.serve_warrant, when, now)

    def notice(
        self, when: datetime, now: datetime | None = None, recipient: str = "agency"
    ) -> list[Event]:
        return self._record(
            facts.give_notice, when, now, recipient=recipient, release_at=None, manner=None
        )

    def acknowledge(self, when: datetime) -> list[Event]:
        return self._record(facts.acknowledge, when, None, arrival_at=None)

    def end(
        self,
        outcome: Outcome,
        when: datetime | None,
        now: datetime | None = None,
        by: Reporter = Reporter.FACILITY,
    ) -> list[Event]:
        return self._record(outcomes.close, when, now, ending=Ending(outcome, by))

    def correct(self, field: str, instant: datetime | None, now: datetime) -> list[Event]:
        fact = Fact(now, now, {"reason": "a slip"})
        return self._keep(
            corrections.correct_instant(self.hold, self.rules, fact, field=field, instant=instant)
        )

    def correct_outcome(
        self, outcome: Outcome | None, when: datetime | None, now: datetime
    ) -> list[Event]:
        ending = None if outcome is None else Ending(outcome, Reporter.FACILITY)
        fact = Fact(when, now, {"reason": "a slip"})
        return self._keep(corrections.correct_outcome(self.hold, self.rules, fact, ending))

    def change_policy(self, policy: str | Policy, now: datetime) -> list[Event]:
        self.rules = rules(policy, chain=self.rules.chain, ladder=self.rules.ladder)
        fact = Fact(now, now, {"reason": "a new law"})
        return self._keep(
            corrections.change_policy(self.hold, self.rules, fact, self.rules.policy.id)
        )

    def all(self, kind: Kind) -> list[Event]:
        return of(self.events, kind)


def of(events: Sequence[Event], kind: Kind) -> list[Event]:
    """Return the events of that kind, in the order in which they were written."""
    return [event for event in events if event.kind is kind]


def kinds(events: Sequence[Event]) -> list[Kind]:
    return [event.kind for event in events]


def backfill(
    ending: Ending,
    ended_at: datetime | None,
    *,
    now: datetime,
    policy: str | Policy = "i-247a",
    **known: Any,
) -> Recorded:
    """Put a record kept on paper on record, registration and outcome as one entry."""
    judged_by = rules(policy)
    new = hold(judged_by, **known)
    lodging, last = Fact(new.lodged_at, now), Fact(ended_at, now)
    return outcomes.register_closed(new, judged_by, lodging, last=last, ending=ending)


ANSWERED = {
    Kind.HOLD_EXPIRED: Kind.HOLD_EXPIRY_WITHDRAWN,
    Kind.RELEASE_WITHOUT_NOTIFICATION: Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
}


def standing(events: Sequence[Event], kind: Kind) -> list[Event]:
    """Return the events of that kind that no later event withdrew."""
    gone = {dict(event.names)["answers"] for event in of(events, ANSWERED[kind])}
    return [event for event in of(events, kind) if event.step not in gone]
