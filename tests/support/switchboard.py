"""A notifier for many endpoints, each of which can be broken and mended on its own."""

from __future__ import annotations

import threading
from datetime import datetime

from notifiers.base import Alert, Receipt, Target
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError

BROKEN = TransientDeliveryError("webhook: answered 500", status=500, answer="it broke")
GONE = PermanentDeliveryError("webhook: answered 410", status=410, answer="gone")


class Switchboard:
    """Keeps what each endpoint was sent, by channel id.

    Attributes:
        broken: What the tries at an endpoint meet, until it is taken out again.
        tried: Every try, in order.
        taken: Those that arrived.
    """

    def __init__(self, kind: str = "webhook") -> None:
        self.kind = kind
        self.broken: dict[str, DeliveryError] = {}
        self.tried: list[tuple[str, Alert]] = []
        self.taken: list[tuple[str, Alert]] = []
        self._lock = threading.Lock()

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Take an alert, unless its endpoint is broken."""
        with self._lock:
            self.tried.append((target.channel_id, alert))
            if target.channel_id in self.broken:
                raise self.broken[target.channel_id]
            self.taken.append((target.channel_id, alert))
        return Receipt(status=200, answer="taken", duration_ms=0)

    def close(self) -> None:
        """Nothing to let go of."""

    def tries(self, channel_id: str) -> int:
        """Return how often an endpoint was tried."""
        return sum(1 for tried, _ in self.tried if tried == channel_id)
