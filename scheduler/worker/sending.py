"""One attempt: the alert is composed, the notifier tries, the answer is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from notifiers.base import Notifier, Receipt, first_kilobyte
from scheduler.clock import Clock
from scheduler.errors import DeliveryError, PermanentDeliveryError
from scheduler.links import AcknowledgeLinks
from scheduler.store.cipher import Cipher
from scheduler.store.claims import Claimed
from scheduler.store.rules import RuleBook
from scheduler.worker import alerts

logger = logging.getLogger(__name__)


class Clocks(NamedTuple):
    """The clocks of delivery; in production they are one.

    Attributes:
        pace: Leases and pauses between tries go by it.
        real: Signatures and mail dates go by it.
        record: What is written on the record goes by it: the holds' clock.
    """

    pace: Clock
    real: Clock
    record: Clock


class Outcome(NamedTuple):
    """What one send came to, before anything is decided about it.

    Attributes:
        started_at: When it began, by the clock of the record.
    """

    claimed: Claimed
    started_at: datetime
    duration_ms: int
    status: int | None
    answer: str
    error: DeliveryError | None


class Sender:
    """Makes attempts; used by many threads at once.

    Args:
        notifiers: By kind of channel.
        clocks: See `Clocks`.
        rule_book: Reads pinned rules.
        cipher: Opens the channels' secrets.
        base_url: Of the holds' pages.
        links: Makes the links to answer by; None sends alerts without.
    """

    def __init__(
        self,
        notifiers: Mapping[str, Notifier],
        *,
        clocks: Clocks,
        rule_book: RuleBook,
        cipher: Cipher,
        base_url: str,
        links: AcknowledgeLinks | None = None,
    ) -> None:
        self._notifiers = notifiers
        self._clocks = clocks
        self._rule_book = rule_book
        self._cipher = cipher
        self._base_url = base_url
        self._links = links

    def send(self, claimed: Claimed) -> Outcome:
        """Make one attempt; whatever happens comes back as an outcome."""
        clocks = self._clocks
        started_at, began = clocks.record.now(), clocks.real.monotonic()
        status, answer, error = None, "", None
        try:
            receipt = self._attempt(claimed)
            status, answer = receipt.status, receipt.answer
        except DeliveryError as exc:
            status, answer, error = exc.status, exc.answer or str(exc), exc
        except Exception as exc:
            # A notifier's own fault must not lose the alert: it is tried again.
            logger.exception(
                "A notifier failed", extra={"action": "notifier_failed", "delivery_id": claimed.id}
            )
            answer, error = type(exc).__name__, DeliveryError(type(exc).__name__)
        took_ms = int((clocks.real.monotonic() - began) * 1000)
        # Whatever a receiver says must not be what the database refuses.
        told = first_kilobyte(answer.encode("utf-8", "replace"))
        return Outcome(claimed, started_at, took_ms, status, told, error)

    def _attempt(self, claimed: Claimed) -> Receipt:
        notifier = self._notifiers.get(claimed.channel_kind)
        if notifier is None:
            raise PermanentDeliveryError(
                f"channel {claimed.channel_id}: no way to send '{claimed.channel_kind}' is set up"
            )
        rules_id = claimed.facts.rules_id
        policy = self._rule_book.known(rules_id).policy if rules_id else None
        alert = alerts.compose(claimed, policy, self._base_url, links=self._links)
        target = alerts.target(claimed, self._cipher)
        return notifier.send(alert, target, now=self._clocks.real.now())
