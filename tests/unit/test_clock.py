from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scheduler.clock import FastClock, SettableClock, SystemClock

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


def test_the_system_clock_tells_aware_utc_and_never_runs_back() -> None:
    clock = SystemClock()

    readings = [(clock.now(), clock.monotonic()) for _ in range(100)]

    assert {now.utcoffset() for now, _ in readings} == {timedelta(0)}
    assert [at for _, at in readings] == sorted(at for _, at in readings)
    assert clock.is_real
    assert clock.real_seconds(30.0) == 30.0


def test_a_wait_on_the_system_clock_is_cut_short_by_its_event() -> None:
    clock, wake = SystemClock(), threading.Event()
    began = clock.monotonic()
    threading.Timer(0.02, wake.set).start()

    assert clock.wait(wake, 30.0)
    assert clock.monotonic() - began < 15.0


def test_a_wait_on_the_system_clock_ends_by_itself() -> None:
    assert not SystemClock().wait(threading.Event(), 0.01)


def test_a_fast_clock_passes_hours_in_seconds_and_waits_accordingly() -> None:
    clock = FastClock(NOW, 3600.0)

    before = clock.monotonic()
    assert not clock.wait(threading.Event(), 72.0)  # 20 ms of the world
    passed_s = clock.monotonic() - before

    assert 72.0 <= passed_s < 3600.0
    assert clock.now() >= NOW + timedelta(seconds=72)
    assert clock.real_seconds(3600.0) == 1.0
    assert not clock.is_real


def test_a_clock_set_by_hand_moves_both_scales_when_time_passes() -> None:
    clock = SettableClock(NOW)

    moved = clock.tick(hours=1, microseconds=1)

    assert moved == clock.now() == NOW + timedelta(hours=1, microseconds=1)
    assert clock.monotonic() == pytest.approx(3600.000001)


def test_a_clock_that_is_set_moves_the_wall_alone_and_keeps_utc() -> None:
    clock = SettableClock(NOW)

    clock.move_to(datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=-5))))

    assert clock.now() == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() == 0.0


def test_a_clock_set_by_hand_never_waits() -> None:
    clock, wake = SettableClock(NOW), threading.Event()

    assert not clock.wait(wake, 3600.0)
    wake.set()
    assert clock.wait(wake, 3600.0)
