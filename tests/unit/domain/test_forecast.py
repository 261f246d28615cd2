"""An expected release: confirmed, corrected, put off, or taken as come because nobody answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain.events import Kind
from scheduler.domain.hold import Status, status
from scheduler.errors import HoldStateError
from tests.unit.domain.builders import Life, at, kinds, of, standing

# Confirming an assumed start.


def assumed_since_1() -> Life:
    life = Life(expected_release_at=at(1))
    life.wait(at(1))
    life.wait(at(1, 30))
    assert life.hold.assumed
    return life


def test_confirmed_start_keeps_the_clock_and_is_assumed_no_longer() -> None:
    life = assumed_since_1()

    (confirmed,) = life.start(at(1), now=at(2))

    assert confirmed.kind is Kind.CLOCK_CORRECTED
    assert confirmed.data["was_assumed"] is True
    assert confirmed.data["moved"] is False
    assert (life.hold.would_release_at, life.hold.assumed) == (at(1), False)
    assert (life.hold.starts_at, life.hold.window_no) == (at(1), 1)
    life.wait(at(49))
    assert "assumed" not in life.all(Kind.HOLD_EXPIRED)[0].data


@pytest.mark.parametrize("release", [at(0, 30), at(2)], ids=["earlier", "later"])
def test_corrected_assumed_start_opens_a_window(release: datetime) -> None:
    life = assumed_since_1()

    confirmed = life.start(release, now=at(3))[0]

    assert confirmed.data["moved"] is True
    assert (life.hold.starts_at, life.hold.window_no) == (release, 2)
    assert life.hold.deadline_at == release + timedelta(hours=48)
    assert len(life.all(Kind.CLOCK_STARTED)) == 1


def test_answer_before_the_half_hour_is_over_assumes_nothing() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(1))

    life.start(at(1, 5), now=at(1, 29))

    assert life.wait(at(1, 31)) == []
    assert not life.hold.assumed
    assert life.hold.starts_at == at(1, 5)


def test_answer_entered_late_but_dated_before_the_half_hour_assumes_nothing() -> None:
    life = Life(expected_release_at=at(1))

    written = life.start(at(1, 5), now=at(9))

    assert kinds(written)[0] is Kind.RELEASE_CONFIRMATION_DUE
    assert "assumed" not in of(written, Kind.CLOCK_STARTED)[0].data


# A forecast.


def test_new_forecast_is_asked_about_in_its_turn() -> None:
    life = Life(expected_release_at=at(1))
    life.wait(at(1))
    life.expect(at(5), now=at(1, 10))
    assert life.wait(at(2)) == []

    assert kinds(life.wait(at(5))) == [Kind.RELEASE_CONFIRMATION_DUE]


def test_new_forecast_takes_an_assumed_start_back() -> None:
    life = assumed_since_1()

    (noted,) = of(life.expect(at(20), now=at(3)), Kind.CLOCK_CORRECTED)

    assert noted.data["moved"] is True
    assert status(life.hold) is Status.LODGED
    assert (life.hold.starts_at, life.hold.deadline_at, life.hold.assumed) == (None, None, False)
    assert of(life.wait(at(60)), Kind.CLOCK_STARTED)[0].occurred_at == at(20)


def test_new_forecast_withdraws_an_expiry_that_rested_on_the_old_one() -> None:
    life = assumed_since_1()
    life.wait(at(49))

    life.expect(at(80), now=at(50))

    assert standing(life.events, Kind.HOLD_EXPIRED) == []
    assert standing(life.events, Kind.RELEASE_WITHOUT_NOTIFICATION) == []
    assert status(life.hold) is Status.LODGED


def test_each_forecast_is_reminded_of_under_a_step_of_its_own() -> None:
    life = Life(expected_release_at=at(49))
    life.wait(at(2))
    life.expect(at(60), now=at(3))
    life.expect(at(49), now=at(3, 1))
    life.wait(at(49))
    life.expect(at(60), now=at(49, 1))
    life.expect(at(49), now=at(49, 2))

    steps = [each.step for each in life.events if each.step is not None]
    assert len(steps) == len(set(steps))
    assert len(life.all(Kind.REMINDER_DUE)) == 3
    assert len(life.all(Kind.RELEASE_CONFIRMATION_DUE)) == 2


def test_same_forecast_again_changes_nothing_and_none_follows_a_release() -> None:
    life = Life(expected_release_at=at(9))
    assert life.expect(at(9), now=at(1)) == []
    life.start(at(2))

    with pytest.raises(HoldStateError, match="the release is on record at 2026-03-02T16:00:00Z"):
        life.expect(at(10), now=at(3))
