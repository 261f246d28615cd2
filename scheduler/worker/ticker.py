"""The clock and the calendar of chores: the only home of APScheduler.

Its jobs only set events; the threads that wait for them do the work. Its job
store is not used: it deletes a one-off job when it hands it out, drops what is
late, and two schedulers on one store fire twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any, NamedTuple

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.clock import Clock

STEP_S = 1.0
"""A clock that parts from the monotonic one by more than this was set."""


class Chore(NamedTuple):
    """Something to be done every so often."""

    name: str
    every_s: float
    do: Callable[[], None]


class Ticker:
    """Wakes the deadline loop at the next due instant, and does chores at intervals.

    Args:
        clock: The world's: triggers follow the wall clock.
        wake: Sets the deadline loop's event.
        chores: Each runs alone, late rather than never.
    """

    def __init__(self, clock: Clock, wake: Callable[[], None], chores: tuple[Chore, ...]) -> None:
        # Its log line for every job run tells nobody anything.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._clock = clock
        self._wake = wake
        self._chores = chores
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._offset = self._measure()

    def start(self) -> None:
        """Start the chores."""
        self._add_chores()
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; a chore under way is left to end by itself."""
        self._scheduler.shutdown(wait=False)

    def wake_in(self, seconds: float) -> None:
        """Wake the deadline loop once, so many seconds from now."""
        self._resync()
        at = self._clock.now() + timedelta(seconds=seconds)
        # With one instance allowed, a one-off job that comes due while its
        # predecessor is being counted out is skipped and deleted.
        self._add("wake", DateTrigger(at), self._wake, max_instances=5)

    def _resync(self) -> None:
        """Plan every job anew after the clock was set: after a step back none would fire."""
        offset = self._measure()
        if abs(offset - self._offset) > STEP_S:
            self._offset = offset
            self._add_chores()

    def _measure(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _add_chores(self) -> None:
        for chore in self._chores:
            self._add(chore.name, IntervalTrigger(seconds=chore.every_s, timezone=UTC), chore.do)

    def _add(
        self, name: str, trigger: Any, do: Callable[[], None], *, max_instances: int = 1
    ) -> None:
        self._scheduler.add_job(
            do,
            trigger,
            id=name,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=max_instances,
        )
