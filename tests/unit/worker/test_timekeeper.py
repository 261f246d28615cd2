from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock import SettableClock
from scheduler.store.engine import open_database
from scheduler.worker.timekeeper import Timekeeper

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.fixture
def timekeeper(clock: SettableClock) -> Timekeeper:
    return Timekeeper(open_database("sqlite:////nowhere/holdclock.db"), clock)


def set_clock(clock: SettableClock, **step: float) -> None:
    clock.move_to(clock.now() + timedelta(**step))


def test_a_clock_that_runs_evenly_is_believed(timekeeper: Timekeeper, clock: SettableClock) -> None:
    for _ in range(100):
        clock.tick(seconds=30)
        assert timekeeper.read() == (clock.now(), False)


def test_hours_that_passed_on_both_clocks_are_no_jump(
    timekeeper: Timekeeper, clock: SettableClock
) -> None:
    clock.tick(hours=30)

    assert timekeeper.read() == (clock.now(), False)


@pytest.mark.parametrize("step_s", [1, 60, 299, 300])
def test_a_small_step_forward_is_followed_without_ado(
    timekeeper: Timekeeper, clock: SettableClock, step_s: int
) -> None:
    set_clock(clock, seconds=step_s)

    assert timekeeper.read() == (NOW + timedelta(seconds=step_s), False)


def test_drift_that_adds_up_to_more_than_a_jump_is_followed(
    timekeeper: Timekeeper, clock: SettableClock
) -> None:
    for _ in range(20):
        clock.tick(seconds=30)
        set_clock(clock, minutes=1)
        assert timekeeper.read() == (clock.now(), False)


@pytest.mark.parametrize("step", [timedelta(seconds=301), timedelta(hours=1), timedelta(days=1)])
def test_a_jump_forward_is_held_for_two_minutes_then_believed_and_flagged(
    timekeeper: Timekeeper, clock: SettableClock, step: timedelta
) -> None:
    clock.move_to(clock.now() + step)
    at_first = timekeeper.read()
    clock.tick(seconds=119.999)
    still = timekeeper.read()
    clock.tick(milliseconds=1)
    believed = timekeeper.read()

    assert at_first == (NOW, True)
    assert still == (NOW + timedelta(seconds=119.999), True)
    assert believed == (NOW + timedelta(minutes=2) + step, True)


def test_what_a_jump_brought_is_flagged_for_two_minutes_and_then_no_more(
    timekeeper: Timekeeper, clock: SettableClock
) -> None:
    set_clock(clock, hours=1)
    timekeeper.read()
    clock.tick(minutes=2)
    timekeeper.read()

    clock.tick(seconds=119)
    flagged = timekeeper.read()
    clock.tick(seconds=1)
    after = timekeeper.read()

    assert (flagged.is_suspect, after.is_suspect) == (True, False)
    assert after.now == clock.now()


def test_a_jump_that_is_taken_back_in_time_leaves_no_trace(
    timekeeper: Timekeeper, clock: SettableClock
) -> None:
    set_clock(clock, hours=1)
    timekeeper.read()
    clock.tick(seconds=60)
    set_clock(clock, hours=-1)

    back = timekeeper.read()
    clock.tick(minutes=5)

    assert back == (NOW + timedelta(seconds=60), False)
    assert timekeeper.read() == (clock.now(), False)


def test_a_second_jump_while_the_first_is_doubted_does_not_shorten_the_doubt(
    timekeeper: Timekeeper, clock: SettableClock
) -> None:
    set_clock(clock, hours=1)
    timekeeper.read()
    clock.tick(seconds=60)
    set_clock(clock, days=1)

    assert timekeeper.read() == (NOW + timedelta(seconds=60), True)


@pytest.mark.parametrize("step", [timedelta(seconds=-1), timedelta(hours=-1), timedelta(days=-1)])
def test_a_step_back_is_followed_at_once(
    timekeeper: Timekeeper, clock: SettableClock, step: timedelta
) -> None:
    clock.tick(minutes=10)
    timekeeper.read()
    clock.move_to(clock.now() + step)

    assert timekeeper.read() == (NOW + timedelta(minutes=10) + step, False)


def test_the_clock_of_a_server_is_not_doubted(clock: SettableClock) -> None:
    database = open_database("postgresql://holdclock@nowhere.invalid/holdclock")
    timekeeper = Timekeeper(database, clock)
    set_clock(clock, hours=1)

    assert timekeeper.read() == (clock.now(), False)
