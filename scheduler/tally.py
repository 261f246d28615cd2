"""What a process counts as it works: how late it was, and what came of attempts to deliver.

Plain numbers since the process began. `scheduler.metrics` shows them; nothing else does.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Upper bounds of lateness, each included: from what nobody notices to an hour without a worker."""


class Counted(NamedTuple):
    """Everything counted so far.

    Attributes:
        lateness: Holds carried on, by how late: one count for each of `BOUNDS_S`, and
            one for what was later still.
        lateness_sum_s: Of all of them together.
        attempts: By kind of channel and result.
    """

    lateness: tuple[int, ...]
    lateness_sum_s: float
    attempts: dict[tuple[str, str], int]


class Tally:
    """Counts for several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lateness = [0] * (len(BOUNDS_S) + 1)
        self._lateness_sum_s = 0.0
        self._attempts: Counter[tuple[str, str]] = Counter()

    def late(self, seconds: Iterable[float]) -> None:
        """Count holds that were carried on, each so many seconds after it was due."""
        with self._lock:
            for each in seconds:
                self._lateness[bisect_left(BOUNDS_S, each)] += 1
                self._lateness_sum_s += each

    def attempted(self, what: Iterable[tuple[str, str]]) -> None:
        """Count attempts, each by the kind of its channel and its result."""
        with self._lock:
            self._attempts.update(what)

    def read(self) -> Counted:
        """Return everything counted so far."""
        with self._lock:
            return Counted(tuple(self._lateness), self._lateness_sum_s, dict(self._attempts))
