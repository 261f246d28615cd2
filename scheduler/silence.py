"""When a worker counts as stopped."""

from __future__ import annotations

from datetime import timedelta

from scheduler.clock import Clock

LOOKS_WITHIN = timedelta(seconds=30)
"""A worker whose deadline thread has not looked for so long is not alive."""


def is_silent(clock: Clock, ago: timedelta) -> bool:
    """Say whether a worker that looked so long ago has stopped.

    Args:
        clock: The holds'. A worker looks by the world's time, however fast that one runs.
        ago: By the holds' clock.
    """
    return clock.real_seconds(ago.total_seconds()) > LOOKS_WITHIN.total_seconds()
