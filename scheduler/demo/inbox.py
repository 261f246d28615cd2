"""What the demo's receivers took, from whichever thread it came."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from typing import NamedTuple

from scheduler.clock import Clock

LAST = 200
"""So many are kept for a page of them."""


class Finding(NamedTuple):
    """What a receiver made of an alert.

    Attributes:
        verdict: VERIFIED, NOT VERIFIED, ...
        is_good: Signed or encrypted as it has to be, and taken.
        is_refused: Good, but turned away for once, as a receiver in trouble does.
    """

    verdict: str
    is_good: bool
    is_refused: bool = False


class Arrival(NamedTuple):
    """An alert as a receiver saw it.

    Attributes:
        at: Simulated, when it came.
        way: `webhook` or `e-mail`.
        to: Whose receiver it is.
        key: The same for every attempt: the webhook's id, the mail's Message-ID.
        says: In a line.
        body: All of it, as a reader sees it.
    """

    at: datetime
    way: str
    to: str
    key: str
    says: str
    finding: Finding
    body: str = ""


class Inbox:
    """Keeps arrivals until somebody shows them. Safe to use from several threads.

    Args:
        clock: The simulated one, for the instants of arrival.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._unseen: list[Arrival] = []
        self._last: deque[Arrival] = deque(maxlen=LAST)

    def put(
        self, way: str, to: str, *, key: str, says: str, finding: Finding, body: str = ""
    ) -> None:
        """Add one that has just come."""
        with self._lock:
            arrival = Arrival(self._clock.now(), way, to, key, says, finding, body)
            self._unseen.append(arrival)
            self._last.appendleft(arrival)

    def last(self) -> list[Arrival]:
        """Return the last that came, the very last first, however often they were looked at."""
        with self._lock:
            return list(self._last)

    def take(self) -> list[Arrival]:
        """Return what came since the last call, in order."""
        with self._lock:
            taken, self._unseen = self._unseen, []
        return taken
