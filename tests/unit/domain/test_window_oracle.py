"""The arithmetic of the window over chance starts: an independent oracle, and properties."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import holidays
from config.policies import load_policies
from scheduler.domain import window
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import Anchor, Excluded, Notice, Policy
from tests.support import oracle

BOOK = load_policies()
EVERY_HOUR = BOOK["i-247a"]
WITHOUT_WEEKENDS = BOOK["8-cfr-287.7d"]
OBSERVED = Policy(
    id="observed",
    version=1,
    title="In-lieu days do not count either",
    anchor=Anchor.WOULD_RELEASE_AT,
    limit=timedelta(hours=48),
    excludes=frozenset(Excluded),
    observed=True,
    notice=Notice.REQUESTED,
    checks=("i-247a",),
    source="made for this test",
    mark="R",
)
RULES = (
    (EVERY_HOUR, oracle.nothing),
    (WITHOUT_WEEKENDS, oracle.weekend_or_holiday),
    (OBSERVED, oracle.weekend_or_observed),
)
WITH_CLOCK = [policy for policy in (*BOOK.enabled(), OBSERVED) if policy.has_clock]
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
MINUTES = int((datetime(2100, 12, 20, tzinfo=UTC) - FIRST) / timedelta(minutes=1))

starts = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    max_value=datetime(2100, 12, 20),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
zones = st.sampled_from(oracle.US_ZONES)


def calendar(zone: str) -> LegalCalendar:
    return LegalCalendar(zone=zone, federal=holidays.federal_year)


def sample(seed: int, size: int) -> list[tuple[datetime, str, int]]:
    chance = random.Random(seed)
    return [
        (
            FIRST + timedelta(minutes=chance.randrange(MINUTES)),
            chance.choice(oracle.US_ZONES),
            chance.randrange(len(RULES)),
        )
        for _ in range(size)
    ]


def disagreements(cases: list[tuple[datetime, str, int]]) -> list[tuple[datetime, str, str]]:
    found = []
    for start, zone, rule in cases:
        policy, excluded = RULES[rule]
        expected = oracle.deadline_by_hours(start, 48 * 60, zone, excluded)
        if window.deadline(start, policy, calendar(zone)) != expected:
            found.append((start, zone, policy.id))
    return found


def test_oracle_by_hours_agrees_with_the_oracle_by_minutes() -> None:
    for start, zone, rule in sample(seed=7, size=40):
        excluded = RULES[rule][1]

        by_hours = oracle.deadline_by_hours(start, 48 * 60, zone, excluded)

        assert by_hours == oracle.deadline_by_minutes(start, 48 * 60, zone, excluded)


def test_random_deadlines_agree_with_the_oracle() -> None:
    assert disagreements(sample(seed=1, size=400)) == []


def test_deadlines_around_every_clock_change_of_one_zone_agree_with_the_oracle() -> None:
    changes = [
        oracle.utc(text)
        for text in ("2026-03-08T07:00+00:00", "2026-11-01T06:00+00:00", "1990-04-01T07:00+00:00")
    ]
    cases = [
        (change + timedelta(minutes=minutes), "America/New_York", rule)
        for change in changes
        for minutes in range(-72 * 60, 60, 173)
        for rule in range(len(RULES))
    ]

    assert disagreements(cases) == []


@pytest.mark.nightly
def test_a_hundred_thousand_random_deadlines_agree_with_the_oracle() -> None:
    assert disagreements(sample(seed=2, size=100_000)) == []


@given(start=starts, zone=zones, policy=st.sampled_from(WITH_CLOCK))
@settings(deadline=None)
def test_ceiling_is_never_after_the_deadline(start: datetime, zone: str, policy: Policy) -> None:
    anchors = dict.fromkeys(Anchor, start)
    checked = [BOOK[name] for name in policy.checks]

    found = window.limits(anchors, policy, checked, calendar(zone))

    assert found.ceiling_at is not None
    assert found.deadline_at is not None
    assert start < found.ceiling_at <= found.deadline_at


@given(
    start=starts,
    later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=5)),
    zone=zones,
    policy=st.sampled_from(WITH_CLOCK),
)
@settings(deadline=None)
def test_moving_the_start_later_never_moves_the_deadline_earlier(
    start: datetime, later: timedelta, zone: str, policy: Policy
) -> None:
    place = calendar(zone)

    first = window.deadline(start, policy, place)
    second = window.deadline(start + later, policy, place)

    assert second >= first


@given(start=starts, zone=zones)
@settings(deadline=None)
def test_excluded_days_never_shorten_the_window(start: datetime, zone: str) -> None:
    place = calendar(zone)

    longer = window.deadline(start, WITHOUT_WEEKENDS, place)

    assert longer >= window.deadline(start, EVERY_HOUR, place)
    assert window.deadline(start, OBSERVED, place) >= longer
