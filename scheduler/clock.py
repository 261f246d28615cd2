"""The only module that asks what time it is.

Everything else is handed a clock, or, in pure code, an instant. Instants are
standard-library datetimes in UTC: pendulum's arithmetic costs tens of
microseconds and lives where law and people need it (windows, calendar, input,
display).
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is, how much has passed, and a wait that can be cut short."""

    @property
    def is_real(self) -> bool:
        """Say whether it is the world's time: then a database server's own may stand in."""
        ...

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a scale that no one can set."""
        ...

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        """Wait until `wake` is set or `timeout_s` seconds of this clock passed."""
        ...

    def real_seconds(self, seconds: float) -> float:
        """Return how many seconds of the world so many of this clock take."""
        ...


class SystemClock:
    """The machine's own clock."""

    is_real = True

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        return wake.wait(timeout_s)

    def real_seconds(self, seconds: float) -> float:
        return seconds


class FastClock:
    """Runs `speed` times as fast as real time from `start`: the demo's clock."""

    is_real = False

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._speed

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        return wake.wait(self.real_seconds(timeout_s))

    def real_seconds(self, seconds: float) -> float:
        return seconds / self._speed


class SettableClock:
    """A clock moved by hand: tests, simulation, replay."""

    is_real = False

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        """Do not wait: whoever moves the clock decides what happens next."""
        return wake.is_set()

    def real_seconds(self, seconds: float) -> float:
        return seconds

    def tick(self, **elapsed: float) -> datetime:
        """Let time pass, on both scales; keywords as for `timedelta`."""
        step = timedelta(**elapsed)
        self._elapsed += step.total_seconds()
        return self.move_to(self._now + step)

    def move_to(self, instant: datetime) -> datetime:
        """Set the wall clock, as an operator or a time server would."""
        self._now = instant.astimezone(UTC)
        return self._now
