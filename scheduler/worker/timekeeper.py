"""What time the worker goes by, when the host's clock may jump.

On PostgreSQL it is the server's. On SQLite there is only the host's clock, and a
jump forward would expire holds that have hours left: a step of over five minutes
against the monotonic clock is not believed for two minutes. Then it is taken, and
what it brought says that the clock was suspect.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.store.engine import Connection, Database

JUMP_S = 300.0
RECHECK_S = 120.0
SUSPECT_FOR_S = 120.0


class Reading(NamedTuple):
    """An instant, and whether a jump of the clock lies behind it."""

    now: datetime
    is_suspect: bool


class Timekeeper:
    """Reads the clock for one worker."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._believed = clock.now()
        self._believed_at = clock.monotonic()
        self._doubted_at: float | None = None
        self._jumped_at: float | None = None

    def read(self, connection: Connection | None = None) -> Reading:
        """Return the instant to go by; a server is asked over the connection that is given."""
        if not self._database.is_sqlite:
            return Reading(self._database.now(self._clock, connection), is_suspect=False)
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        steady = self._believed + timedelta(seconds=monotonic - self._believed_at)
        # In real time: a clock that runs fast by design passes minutes between two readings.
        if self._clock.real_seconds((wall - steady).total_seconds()) <= JUMP_S:
            self._doubted_at = None
            self._believe(wall, monotonic)
        elif self._doubted_at is None:
            self._doubted_at = monotonic
        elif monotonic - self._doubted_at >= RECHECK_S:
            self._doubted_at, self._jumped_at = None, monotonic
            self._believe(wall, monotonic)
        now = steady if self._doubted_at is not None else wall
        return Reading(now, self.is_suspect)

    @property
    def is_suspect(self) -> bool:
        """Say whether the clock jumped a moment ago, or is doubted now."""
        if self._doubted_at is not None:
            return True
        if self._jumped_at is None:
            return False
        return self._clock.monotonic() - self._jumped_at < SUSPECT_FOR_S

    def _believe(self, wall: datetime, monotonic: float) -> None:
        self._believed, self._believed_at = wall, monotonic
