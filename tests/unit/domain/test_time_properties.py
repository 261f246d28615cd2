"""Whenever the worker looks, and however often, the record comes out the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain import duties, facts
from scheduler.domain import hold as holds
from scheduler.domain.events import Event, Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Hold, Rules
from tests.unit.domain.builders import BOOK, CHECKED, START, at, hold, of, rules

EVERY_RUN = settings(max_examples=150, deadline=None, derandomize=True, database=None)
MANY = settings(EVERY_RUN, max_examples=10_000, derandomize=False)

ON_RECORD = frozenset(
    {
        Kind.CLOCK_STARTED,
        Kind.AUTHORITY_MISSING,
        Kind.CEILING_REACHED,
        Kind.HOLD_EXPIRED,
        Kind.AUTHORITY_LAPSED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.RELEASE_CONFIRMATION_DUE,
        Kind.NOTICE_OVERDUE,
    }
)
"""Kinds that belong on the record with their instants, unlike reminders and alarms, which may merge."""

MINUTES = 8 * 24 * 60
instants = st.integers(0, MINUTES).map(lambda minutes: at(0, minutes))
spans = st.one_of(
    st.sampled_from([1, 15, 30, 60, 1440, 2880]),
    st.integers(1, 4000),
).map(lambda minutes: timedelta(minutes=minutes))
ticks = st.lists(spans, max_size=30)
every_policy = st.sampled_from([*BOOK.enabled(), CHECKED])


@st.composite
def new_holds(draw: st.DrawFn) -> tuple[Hold, Rules]:
    """Draw a hold as it is entered, its facts perhaps still to come, and its rules."""
    judged_by = rules(draw(every_policy), chain=draw(st.integers(0, 3)))
    names = (
        "served_at",
        "warrant_served_at",
        "judicial_order_at",
        "would_release_at",
        "expected_release_at",
        "notice_given_at",
    )
    known: dict[str, Any] = {name: draw(st.none() | instants) for name in names}
    entered = facts.enter(hold(judged_by, **known), judged_by, Fact(START, START))
    return entered.hold, judged_by


def look(new: tuple[Hold, Rules], *moments: datetime) -> tuple[Hold, list[Event]]:
    """Let the worker look at each of these moments; return the hold and all that was written."""
    known, judged_by = new
    written: list[Event] = []
    for moment in moments:
        done = duties.advance(known, judged_by, moment)
        known, written = done.hold, written + done.events
    return known, written


def at_every_due_instant(new: tuple[Hold, Rules], until: datetime) -> list[Event]:
    known, judged_by = new
    written: list[Event] = []
    due = duties.next_due(known, judged_by)
    while due is not None and due <= until:
        done = duties.advance(known, judged_by, due)
        known, due, written = done.hold, done.next_due_at, written + done.events
    return written


def record(events: list[Event]) -> list[tuple[Kind, datetime, str | None]]:
    return [(each.kind, each.occurred_at, each.step) for each in events if each.kind in ON_RECORD]


def assert_one_step_equals_many(new: tuple[Hold, Rules], steps: list[timedelta]) -> None:
    moments = [START]
    for step in steps:
        moments.append(moments[-1] + step)
    seldom_hold, seldom = look(new, moments[-1])
    often_hold, often = look(new, *moments)

    assert record(seldom) == record(often)
    assert record(seldom) == record(at_every_due_instant(new, moments[-1]))
    assert holds.status(seldom_hold) is holds.status(often_hold)
    for name in ("started_at", "ceiling_reached_at", "expired_at", "lapsed_at", "accused_step"):
        assert getattr(seldom_hold, name) == getattr(often_hold, name)
    assert seldom_hold.alarmed_to == often_hold.alarmed_to


@EVERY_RUN
@given(new=new_holds(), steps=ticks)
def test_one_long_step_writes_the_same_record_as_many_short_ones(
    new: tuple[Hold, Rules], steps: list[timedelta]
) -> None:
    assert_one_step_equals_many(new, steps)


@pytest.mark.nightly
@MANY
@given(new=new_holds(), steps=ticks)
def test_one_long_step_writes_the_same_record_as_many_short_ones_many_times(
    new: tuple[Hold, Rules], steps: list[timedelta]
) -> None:
    assert_one_step_equals_many(new, steps)


@EVERY_RUN
@given(new=new_holds(), now=instants)
def test_second_look_at_the_same_moment_writes_nothing(
    new: tuple[Hold, Rules], now: datetime
) -> None:
    once, _ = look(new, now)

    again = duties.advance(once, new[1], now)

    assert (again.hold, again.events) == (once, [])
    assert again.next_due_at is None or again.next_due_at > now


@EVERY_RUN
@given(new=new_holds(), now=instants)
def test_nothing_is_dated_after_the_look_and_lateness_is_what_it_says(
    new: tuple[Hold, Rules], now: datetime
) -> None:
    _, written = look(new, now)

    for event in written:
        assert event.occurred_at <= now
        late = (now - event.occurred_at) // timedelta(seconds=1)
        assert event.data.get("late_by_s", 0) == late
        assert event.by_time
        assert event.step is not None


@EVERY_RUN
@given(new=new_holds(), steps=ticks)
def test_no_step_is_written_twice(new: tuple[Hold, Rules], steps: list[timedelta]) -> None:
    moments = [START + sum(steps[:count], timedelta(0)) for count in range(len(steps) + 1)]

    _, written = look(new, *moments)

    written_steps = [each.step for each in written]
    assert len(written_steps) == len(set(written_steps))


@EVERY_RUN
@given(new=new_holds(), now=instants)
def test_record_is_written_in_the_order_in_which_it_happened(
    new: tuple[Hold, Rules], now: datetime
) -> None:
    """But for what an assumed start brings at once: that lies half an hour back."""
    known, written = look(new, now)
    instants_written = [each.occurred_at for each in written if each.kind in ON_RECORD]

    if not known.assumed:
        assert instants_written == sorted(instants_written)


@EVERY_RUN
@given(new=new_holds(), now=instants)
def test_one_look_writes_at_most_one_alarm_and_one_reminder_to_each_limit(
    new: tuple[Hold, Rules], now: datetime
) -> None:
    _, written = look(new, now)

    assert len(of(written, Kind.OVER_DETENTION_ALARM)) <= 1
    assert len(of(written, Kind.ALERT_ESCALATED)) <= 1
    reminded = [each.data["counts_to"] for each in of(written, Kind.REMINDER_DUE)]
    assert len(reminded) == len(set(reminded))


@EVERY_RUN
@given(new=new_holds())
def test_hold_that_nobody_touches_comes_to_the_end_of_what_is_due_or_alarms_for_ever(
    new: tuple[Hold, Rules],
) -> None:
    """Total: no hold makes the worker turn on the spot, however long it slept."""
    known, _ = look(new, START + timedelta(days=3650))

    due = duties.next_due(known, new[1])
    assert (due is None) is (known.expired_at is None)
