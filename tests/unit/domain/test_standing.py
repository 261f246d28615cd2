"""What stands on the record, and what is withdrawn when the facts change."""

from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.domain import standing as standings
from scheduler.domain.events import Kind
from scheduler.domain.hold import Accusation, Outcome
from tests.unit.domain.builders import Life, at, of, standing

CHARGE = Kind.RELEASE_WITHOUT_NOTIFICATION


def expired() -> Life:
    life = Life(would_release_at=at(0))
    life.wait(at(48))
    return life


def test_settling_a_record_that_is_right_writes_nothing() -> None:
    life = expired()

    settled = standings.settle(life.hold, life.rules, at(50))

    assert settled.events == []
    assert settled.hold == life.hold


@pytest.mark.parametrize("given", [at(1), at(48)], ids=["early", "at the deadline"])
def test_notice_in_time_entered_late_withdraws_the_charge_and_leaves_the_expiry(
    given: datetime,
) -> None:
    life = expired()
    (charge,) = life.all(CHARGE)

    written = life.notice(given, now=at(50))

    (withdrawn,) = of(written, Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN)
    assert dict(withdrawn.names)["answers"] == charge.step
    assert withdrawn.occurred_at == at(50)
    assert len(standing(life.events, Kind.HOLD_EXPIRED)) == 1
    assert (life.hold.accused, life.hold.accused_at, life.hold.accused_step) == (None,) * 3


def test_notice_after_the_deadline_leaves_the_charge_standing() -> None:
    life = expired()

    life.notice(at(48, 1))

    assert len(standing(life.events, CHARGE)) == 1


def test_notice_before_an_unnotified_release_entered_late_withdraws_the_charge() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.RELEASED, at(5))

    life.notice(at(4), now=at(6))

    assert standing(life.events, CHARGE) == []
    assert life.hold.outcome is Outcome.RELEASED


def test_notice_taken_off_the_record_brings_the_charge_back() -> None:
    life = Life(would_release_at=at(0), notice_given_at=at(0))
    life.wait(at(48))
    assert life.all(CHARGE) == []

    life.correct("notice_given_at", None, now=at(50))

    (charge,) = standing(life.events, CHARGE)
    assert charge.occurred_at == at(48)


def test_charge_withdrawn_and_made_again_has_a_step_of_its_own() -> None:
    life = expired()
    for hour in range(50, 56, 2):
        life.correct("notice_given_at", at(1), now=at(hour))
        life.correct("notice_given_at", None, now=at(hour + 1))

    charges = life.all(CHARGE)
    assert len(charges) == len({each.step for each in charges}) == 4
    assert standing(life.events, CHARGE) == charges[-1:]


def test_at_most_one_charge_stands_when_a_correction_turns_one_into_the_other() -> None:
    life = Life(would_release_at=at(10))
    life.end(Outcome.RELEASED, at(55))
    first_ground = life.hold.accused

    life.correct("would_release_at", at(1), now=at(56))

    (charge,) = standing(life.events, CHARGE)
    assert (first_ground, life.hold.accused) == (Accusation.AT_RELEASE, Accusation.AT_DEADLINE)
    assert charge.occurred_at == at(49)
    assert charge.data["confirmed"] is True
    assert dict(charge.names) == {"confirmed_by": life.hold.outcome_step}


def test_policy_that_expects_no_notice_withdraws_the_charge_and_keeps_the_rest() -> None:
    life = expired()

    life.change_policy("no-hold-no-notice", now=at(50))

    assert standing(life.events, CHARGE) == []
    assert standing(life.events, Kind.HOLD_EXPIRED) == []


def test_expiry_of_an_undated_outcome_is_withdrawn_when_the_limit_moves() -> None:
    life = expired()
    life.end(Outcome.TRANSFERRED, None, now=at(50))

    life.correct("would_release_at", at(5), now=at(51))

    assert standing(life.events, Kind.HOLD_EXPIRED) == []
    assert standing(life.events, CHARGE) == []


def test_alarm_starts_anew_after_an_expiry_that_was_withdrawn() -> None:
    life = expired()
    life.wait(at(52))

    life.correct("would_release_at", at(2), now=at(52))

    alarms = life.all(Kind.OVER_DETENTION_ALARM)
    assert [each.occurred_at for each in alarms] == [at(48), at(52), at(52)]
    assert len({each.step for each in alarms}) == 3
    assert (alarms[-1].data["minutes"], alarms[-1].data["missed"]) == (120, 5)


# The notice duty follows the instant it hangs on.


def test_notice_is_overdue_again_for_a_release_that_was_corrected() -> None:
    life = Life(would_release_at=at(1))
    life.wait(at(2))

    life.correct("would_release_at", at(1, 30), now=at(3))

    overdue = life.all(Kind.NOTICE_OVERDUE)
    assert [each.occurred_at for each in overdue] == [at(1), at(1, 30)]
    assert len({each.step for each in overdue}) == 2


def test_notice_is_overdue_again_for_a_confirmed_start_that_moved_no_window() -> None:
    life = Life("nc-162-62-2024", expected_release_at=at(10))
    life.wait(at(11))

    life.start(at(10, 45), now=at(12))

    overdue = life.all(Kind.NOTICE_OVERDUE)
    assert [each.occurred_at for each in overdue] == [at(10), at(10, 45)]
    assert len({each.step for each in overdue}) == 2
    assert life.hold.window_no == 1


def test_required_notice_is_reminded_of_again_for_a_release_that_was_corrected() -> None:
    life = Life("nc-162-62-2025", would_release_at=at(1))
    life.wait(at(2))

    life.correct("would_release_at", at(1, 50), now=at(2, 10))
    life.wait(at(2, 50))

    reminders = [e for e in life.all(Kind.REMINDER_DUE) if e.data["counts_to"] == "notice"]
    assert [each.occurred_at for each in reminders] == [at(2), at(2, 50)]


def test_overdue_notice_is_not_written_again_when_a_late_one_is_taken_back() -> None:
    life = Life(would_release_at=at(1))
    life.notice(at(2))

    life.correct("notice_given_at", None, now=at(3))

    assert len(life.all(Kind.NOTICE_OVERDUE)) == 1


def test_notice_moved_past_its_instant_is_overdue_after_all() -> None:
    life = Life(would_release_at=at(1), notice_given_at=at(0))
    life.wait(at(2))
    assert life.all(Kind.NOTICE_OVERDUE) == []

    life.correct("notice_given_at", at(2), now=at(3))

    assert [each.occurred_at for each in life.all(Kind.NOTICE_OVERDUE)] == [at(1)]
