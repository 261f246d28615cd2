"""Corrections of a closed hold, and of the outcome that closed it."""

from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.domain.events import Kind
from scheduler.domain.hold import Outcome, Reporter, Status, status
from scheduler.errors import InvalidHoldError
from tests.unit.domain.builders import Life, at, kinds, of, standing

CHARGE = Kind.RELEASE_WITHOUT_NOTIFICATION


# A closed hold.


def test_correction_on_a_hold_whose_clock_never_started_starts_none() -> None:
    life = Life(would_release_at=at(10))
    life.end(Outcome.TRANSFERRED, at(4))

    corrected = life.correct("served_at", at(1), now=at(5))

    assert kinds(corrected) == [Kind.ENTRY_CORRECTED]
    assert life.hold.starts_at is None


def test_correction_may_show_that_a_closed_hold_had_expired() -> None:
    life = Life(would_release_at=at(10))
    life.end(Outcome.TRANSFERRED, at(55))

    life.correct("would_release_at", at(0), now=at(60))

    (expiry,) = standing(life.events, Kind.HOLD_EXPIRED)
    assert expiry.occurred_at == at(48)
    assert life.all(Kind.OVER_DETENTION_ALARM) == []
    assert life.next_due_at is None


def test_correction_may_show_that_a_closed_hold_had_not_expired() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(50))

    life.correct("would_release_at", at(10), now=at(60))

    assert standing(life.events, Kind.HOLD_EXPIRED) == []
    assert standing(life.events, CHARGE) == []


def test_correction_may_show_that_the_clock_of_a_closed_hold_never_started() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(50))

    life.correct("would_release_at", at(55), now=at(60))

    assert (life.hold.starts_at, life.hold.started_at) == (None, None)
    assert standing(life.events, Kind.HOLD_EXPIRED) == []


def test_forecast_corrected_on_a_closed_hold_is_taken_as_come_and_asks_nobody() -> None:
    """Else a corrected forecast would wipe out the minutes past the limit."""
    life = Life(expected_release_at=at(1))
    for hours in (1, 1.5, 49):
        life.wait(at(hours))
    life.end(Outcome.TRANSFERRED, at(51))

    written = life.correct("expected_release_at", at(2), now=at(60))

    assert of(written, Kind.RELEASE_CONFIRMATION_DUE) == []
    assert (life.hold.assumed, life.hold.deadline_at) == (True, at(50))
    assert [each.occurred_at for each in standing(life.events, Kind.HOLD_EXPIRED)] == [at(50)]


def test_forecast_taken_as_come_starts_no_clock_of_a_hold_that_ended_before_its_start() -> None:
    life = Life("nc-162-62-2024", would_release_at=at(0), expected_release_at=at(0))
    life.correct("lodged_at", at(1), now=at(1))
    life.end(Outcome.TRANSFERRED, at(0, 45), now=at(1))

    life.correct("would_release_at", None, now=at(1))

    assert (life.hold.assumed, life.hold.starts_at) == (True, None)


# The outcome.


def test_outcome_taken_off_the_record_reopens_the_hold() -> None:
    life = Life(would_release_at=at(0))
    (ended,) = of(life.end(Outcome.TRANSFERRED, at(5)), Kind.TRANSFER_RECORDED)

    answered = life.correct_outcome(None, at(20), now=at(20))[0]

    assert answered.kind is Kind.ENTRY_CORRECTED
    assert dict(answered.names)["answers"] == ended.step
    assert answered.data["old"] == "transferred"
    assert answered.data["new"] == ""
    assert answered.data["reason"] == "a slip"
    assert status(life.hold) is Status.RUNNING
    assert life.next_due_at == at(24)
    assert life.hold.version == 3


def test_reopened_hold_gets_at_once_what_fell_due_meanwhile() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(5))

    written = life.correct_outcome(None, at(50), now=at(50))

    assert [each.occurred_at for each in of(written, Kind.HOLD_EXPIRED)] == [at(48)]
    assert [each.occurred_at for each in of(written, CHARGE)] == [at(48)]
    assert of(written, Kind.OVER_DETENTION_ALARM)[0].data["missed"] == 5
    assert of(written, Kind.REMINDER_DUE) == []


def test_reopening_withdraws_the_charge_of_the_release() -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.RELEASED, at(5))

    life.correct_outcome(None, at(20), now=at(20))

    assert standing(life.events, CHARGE) == []


def test_reopening_does_not_repeat_what_was_written_before() -> None:
    life = Life(would_release_at=at(0))
    life.wait(at(49))
    life.end(Outcome.TRANSFERRED, at(49))

    written = life.correct_outcome(None, at(49, 1), now=at(49, 1))

    assert of(written, Kind.HOLD_EXPIRED) == of(written, CHARGE) == []
    steps = [each.step for each in life.events if each.step is not None]
    assert len(steps) == len(set(steps))


def test_reopened_hold_whose_clock_never_started_starts_it() -> None:
    life = Life(would_release_at=at(10))
    life.end(Outcome.TRANSFERRED, at(5))

    life.correct_outcome(None, at(20), now=at(20))

    assert [each.occurred_at for each in life.all(Kind.CLOCK_STARTED)] == [at(10)]
    assert life.hold.deadline_at == at(58)


@pytest.mark.parametrize(
    ("ended", "expired"), [(at(47), 0), (at(48), 1), (at(50), 1)], ids=["before", "at", "after"]
)
def test_outcome_corrected_to_another_is_judged_by_its_own_date(
    ended: datetime, expired: int
) -> None:
    life = Life(would_release_at=at(0))
    life.end(Outcome.TRANSFERRED, at(49))

    written = life.correct_outcome(Outcome.RELEASED, ended, now=at(60))

    assert kinds(written)[0] is Kind.ENTRY_CORRECTED
    assert (life.hold.outcome, life.hold.outcome_at) == (Outcome.RELEASED, ended)
    assert len(standing(life.events, Kind.HOLD_EXPIRED)) == expired
    (charge,) = standing(life.events, CHARGE)
    assert charge.occurred_at == (at(48) if expired else ended)


def test_outcome_corrected_away_ends_a_contradiction() -> None:
    life = Life()
    life.end(Outcome.TRANSFERRED, at(5), by=Reporter.AGENCY)
    life.end(Outcome.RELEASED, at(6))
    contradicted = life.hold

    life.correct_outcome(None, at(7), now=at(7))

    assert (contradicted.contradicted, life.hold.contradicted) == (True, False)
    assert (life.hold.outcome_by, life.hold.outcome_step, life.hold.outcome_at) == (None,) * 3


def test_hold_without_an_outcome_has_none_to_correct() -> None:
    with pytest.raises(InvalidHoldError, match="none on record; record it instead"):
        Life().correct_outcome(None, at(1), now=at(1))
