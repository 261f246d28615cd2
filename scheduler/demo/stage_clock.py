"""The demo's clock: it stands while the stage is set, and then runs fast."""

from __future__ import annotations

import threading
from datetime import datetime

from scheduler.clock import Clock, FastClock, SettableClock


class StageClock:
    """One clock for all parts, from before the story until its end.

    Args:
        start: Where it stands, and runs from.
        speed: Simulated seconds in a real one.
    """

    is_real = False

    def __init__(self, start: datetime, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._clock: Clock = SettableClock(start)

    def run(self) -> None:
        """Let time pass, from where it stands."""
        self._clock = FastClock(self._start, self.speed)

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def wait(self, wake: threading.Event, timeout_s: float) -> bool:
        return self._clock.wait(wake, timeout_s)

    def real_seconds(self, seconds: float) -> float:
        # While it stands as well: pages made then go on counting when it runs.
        return seconds / self.speed
