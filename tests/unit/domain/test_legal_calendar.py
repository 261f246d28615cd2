from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from config import holidays
from config.policies import load_policies
from scheduler.domain.legal_calendar import LegalCalendar, calendar_data, calendar_from
from scheduler.domain.policy import Policy, policy_data, policy_from
from scheduler.errors import PolicyError
from tests.support import oracle

BOOK = load_policies()
CFR = BOOK["8-cfr-287.7d"]
NH = BOOK["nh-30-b-1"]
OBSERVED = policy_from({**policy_data(CFR), "id": "observed", "observed": True})
CALENDAR = LegalCalendar(
    zone="America/New_York",
    federal=holidays.federal_year,
    extra={date(2026, 3, 4): "Day of Mourning, proclamation 1"},
    extra_by_policy={"nh-30-b-1": {date(2026, 3, 5): "State holiday, RSA 1"}},
)


@pytest.mark.parametrize(
    ("day", "policy", "reason"),
    [
        pytest.param(date(2026, 3, 7), CFR, "Saturday", id="Saturday"),
        pytest.param(date(2026, 3, 8), CFR, "Sunday", id="Sunday"),
        pytest.param(date(2026, 11, 26), CFR, "Thanksgiving Day, 5 U.S.C. 6103(a)", id="holiday"),
        pytest.param(date(2026, 7, 3), CFR, None, id="in-lieu day counts"),
        pytest.param(
            date(2026, 7, 3),
            OBSERVED,
            "in lieu of Independence Day, 5 U.S.C. 6103(b)",
            id="in-lieu day, observed",
        ),
        pytest.param(
            date(2021, 12, 31),
            OBSERVED,
            "in lieu of New Year's Day, 5 U.S.C. 6103(b)",
            id="in-lieu day in the year before",
        ),
        pytest.param(date(2026, 3, 4), CFR, "Day of Mourning, proclamation 1", id="dated day"),
        pytest.param(date(2026, 3, 5), CFR, None, id="another policy's day"),
        pytest.param(date(2026, 3, 5), NH, "State holiday, RSA 1", id="a policy's own day"),
        pytest.param(date(2026, 11, 27), CFR, None, id="the Friday after Thanksgiving"),
        pytest.param(date(2026, 11, 26), BOOK["i-247a"], None, id="nothing excluded"),
        pytest.param(date(2026, 3, 7), BOOK["i-247a"], None, id="weekend not excluded"),
    ],
)
def test_day_is_excluded_for_the_reason_in_the_law(
    day: date, policy: Policy, reason: str | None
) -> None:
    assert CALENDAR.excluded_reason(day, policy) == reason


def test_pinned_calendar_comes_back_from_json_as_it_was() -> None:
    pinned = json.loads(json.dumps(calendar_data(CALENDAR)))

    assert calendar_from(pinned, holidays.federal_year) == CALENDAR


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"zone": "Mars/Phobos"}, id="unknown zone"),
        pytest.param({}, id="no zone"),
        pytest.param({"zone": "America/New_York", "extra": ["2026-03-04"]}, id="no object"),
        pytest.param({"zone": "America/New_York", "extra": {"4 March": "x"}}, id="no date"),
        pytest.param({"zone": "America/New_York", "extra_by_policy": "x"}, id="no policies"),
    ],
)
def test_broken_pin_is_a_fault_of_the_rules(data: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="is refused"):
        calendar_from(data, holidays.federal_year)


def test_day_starts_at_local_midnight() -> None:
    assert CALENDAR.day_start(date(2026, 3, 8)) == oracle.utc("2026-03-08T00:00-05:00")
    assert CALENDAR.day_start(date(2026, 3, 9)) == oracle.utc("2026-03-09T00:00-04:00")


def test_day_whose_midnight_is_skipped_starts_after_the_gap() -> None:
    havana = LegalCalendar(zone="America/Havana", federal=holidays.federal_year)

    assert havana.day_start(date(2026, 3, 8)) == oracle.utc("2026-03-08T01:00-04:00")


def test_day_whose_midnight_comes_twice_starts_at_the_first() -> None:
    havana = LegalCalendar(zone="America/Havana", federal=holidays.federal_year)

    assert havana.day_start(date(2026, 11, 1)) == oracle.utc("2026-11-01T00:00-04:00")


def test_local_day_is_that_of_the_facility() -> None:
    assert CALENDAR.local_day(oracle.utc("2026-03-07T03:00+00:00")) == date(2026, 3, 6)
