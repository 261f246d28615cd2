"""The arithmetic of the window, against worked cases and an independent oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config import holidays
from config.policies import load_policies
from scheduler.domain import window
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import Anchor, Excluded, Notice, Policy
from scheduler.errors import PolicyError
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
UNBROKEN = [policy for policy in BOOK.enabled() if policy.has_clock and not policy.excludes]
FIRST = datetime(1990, 1, 1, tzinfo=UTC)


def calendar(zone: str = "America/New_York") -> LegalCalendar:
    return LegalCalendar(zone=zone, federal=holidays.federal_year)


WORKED_CASES = [
    pytest.param(
        "2025-03-03T17:00-05:00",
        "2025-03-05T17:00-05:00",
        "2025-03-05T17:00-05:00",
        id="Monday 17:00, a published example",
    ),
    pytest.param(
        "2025-03-06T17:00-05:00",
        "2025-03-08T17:00-05:00",
        "2025-03-10T17:00-04:00",
        id="Thursday 17:00, a published example, over the spring change",
    ),
    pytest.param(
        "2025-03-06T00:00-05:00",
        "2025-03-08T00:00-05:00",
        "2025-03-08T00:00-05:00",
        id="ends at the midnight before a weekend",
    ),
    pytest.param(
        "2025-08-29T18:00-04:00", "2025-08-31T18:00-04:00", "2025-09-03T18:00-04:00", id="Labor Day"
    ),
    pytest.param(
        "2025-10-04T10:00-04:00",
        "2025-10-06T10:00-04:00",
        "2025-10-08T00:00-04:00",
        id="starts on a Saturday",
    ),
    pytest.param(
        "2025-11-26T18:00-05:00",
        "2025-11-28T18:00-05:00",
        "2025-12-01T18:00-05:00",
        id="Thanksgiving",
    ),
    pytest.param(
        "2026-07-02T20:00-04:00",
        "2026-07-04T20:00-04:00",
        "2026-07-06T20:00-04:00",
        id="4 July on a Saturday",
    ),
    pytest.param(
        "2026-12-31T09:00-05:00",
        "2027-01-02T09:00-05:00",
        "2027-01-05T09:00-05:00",
        id="the turn of the year",
    ),
    pytest.param(
        "2026-03-07T12:00-05:00",
        "2026-03-09T13:00-04:00",
        "2026-03-11T00:00-04:00",
        id="spring change",
    ),
    pytest.param(
        "2026-10-31T12:00-04:00",
        "2026-11-02T11:00-05:00",
        "2026-11-04T00:00-05:00",
        id="autumn change",
    ),
]


@pytest.mark.parametrize(("start", "every_hour", "without_weekends"), WORKED_CASES)
def test_worked_case_where_every_hour_counts(
    start: str, every_hour: str, without_weekends: str
) -> None:
    found = window.deadline(oracle.utc(start), EVERY_HOUR, calendar())

    assert found == oracle.utc(every_hour)


@pytest.mark.parametrize(("start", "every_hour", "without_weekends"), WORKED_CASES)
def test_worked_case_without_weekends_and_holidays(
    start: str, every_hour: str, without_weekends: str
) -> None:
    found = window.deadline(oracle.utc(start), WITHOUT_WEEKENDS, calendar())

    assert found == oracle.utc(without_weekends)


@pytest.mark.parametrize(("start", "every_hour", "without_weekends"), WORKED_CASES)
def test_oracle_agrees_with_the_worked_cases(
    start: str, every_hour: str, without_weekends: str
) -> None:
    found = oracle.deadline_by_minutes(
        oracle.utc(start), 48 * 60, "America/New_York", oracle.weekend_or_holiday
    )

    assert found == oracle.utc(without_weekends)


def test_in_lieu_day_does_not_count_where_the_policy_says_observed() -> None:
    found = window.deadline(oracle.utc("2026-07-02T20:00-04:00"), OBSERVED, calendar())

    assert found == oracle.utc("2026-07-07T20:00-04:00")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(
            "2025-03-05T23:59:59.999999-05:00", "2025-03-07T23:59:59.999999-05:00", id="just before"
        ),
        pytest.param("2025-03-06T00:00:00-05:00", "2025-03-08T00:00:00-05:00", id="at"),
        pytest.param(
            "2025-03-06T00:00:00.000001-05:00", "2025-03-10T00:00:00.000001-04:00", id="just after"
        ),
    ],
)
def test_limit_reached_around_the_midnight_before_a_weekend(start: str, expected: str) -> None:
    found = window.deadline(oracle.utc(start), WITHOUT_WEEKENDS, calendar())

    assert found == oracle.utc(expected)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(
            "2025-10-03T23:59:59-04:00",
            "2025-10-07T23:59:59-04:00",
            id="Friday, just before the weekend",
        ),
        pytest.param("2025-10-04T00:00:00-04:00", "2025-10-08T00:00:00-04:00", id="Saturday 00:00"),
        pytest.param(
            "2025-10-05T23:59:59-04:00",
            "2025-10-08T00:00:00-04:00",
            id="Sunday, just before its end",
        ),
        pytest.param("2025-10-06T00:00:00-04:00", "2025-10-08T00:00:00-04:00", id="Monday 00:00"),
        pytest.param(
            "2025-10-06T00:00:01-04:00", "2025-10-08T00:00:01-04:00", id="Monday, just after"
        ),
    ],
)
def test_start_around_a_weekend(start: str, expected: str) -> None:
    found = window.deadline(oracle.utc(start), WITHOUT_WEEKENDS, calendar())

    assert found == oracle.utc(expected)


@pytest.mark.parametrize("policy", UNBROKEN, ids=lambda policy: policy.id)
def test_window_of_a_policy_where_every_hour_counts_lasts_48_elapsed_hours(policy: Policy) -> None:
    start = oracle.utc("2026-03-08T01:59:59-05:00")

    found = window.deadline(start, policy, calendar())

    assert found - start == timedelta(hours=48)


def test_day_is_the_facilitys_own_and_not_that_of_utc() -> None:
    friday_night_in_honolulu = oracle.utc("2025-10-04T06:00+00:00")

    found = window.deadline(
        friday_night_in_honolulu, WITHOUT_WEEKENDS, calendar("Pacific/Honolulu")
    )

    assert found == oracle.utc("2025-10-07T20:00-10:00")


def test_juneteenth_counts_as_a_holiday_from_2021_only() -> None:
    thursday_2020 = oracle.utc("2020-06-18T12:00-04:00")
    tuesday_2024 = oracle.utc("2024-06-18T12:00-04:00")

    before = window.deadline(thursday_2020, WITHOUT_WEEKENDS, calendar())
    since = window.deadline(tuesday_2024, WITHOUT_WEEKENDS, calendar())

    assert before == oracle.utc("2020-06-22T12:00-04:00")
    assert since == oracle.utc("2024-06-21T12:00-04:00")


def test_policy_without_a_clock_has_no_deadline() -> None:
    with pytest.raises(PolicyError, match="no-hold: it has no clock"):
        window.deadline(FIRST, BOOK["no-hold"], calendar())


@pytest.mark.parametrize("zone", ["Pacific/Apia", "America/St_Johns", "America/Havana"])
def test_walk_ends_where_a_zone_skips_a_day_or_turns_its_clocks_at_midnight(zone: str) -> None:
    start = oracle.utc("2011-12-28T12:00+00:00")

    walked = list(window.spans(start, WITHOUT_WEEKENDS, calendar(zone)))

    counted = sum((span.to_at - span.from_at for span in walked if not span.excluded), timedelta())
    assert counted == timedelta(hours=48)
    assert all(span.from_at <= span.to_at for span in walked)


def test_set_back_across_midnight_never_counts_time_twice() -> None:
    # St. John's set its clocks back at 00:01 until 2011: the day before came again.
    start = oracle.utc("2010-11-07T02:40+00:00")

    walked = list(window.spans(start, WITHOUT_WEEKENDS, calendar("America/St_Johns")))

    assert all(span.from_at <= span.to_at for span in walked)


def test_ceiling_is_the_earlier_limit_of_a_checked_policy() -> None:
    start = oracle.utc("2026-11-25T18:00-05:00")

    found = window.limits(
        {Anchor.WOULD_RELEASE_AT: start}, WITHOUT_WEEKENDS, [EVERY_HOUR], calendar()
    )

    assert found == window.Limits(
        start,
        oracle.utc("2026-11-30T18:00-05:00"),
        oracle.utc("2026-11-27T18:00-05:00"),
        "i-247a",
        (),
    )


def test_ceiling_of_equal_limits_is_the_policys_own() -> None:
    monday = oracle.utc("2025-03-03T17:00-05:00")

    found = window.limits(
        {Anchor.WOULD_RELEASE_AT: monday}, WITHOUT_WEEKENDS, [EVERY_HOUR], calendar()
    )

    assert found.ceiling_at == found.deadline_at
    assert found.ceiling_policy == "8-cfr-287.7d"


def test_checked_policy_counts_from_its_own_start() -> None:
    lodged = oracle.utc("2025-03-03T08:00-05:00")
    released = oracle.utc("2025-03-04T08:00-05:00")
    anchors = {Anchor.LODGED_AT: lodged, Anchor.WOULD_RELEASE_AT: released}

    found = window.limits(anchors, EVERY_HOUR, [BOOK["nc-162-62-2024"]], calendar())

    assert found.deadline_at == released + timedelta(hours=48)
    assert found.ceiling_at == lodged + timedelta(hours=48)


def test_checked_policy_whose_start_is_unknown_is_left_out_and_named() -> None:
    start = oracle.utc("2025-03-03T17:00-05:00")
    anchors = {Anchor.WOULD_RELEASE_AT: start, Anchor.WARRANT_SERVED_AT: None}

    found = window.limits(anchors, EVERY_HOUR, [BOOK["287g-wso"], BOOK["no-hold"]], calendar())

    assert found.left_out == ("287g-wso",)
    assert found.ceiling_at == found.deadline_at


@pytest.mark.parametrize(
    ("policy_id", "anchors"),
    [
        pytest.param("i-247a", {}, id="start not on record"),
        pytest.param("i-247a", {Anchor.LODGED_AT: FIRST}, id="another anchor alone"),
        pytest.param("no-hold", {Anchor.NONE: FIRST}, id="no clock"),
    ],
)
def test_hold_without_clock_or_start_has_no_limits(
    policy_id: str, anchors: dict[Anchor, datetime | None]
) -> None:
    found = window.limits(anchors, BOOK[policy_id], [EVERY_HOUR], calendar())

    assert found == window.NO_LIMITS
