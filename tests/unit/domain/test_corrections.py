"""Corrections: answered, never overwritten in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain import corrections
from scheduler.domain.corrections import CORRECTABLE
from scheduler.domain.events import Kind
from scheduler.domain.facts import Fact
from scheduler.domain.hold import Status, status
from scheduler.errors import InvalidHoldError
from tests.unit.domain.builders import CHECKED, Life, at, hold, of, rules, standing

CHARGE = Kind.RELEASE_WITHOUT_NOTIFICATION
FULL: dict[str, Any] = {name: at(index) for index, name in enumerate(CORRECTABLE)}


@pytest.mark.parametrize("field", CORRECTABLE)
def test_every_instant_can_be_corrected_with_old_new_and_reason_on_record(field: str) -> None:
    life = Life(now=at(12), **FULL)
    version, old = life.hold.version, getattr(life.hold, field)

    corrected = life.correct(field, at(11), now=at(12))[0]

    assert getattr(life.hold, field) == at(11)
    assert life.hold.version == version + 1
    assert corrected.data["field"] == field
    assert corrected.data["old"] == old.isoformat().replace("+00:00", "Z")
    assert corrected.data["new"] == "2026-03-03T01:00:00Z"
    assert corrected.data["reason"] == "a slip"
    assert corrected.occurred_at == at(12)


@pytest.mark.parametrize("field", sorted(set(CORRECTABLE) - {"lodged_at"}))
def test_every_instant_but_the_lodging_can_be_taken_off_the_record(field: str) -> None:
    life = Life(now=at(12), **FULL)

    corrected = life.correct(field, None, now=at(12))[0]

    assert getattr(life.hold, field) is None
    assert corrected.data["new"] == ""


@pytest.mark.parametrize("field", CORRECTABLE)
def test_correction_to_the_same_instant_changes_nothing(field: str) -> None:
    life = Life(now=at(12), **FULL)
    before = life.hold

    assert life.correct(field, FULL[field], now=at(12)) == []
    assert life.hold == before


@pytest.mark.parametrize("field", ["outcome_at", "deadline_at", "id"])
def test_what_is_not_a_recorded_instant_cannot_be_corrected(field: str) -> None:
    with pytest.raises(InvalidHoldError, match=f"'{field}' cannot be corrected; allowed: lodged"):
        Life().correct(field, at(1), now=at(2))


def test_lodging_cannot_be_taken_off_the_record() -> None:
    with pytest.raises(InvalidHoldError, match="lodged_at: it cannot be taken off the record"):
        Life().correct("lodged_at", None, now=at(2))


@pytest.mark.parametrize(
    ("policy", "field", "kind"),
    [
        pytest.param("i-247a", "would_release_at", Kind.CLOCK_CORRECTED, id="form: the release"),
        pytest.param("i-247a", "lodged_at", Kind.ENTRY_CORRECTED, id="form: not the lodging"),
        pytest.param("nc-162-62-2024", "lodged_at", Kind.CLOCK_CORRECTED, id="receipt: lodging"),
        pytest.param("287g-wso", "warrant_served_at", Kind.CLOCK_CORRECTED, id="warrant: service"),
        pytest.param("i-247a", "served_at", Kind.ENTRY_CORRECTED, id="a paper never"),
        pytest.param("i-247g-2025", "would_release_at", Kind.ENTRY_CORRECTED, id="no clock"),
    ],
)
def test_correction_of_what_the_clock_counts_from_moves_the_clock(
    policy: str, field: str, kind: Kind
) -> None:
    life = Life(policy, now=at(12), **FULL)

    corrected = life.correct(field, at(11), now=at(12))[0]

    assert corrected.kind is kind
    assert (corrected.data.get("moved") is True) is (kind is Kind.CLOCK_CORRECTED)
    assert life.hold.window_no == (2 if kind is Kind.CLOCK_CORRECTED else 1)


def test_moved_deadline_is_told_with_the_old_one_and_the_new() -> None:
    life = Life(would_release_at=at(0))

    corrected = life.correct("would_release_at", at(2), now=at(3))[0]

    assert corrected.data["old_deadline_at"] == "2026-03-04T14:00:00Z"
    assert corrected.data["new_deadline_at"] == "2026-03-04T16:00:00Z"


def test_clock_that_had_started_goes_on_without_a_second_start() -> None:
    life = Life(would_release_at=at(1), now=at(2))

    life.correct("would_release_at", at(0), now=at(2))

    assert len(life.all(Kind.CLOCK_STARTED)) == 1
    assert life.hold.started_at == at(0)


def test_start_taken_off_the_record_lodges_the_hold_and_a_new_one_starts_it() -> None:
    life = Life(would_release_at=at(0), now=at(30))

    life.correct("would_release_at", None, now=at(31))
    assert status(life.hold) is Status.LODGED
    assert life.next_due_at is None
    life.start(at(32))

    assert (life.hold.deadline_at, life.hold.window_no) == (at(80), 2)
    assert [each.occurred_at for each in life.all(Kind.CLOCK_STARTED)] == [at(0), at(32)]
    assert len({each.step for each in life.all(Kind.CLOCK_STARTED)}) == 2


def test_deadline_moved_into_the_past_fires_at_once_with_its_true_instant() -> None:
    life = Life(would_release_at=at(10), now=at(50))

    written = life.correct("would_release_at", at(0), now=at(50))

    assert [each.occurred_at for each in of(written, Kind.HOLD_EXPIRED)] == [at(48)]
    assert [each.occurred_at for each in of(written, CHARGE)] == [at(48)]
    assert of(written, Kind.HOLD_EXPIRED)[0].data["late_by_s"] == 7200
    (alarm,) = of(written, Kind.OVER_DETENTION_ALARM)
    assert (alarm.occurred_at, alarm.data["missed"]) == (at(50), 5)


def test_deadline_moved_past_now_withdraws_what_stood_and_ends_the_alarm() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))

    written = life.correct("would_release_at", at(5), now=at(49))

    assert len(of(written, Kind.HOLD_EXPIRY_WITHDRAWN)) == 1
    assert len(of(written, Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN)) == 1
    assert status(life.hold) is Status.RUNNING
    assert [each.data["lead"] for each in of(written, Kind.REMINDER_DUE)] == ["4 h"]
    assert life.next_due_at == at(51)


def test_new_window_expires_under_a_step_of_its_own() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    life.correct("would_release_at", at(5), now=at(49))
    life.wait(at(53))

    expiries = life.all(Kind.HOLD_EXPIRED)
    assert [each.occurred_at for each in expiries] == [at(48), at(53)]
    assert standing(life.events, Kind.HOLD_EXPIRED) == expiries[1:]
    assert len({each.step for each in expiries}) == 2


def test_deadline_moved_from_past_to_past_is_withdrawn_and_written_anew() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(60))

    life.correct("would_release_at", at(5), now=at(60))

    (expiry,) = standing(life.events, Kind.HOLD_EXPIRED)
    (charge,) = standing(life.events, CHARGE)
    assert expiry.occurred_at == charge.occurred_at == at(53)


def test_lapse_of_an_old_window_does_not_stand_in_the_new_one() -> None:
    life = Life("nc-162-62-2024")
    life.wait(at(48))

    life.correct("lodged_at", at(10), now=at(50))

    assert status(life.hold) is Status.RUNNING
    assert [each.occurred_at for each in of(life.wait(at(58)), Kind.AUTHORITY_LAPSED)] == [at(58)]


def test_correction_that_moves_the_ceiling_alone_opens_a_window() -> None:
    life = Life(CHECKED, would_release_at=at(5), now=at(6))

    life.correct("would_release_at", at(6), now=at(7))

    assert (life.hold.ceiling_at, life.hold.deadline_at) == (at(54), at(72))
    assert life.hold.window_no == 2


def test_corrected_forecast_takes_an_assumed_start_back() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(2))
    assert life.hold.assumed

    life.correct("expected_release_at", at(20), now=at(3))

    assert status(life.hold) is Status.LODGED
    assert life.next_due_at == at(20)


# The policy.


def test_changed_policy_is_pinned_and_counts_anew() -> None:
    life = Life(would_release_at=at(72), lodged_at=at(72))

    changed = life.change_policy("8-cfr-287.7d", now=at(73))[0]

    assert changed.kind is Kind.POLICY_CHANGED
    assert (changed.data["old"], changed.data["new"]) == ("i-247a v1", "8-cfr-287.7d v1")
    assert (life.hold.policy, life.hold.rules_id) == ("8-cfr-287.7d", "8-cfr-287.7d")
    assert (life.hold.ceiling_at, life.hold.deadline_at) == (at(120), at(167))
    assert life.hold.window_no == 2


def test_policy_without_a_clock_ends_the_clock_and_what_it_brought() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(48))

    life.change_policy("no-hold", now=at(49))

    assert (life.hold.starts_at, life.hold.deadline_at) == (None, None)
    assert status(life.hold) is Status.LODGED
    assert standing(life.events, Kind.HOLD_EXPIRED) == standing(life.events, CHARGE) == []


def test_policy_with_the_same_limits_opens_no_window() -> None:
    life = Life(would_release_at=at(0))

    changed = life.change_policy("fl-908", now=at(1))[0]

    assert "moved" not in changed.data
    assert life.hold.window_no == 1


def test_policy_with_a_later_notice_duty_lets_it_fall_due_again() -> None:
    life = Life(would_release_at=at(0))
    life.change_policy("nc-162-62-2025", now=at(1))
    life.wait(at(2))

    assert [each.occurred_at for each in life.all(Kind.NOTICE_OVERDUE)] == [at(0), at(2)]


def test_holiday_added_to_the_rules_of_a_hold_moves_its_deadline() -> None:
    judged_by = rules("8-cfr-287.7d")
    life = Life("8-cfr-287.7d", would_release_at=at(0))
    day = {(at(24)).date(): "Day of Example"}
    with_day = type(judged_by.calendar)(
        zone=judged_by.calendar.zone, federal=judged_by.calendar.federal, extra=day
    )

    recorded = corrections.change_holidays(
        life.hold,
        judged_by._replace(calendar=with_day),
        Fact(at(1), at(1), {"reason": "proclaimed"}),
        "with-the-day",
        new="2026-03-03 Day of Example",
    )

    assert recorded.events[0].data["moved"] is True
    assert recorded.hold.deadline_at == at(72)
    assert recorded.hold.ceiling_at == at(48)
    assert recorded.hold.rules_id == "with-the-day"


def test_correction_finds_what_a_hold_never_advanced_was_due() -> None:
    """A worker that was down leaves nothing behind that the correction does not judge."""
    judged_by = rules()
    asleep = hold(judged_by, would_release_at=at(0))._replace(
        starts_at=at(0), deadline_at=at(48), ceiling_at=at(48), started_at=at(0)
    )
    fact = Fact(at(60), at(60), {"reason": "a slip"})

    recorded = corrections.correct_instant(
        asleep, judged_by, fact, field="would_release_at", instant=at(20)
    )

    assert of(recorded.events, Kind.HOLD_EXPIRED) == []
    assert recorded.next_due_at == at(60) + timedelta(hours=4)
