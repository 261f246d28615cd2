from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.clock import SettableClock, SystemClock
from scheduler.worker.ticker import Chore, Ticker

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
CHORES = (Chore("sweep", 5.0, lambda: None), Chore("deliver", 1.0, lambda: None))


@pytest.fixture
def ticker(clock: SettableClock) -> Ticker:
    return Ticker(clock, lambda: None, CHORES)


def planned(ticker: Ticker) -> list[Any]:
    """Return what was planned since the last question; the scheduler itself is not started."""
    jobs: list[Any] = ticker._scheduler.get_jobs()
    ticker._scheduler.remove_all_jobs()
    return jobs


def test_the_loop_is_woken_at_the_next_due_instant(ticker: Ticker) -> None:
    ticker.wake_in(90.5)

    (wake,) = planned(ticker)
    assert wake.id == "wake"
    assert wake.trigger.run_date == NOW + timedelta(seconds=90.5)
    # Late is not missed, and a wake that comes while one is counted out is not lost.
    assert (wake.misfire_grace_time, wake.coalesce, wake.max_instances) == (None, True, 5)


def test_a_clock_that_runs_evenly_leaves_the_chores_as_they_are(
    ticker: Ticker, clock: SettableClock
) -> None:
    clock.tick(hours=3)

    ticker.wake_in(1.0)

    assert [job.id for job in planned(ticker)] == ["wake"]


@pytest.mark.parametrize("step_s", [-1.0, -0.5, 0.5, 1.0])
def test_a_drift_of_a_second_leaves_the_chores_as_they_are(
    ticker: Ticker, clock: SettableClock, step_s: float
) -> None:
    clock.move_to(clock.now() + timedelta(seconds=step_s))

    ticker.wake_in(1.0)

    assert [job.id for job in planned(ticker)] == ["wake"]


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=1), timedelta(seconds=-1.1)])
def test_every_job_is_planned_anew_after_the_clock_was_set(
    ticker: Ticker, clock: SettableClock, step: timedelta
) -> None:
    """After a step back nothing would fire until the old time has come again."""
    clock.move_to(clock.now() + step)

    ticker.wake_in(1.0)
    anew = planned(ticker)
    ticker.wake_in(1.0)

    assert [job.id for job in anew] == ["sweep", "deliver", "wake"]
    assert anew[-1].trigger.run_date == NOW + step + timedelta(seconds=1)
    # Once is enough.
    assert [job.id for job in planned(ticker)] == ["wake"]


def test_every_chore_runs_late_rather_than_never_and_one_at_a_time(
    ticker: Ticker, clock: SettableClock
) -> None:
    clock.move_to(clock.now() + timedelta(hours=1))

    ticker.wake_in(1.0)

    for job in planned(ticker)[:2]:
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_a_started_ticker_wakes_the_loop_and_does_its_chores() -> None:
    woken, done = threading.Event(), threading.Event()
    ticker = Ticker(SystemClock(), woken.set, (Chore("chore", 0.05, done.set),))
    ticker.start()

    ticker.wake_in(0.05)

    try:
        assert woken.wait(5.0)
        assert done.wait(5.0)
        done.clear()
        assert done.wait(5.0)
    finally:
        ticker.stop()
