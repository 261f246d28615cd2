"""A sign of life to somebody outside, after a full good look: its silence is the alarm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from scheduler.clock import Clock
from scheduler.errors import DeliveryError

logger = logging.getLogger(__name__)

EVERY_S = 60.0


class Heartbeat:
    """Sends a sign of life, at most once a minute, and never in the caller's way.

    Args:
        ping: Sends it; raises DeliveryError.
        pool: Runs it: a slow listener must not hold up the deadline loop.
        clock: The world's.
    """

    def __init__(self, ping: Callable[[], None], pool: Executor, clock: Clock) -> None:
        self._ping = ping
        self._pool = pool
        self._clock = clock
        self._sent_at: float | None = None

    def beat(self) -> None:
        """Tell of a full good look, from the loop that looked and not from a timer."""
        now = self._clock.monotonic()
        if self._sent_at is not None and now - self._sent_at < EVERY_S:
            return
        self._sent_at = now
        self._pool.submit(self._send)

    def _send(self) -> None:
        try:
            self._ping()
        except DeliveryError as exc:
            logger.warning(
                "The sign of life did not arrive: %s", exc, extra={"action": "heartbeat_failed"}
            )
