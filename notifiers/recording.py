"""A notifier that sends nothing and keeps what it was given: for replay and tests."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from notifiers.base import Alert, Receipt, Target
from scheduler.errors import DeliveryError


class Kept(NamedTuple):
    """One attempt, as it was asked for."""

    alert: Alert
    target: Target
    now: datetime


class RecordingNotifier:
    """Answers every attempt at once and keeps it, the failed ones too.

    Args:
        kind: The kind of channel it stands in for.
        failures: Raised by the next attempts, one each; None lets one succeed.
    """

    def __init__(
        self, kind: str = "webhook", *, failures: Iterable[DeliveryError | None] = ()
    ) -> None:
        self.kind = kind
        self.attempts: list[Kept] = []
        self.delivered: list[Kept] = []
        self.is_closed = False
        self._failures = deque(failures)
        self._lock = threading.Lock()

    def fail_next(self, *failures: DeliveryError | None) -> None:
        """Add to the failures that the next attempts meet."""
        with self._lock:
            self._failures.extend(failures)

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Keep an attempt, and succeed unless a failure was asked for."""
        kept = Kept(alert, target, now)
        with self._lock:
            self.attempts.append(kept)
            failure = self._failures.popleft() if self._failures else None
            if failure is not None:
                raise failure
            self.delivered.append(kept)
        return Receipt(status=None, answer="", duration_ms=0)

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True
