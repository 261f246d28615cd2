"""Several calls at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scheduler.errors import HoldError

_PATIENCE_S = 30.0


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make every call at the same moment, each in its own thread.

    Returns:
        What each returned, or the `HoldError` it was refused with.
    """
    together = threading.Barrier(len(calls))

    def make(call: Callable[[], Any]) -> Any:
        together.wait(_PATIENCE_S)
        try:
            return call()
        except HoldError as exc:
            return exc

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(_PATIENCE_S) for done in [pool.submit(make, call) for call in calls]]
