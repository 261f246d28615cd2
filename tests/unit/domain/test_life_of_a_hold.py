"""Chance lives: facts, corrections and clock moves in any order, judged after every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scheduler.domain import duties
from scheduler.domain import hold as holds
from scheduler.domain.corrections import CORRECTABLE
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Outcome, Reporter, Status
from scheduler.domain.instants import parse_duration
from scheduler.domain.outcomes import Ending
from scheduler.domain.policy import Paper
from scheduler.errors import HoldError
from tests.unit.domain import log_reader
from tests.unit.domain.builders import CHECKED, Life, at, backfill, of, standing

POLICIES = st.sampled_from(
    [
        "i-247a",
        "8-cfr-287.7d",
        "nc-162-62-2024",
        "nc-162-62-2025",
        "287g-wso",
        "i-247g-2025",
        "no-hold-no-notice",
    ]
)
# Spans that meet limits, rungs and repeats, and any others.
SPANS = st.one_of(
    st.sampled_from([0, 1, 15, 29, 30, 31, 60, 120, 720, 1439, 1440, 2879, 2880, 2881]),
    st.integers(0, 5000),
).map(lambda minutes: timedelta(minutes=minutes))
MAYBE = st.none() | SPANS
REPORTERS = st.sampled_from(Reporter)
OUTCOMES = st.sampled_from([*Outcome, Outcome.RELEASED, Outcome.RELEASED, Outcome.TRANSFERRED])


class LifeOfAHold(RuleBasedStateMachine):
    """One hold; the worker looks, sleeps, and people write what they please."""

    life: Life
    now: datetime
    seen = 0
    """How many events were there before the last step."""
    looked_at: datetime
    """When what was due was last carried out."""

    @initialize(
        policy=POLICIES | st.just(CHECKED),
        chain=st.integers(0, 3),
        ago=SPANS,
        released=MAYBE,
        expected=MAYBE,
        noticed=MAYBE,
    )
    def register(
        self,
        policy: str,
        chain: int,
        ago: timedelta,
        released: timedelta | None,
        expected: timedelta | None,
        noticed: timedelta | None,
    ) -> None:
        self.now = self.looked_at = at(0) + ago
        self.life = Life(
            policy,
            chain=chain,
            now=self.now,
            would_release_at=None if released is None else self.now - released,
            expected_release_at=None if expected is None else at(0) + expected,
            notice_given_at=None if noticed is None else self.now - noticed,
        )

    def _do(self, write: Callable[[], list[Event]]) -> None:
        """Let somebody write; a refusal must leave everything as it was."""
        before, self.seen = self.life.hold, len(self.life.events)
        try:
            written = write()
        except HoldError:
            assert self.life.hold == before
            assert len(self.life.events) == self.seen
            return
        if written:
            self.looked_at = self.now
        else:
            assert self.life.hold == before

    # Time.

    @rule(span=SPANS)
    def worker_sleeps(self, span: timedelta) -> None:
        self.seen = len(self.life.events)
        self.now += span

    @rule(span=SPANS)
    def worker_looks(self, span: timedelta) -> None:
        self.seen = len(self.life.events)
        self.now += span
        was_closed = self.life.hold.outcome is not None
        written = self.life.wait(self.now)
        self.looked_at = self.now
        assert not (was_closed and written)

    @precondition(lambda self: self.life.next_due_at is not None)
    @rule(early=st.integers(1, 10**6))
    def worker_looks_a_moment_early_and_in_time(self, early: int) -> None:
        """Before the instant nothing happens; at it, something does."""
        due = self.life.next_due_at
        assert due is not None
        if due <= self.now:
            return
        self.seen = len(self.life.events)
        assert self.life.wait(due - timedelta(microseconds=early)) == []
        before = self.life.hold
        self.now = self.looked_at = due
        self.life.wait(due)
        assert self.life.hold != before

    # Facts.

    @rule(ago=SPANS)
    def release_comes(self, ago: timedelta) -> None:
        self._do(lambda: self.life.start(self.now - ago, now=self.now))

    @rule(span=SPANS)
    def release_is_expected(self, span: timedelta) -> None:
        self._do(lambda: self.life.expect(self.now + span, now=self.now))

    @rule(paper=st.sampled_from(Paper), ago=SPANS)
    def paper_comes(self, paper: Paper, ago: timedelta) -> None:
        self._do(lambda: self.life.paper(paper, self.now - ago, now=self.now))

    @rule(ago=SPANS)
    def warrant_is_served(self, ago: timedelta) -> None:
        self._do(lambda: self.life.serve_warrant(self.now - ago, now=self.now))

    @rule(ago=SPANS, recipient=st.sampled_from(["agency", "judge"]))
    def notice_is_given(self, ago: timedelta, recipient: str) -> None:
        self._do(lambda: self.life.notice(self.now - ago, now=self.now, recipient=recipient))

    @rule()
    def somebody_acknowledges(self) -> None:
        self._do(lambda: self.life.acknowledge(self.now))

    @rule(outcome=OUTCOMES, ago=SPANS, by=REPORTERS)
    def hold_ends(self, outcome: Outcome, ago: timedelta, by: Reporter) -> None:
        self._do(lambda: self.life.end(outcome, self.now - ago, now=self.now, by=by))

    @rule(outcome=OUTCOMES)
    def hold_ends_undated(self, outcome: Outcome) -> None:
        self._do(lambda: self.life.end(outcome, None, now=self.now))

    # Corrections.

    @rule(field=st.sampled_from(CORRECTABLE), ago=MAYBE)
    def instant_is_corrected(self, field: str, ago: timedelta | None) -> None:
        instant = None if ago is None else self.now - ago
        self._do(lambda: self.life.correct(field, instant, now=self.now))

    @precondition(lambda self: self.life.hold.outcome is not None)
    @rule(outcome=st.none() | OUTCOMES, ago=SPANS)
    def outcome_is_corrected(self, outcome: Outcome | None, ago: timedelta) -> None:
        self._do(lambda: self.life.correct_outcome(outcome, self.now - ago, now=self.now))

    @rule(policy=POLICIES)
    def policy_is_changed(self, policy: str) -> None:
        self._do(lambda: self.life.change_policy(policy, now=self.now))

    # What must always be so.

    @invariant()
    def every_step_is_written_once(self) -> None:
        steps = [each.step for each in self.life.events if each.step is not None]
        assert len(steps) == len(set(steps))

    @invariant()
    def nothing_is_written_before_its_instant(self) -> None:
        assert all(each.occurred_at <= self.now for each in self.life.events[self.seen :])

    @invariant()
    def looking_again_writes_nothing_and_the_next_look_is_later(self) -> None:
        again = duties.advance(self.life.hold, self.life.rules, self.looked_at)
        assert (again.hold, again.events) == (self.life.hold, [])
        assert again.next_due_at == self.life.next_due_at
        assert again.next_due_at is None or again.next_due_at > self.looked_at

    @invariant()
    def clock_follows_from_the_facts(self) -> None:
        hold = self.life.hold
        due = log_reader.due_by(hold, self.life.rules)
        assert (hold.starts_at, hold.deadline_at, hold.ceiling_at) == due[:3]
        assert hold.started_at in (None, hold.starts_at)

    @invariant()
    def one_expiry_stands_just_where_the_limit_passed_without_an_outcome(self) -> None:
        hold = self.life.hold
        stands = standing(self.life.events, Kind.HOLD_EXPIRED)
        assert [each.occurred_at for each in stands] == (
            [] if hold.expired_at is None else [hold.expired_at]
        )
        if hold.outcome is not None and hold.outcome_at is None:
            # Unknown: what was written before it may stand, for the present limit only.
            assert hold.expired_at in (None, log_reader.due_by(hold, self.life.rules).limit)
            return
        assert hold.expired_at == log_reader.expiry_due(hold, self.life.rules, self.looked_at)

    @invariant()
    def one_charge_stands_just_where_a_release_went_unnotified(self) -> None:
        hold = self.life.hold
        stands = standing(self.life.events, Kind.RELEASE_WITHOUT_NOTIFICATION)
        assert [each.occurred_at for each in stands] == (
            [] if hold.accused_at is None else [hold.accused_at]
        )
        if hold.outcome is not None and hold.outcome_at is None:
            assert hold.accused_at in (None, hold.expired_at)
            return
        assert hold.accused_at == log_reader.charge_due(hold, self.life.rules, self.looked_at)

    @invariant()
    def outcome_is_the_status_and_leaves_nothing_due(self) -> None:
        hold = self.life.hold
        if hold.outcome is None:
            assert holds.status(hold) in holds.OPEN_STATUSES
            return
        assert holds.status(hold) is Status(hold.outcome)
        assert self.life.next_due_at is None
        assert [each.step for each in self.life.events].count(hold.outcome_step) == 1

    @invariant()
    def no_reminder_comes_after_its_limit(self) -> None:
        for reminder in of(self.life.events[self.seen :], Kind.REMINDER_DUE):
            left = parse_duration(reminder.data["lead"])
            assert reminder.occurred_at + left > self.now

    @invariant()
    def alarm_sounds_only_on_an_open_hold_past_its_limit(self) -> None:
        if of(self.life.events[self.seen :], Kind.OVER_DETENTION_ALARM):
            assert self.life.hold.outcome is None
            assert self.life.hold.expired_at is not None

    @invariant()
    def log_tells_every_fact_of_the_hold(self) -> None:
        hold = self.life.hold
        told = log_reader.facts_told(self.life.events)
        for name in (*CORRECTABLE, "policy", "outcome", "outcome_at"):
            assert told.get(name) == getattr(hold, name), name
        assert told.get("reported_by") == hold.outcome_by

    def teardown(self) -> None:
        """Enter the same facts at once, in one go: the record must say the same."""
        if not hasattr(self, "life"):
            return
        self.life.wait(self.now)
        hold = self.life.hold
        is_forecast = hold.would_release_at is None and hold.expected_release_at is not None
        is_undated = hold.outcome is not None and hold.outcome_at is None
        if is_forecast or is_undated:
            return  # when the forecast was asked about, or the outcome came, counts
        known = {name: getattr(hold, name) for name in CORRECTABLE}
        if hold.outcome is None:
            anew = Life(self.life.rules.policy, now=max(self.now, hold.lodged_at), **known).hold
        else:
            ending = Ending(hold.outcome, Reporter.FACILITY)
            anew = backfill(
                ending, hold.outcome_at, now=self.now, policy=self.life.rules.policy, **known
            ).hold
        assert holds.status(anew) is holds.status(hold)
        for name in ("starts_at", "deadline_at", "ceiling_at", "started_at", "expired_at"):
            assert getattr(anew, name) == getattr(hold, name), name
        assert (anew.accused, anew.accused_at) == (hold.accused, hold.accused_at)


EVERY_RUN = settings(
    max_examples=120, stateful_step_count=25, deadline=None, derandomize=True, database=None
)

TestLifeOfAHold = LifeOfAHold.TestCase
TestLifeOfAHold.settings = EVERY_RUN


@pytest.mark.nightly
class TestManyLives(LifeOfAHold.TestCase):  # type: ignore[misc, valid-type]  # made at run time
    settings = settings(EVERY_RUN, max_examples=3000, stateful_step_count=50, derandomize=False)
