"""What hangs on a release: the forecast that must be confirmed, and the notice to the agency."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain.events import Kind
from scheduler.domain.hold import Status, status
from tests.unit.domain.builders import CHECKED, Life, at, kinds, of

SECOND = timedelta(seconds=1)


# A forecast.


def test_expected_release_is_reminded_of_48_hours_before() -> None:
    life = Life(expected_release_at=at(100))
    assert life.wait(at(52) - SECOND) == []

    (reminder,) = life.wait(at(52))

    assert reminder.kind is Kind.REMINDER_DUE
    assert reminder.data == {"lead": "48 h", "counts_to": "expected_release"}
    assert life.wait(at(52) + SECOND) == []


@pytest.mark.parametrize(("now", "count"), [(at(1) - SECOND, 1), (at(1), 0), (at(9), 0)])
def test_no_reminder_of_a_release_that_has_come(now: datetime, count: int) -> None:
    life = Life(expected_release_at=at(1), now=now)

    assert len(life.all(Kind.REMINDER_DUE)) == count


def test_notice_already_given_needs_no_reminder_of_the_release() -> None:
    life = Life(expected_release_at=at(100), notice_given_at=at(1), now=at(2))

    assert life.next_due_at == at(100)


def test_facility_is_asked_to_confirm_when_the_expected_release_has_come() -> None:
    life = Life(expected_release_at=at(1))
    assert life.wait(at(1) - SECOND) == []

    assert kinds(life.wait(at(1))) == [Kind.RELEASE_CONFIRMATION_DUE]
    assert status(life.hold) is Status.LODGED
    assert life.next_due_at == at(1, 30)


def test_clock_starts_from_the_forecast_when_nobody_answers_for_30_minutes() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(1))
    assert life.wait(at(1, 30) - SECOND) == []

    written = life.wait(at(1, 30))

    (started,) = of(written, Kind.CLOCK_STARTED)
    assert started.occurred_at == at(1)
    assert started.data == {"assumed": True, "late_by_s": 1800}
    assert (life.hold.starts_at, life.hold.deadline_at) == (at(1), at(49))
    assert life.hold.would_release_at is None
    assert life.hold.assumed


def test_everything_the_assumed_clock_brings_says_that_it_is_assumed() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(25))
    life.wait(at(49))

    shown = {each.kind for each in life.events if each.data.get("assumed")}
    assert shown == {
        Kind.CLOCK_STARTED,
        Kind.NOTICE_OVERDUE,
        Kind.REMINDER_DUE,
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.OVER_DETENTION_ALARM,
    }


def test_assumed_release_counts_for_a_window_of_another_anchor() -> None:
    life = Life("nc-162-62-2024", expected_release_at=at(60))
    life.wait(at(48))
    assert status(life.hold) is Status.LAPSED

    life.wait(at(60, 30))

    assert [each.occurred_at for each in life.all(Kind.HOLD_EXPIRED)] == [at(60)]


def test_assumed_release_that_lowers_the_ceiling_opens_a_window() -> None:
    life = Life(CHECKED, expected_release_at=at(10))
    assert life.hold.ceiling_at == at(72)

    life.wait(at(10, 30))

    assert life.hold.ceiling_at == at(58)
    assert life.hold.window_no == 2


# Policies without a clock.


@pytest.mark.parametrize("policy", ["i-247n-2015", "i-247g-2025", "no-hold", "no-hold-no-notice"])
def test_policy_without_a_clock_has_no_instants(policy: str) -> None:
    life = Life(policy, would_release_at=at(1), expected_release_at=at(1))
    life.wait(at(500))

    assert (life.hold.starts_at, life.hold.deadline_at, life.hold.ceiling_at) == (None, None, None)
    assert status(life.hold) is Status.LODGED
    assert {each.kind for each in life.events} <= {Kind.HOLD_REGISTERED, Kind.NOTICE_OVERDUE}


def test_policy_without_a_clock_assumes_no_start_from_a_forecast() -> None:
    life = Life("i-247g-2025", expected_release_at=at(60))
    life.wait(at(500))

    assert not life.hold.assumed
    assert life.all(Kind.RELEASE_CONFIRMATION_DUE) == []


# Notice.


@pytest.mark.parametrize(
    ("policy", "after"),
    [
        pytest.param("i-247a", timedelta(0), id="requested: at the release"),
        pytest.param("i-247g-2025", timedelta(0), id="requested, without a clock"),
        pytest.param("fl-908", timedelta(0), id="required: at the release"),
        pytest.param("nc-162-62-2025", timedelta(hours=2), id="required: two hours after"),
    ],
)
def test_notice_is_overdue_at_its_instant(policy: str, after: timedelta) -> None:
    life = Life(policy, would_release_at=at(1))
    assert of(life.wait(at(1) + after - SECOND), Kind.NOTICE_OVERDUE) == []

    (overdue,) = of(life.wait(at(1) + after), Kind.NOTICE_OVERDUE)

    assert overdue.occurred_at == at(1) + after
    assert of(life.wait(at(20)), Kind.NOTICE_OVERDUE) == []


@pytest.mark.parametrize("policy", ["no-hold", "no-hold-no-notice"])
def test_optional_or_prohibited_notice_is_never_overdue(policy: str) -> None:
    life = Life(policy, would_release_at=at(1), expected_release_at=at(1))

    assert life.next_due_at is None


@pytest.mark.parametrize(
    ("given", "count"),
    [(at(3) - SECOND, 0), (at(3), 0), (at(3) + SECOND, 1)],
    ids=["just before", "at that instant", "just after"],
)
def test_notice_in_time_is_not_overdue(given: datetime, count: int) -> None:
    life = Life("nc-162-62-2025", would_release_at=at(1), notice_given_at=given, now=at(5))

    assert len(life.all(Kind.NOTICE_OVERDUE)) == count


def test_required_notice_is_reminded_of_an_hour_before_it_is_overdue() -> None:
    life = Life("nc-162-62-2025", would_release_at=at(1))
    assert of(life.wait(at(2) - SECOND), Kind.REMINDER_DUE) == []

    (reminder,) = life.wait(at(2))

    assert reminder.data == {"lead": "1 h", "counts_to": "notice"}
    assert of(life.wait(at(3)), Kind.REMINDER_DUE) == []


@pytest.mark.parametrize(("now", "count"), [(at(3) - SECOND, 1), (at(3), 0)])
def test_no_reminder_of_a_notice_that_is_overdue(now: datetime, count: int) -> None:
    life = Life("nc-162-62-2025", would_release_at=at(1), now=now)

    assert len(of(life.events, Kind.REMINDER_DUE)) == count
