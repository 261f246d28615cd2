"""What the demo promises to show, and whether it did: judged by the record and the receivers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from scheduler.demo.inbox import Arrival
from scheduler.domain.events import Kind

PROMISED = (
    "a detainer lodged",
    "a clock started",
    "a reminder before the limit",
    "a transfer in time",
    "a release with notice",
    "a detainer cancelled",
    "a hold expired",
    "a release without notification",
    "an over-detention alarm",
    "an alert acknowledged",
    "a reminder passed on until answered",
    "no authority on record, served late",
    "an expected release that nobody confirmed",
    "a ceiling passed before the deadline",
    "an authority lapsed while local custody goes on",
    "webhooks, each signature verified",
    "e-mail over an encrypted line",
    "an alert refused once and delivered later",
)

_AT_ONCE: Mapping[str, str] = {
    Kind.HOLD_REGISTERED: "a detainer lodged",
    Kind.CLOCK_STARTED: "a clock started",
    Kind.REMINDER_DUE: "a reminder before the limit",
    Kind.DETAINER_CANCELLED: "a detainer cancelled",
    Kind.HOLD_EXPIRED: "a hold expired",
    Kind.RELEASE_WITHOUT_NOTIFICATION: "a release without notification",
    Kind.OVER_DETENTION_ALARM: "an over-detention alarm",
    Kind.ALERT_ACKNOWLEDGED: "an alert acknowledged",
    Kind.CEILING_REACHED: "a ceiling passed before the deadline",
    Kind.AUTHORITY_LAPSED: "an authority lapsed while local custody goes on",
}
_ANSWERED: Mapping[str, tuple[str, str]] = {
    Kind.RELEASE_RECORDED: (Kind.NOTICE_RECORDED, "a release with notice"),
    Kind.DETAINER_SERVED: (Kind.AUTHORITY_MISSING, "no authority on record, served late"),
    Kind.ALERT_ACKNOWLEDGED: (Kind.ALERT_ESCALATED, "a reminder passed on until answered"),
}
"""Kept by an event if another came before it on the same hold."""


class Promises:
    """Watches events and arrivals go by."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.events: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.faults: list[str] = []
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._refused: set[str] = set()

    @property
    def all_kept(self) -> bool:
        """Say whether everything was shown, and nothing went wrong."""
        return self.kept == set(PROMISED) and not self.faults

    def see_event(self, event: Mapping[str, Any]) -> None:
        """Take note of an event of the log."""
        kind: str = event["kind"]
        self.events[kind] += 1
        if kind == Kind.ALERT_FAILED and event["data"].get("given_up"):
            self.faults.append(f"hold {event['hold_ref']}: an alert was given up")
        if event["hold_id"] is None:
            return
        before = self._seen[event["hold_id"]]
        if kind in _AT_ONCE:
            self.kept.add(_AT_ONCE[kind])
        if kind in _ANSWERED and _ANSWERED[kind][0] in before:
            self.kept.add(_ANSWERED[kind][1])
        if kind == Kind.TRANSFER_RECORDED and Kind.HOLD_EXPIRED not in before:
            self.kept.add("a transfer in time")
        if kind == Kind.CLOCK_STARTED and event["data"].get("assumed"):
            self.kept.add("an expected release that nobody confirmed")
        before.add(kind)

    def see_arrival(self, arrival: Arrival) -> None:
        """Take note of an alert that a receiver saw."""
        finding = arrival.finding
        if finding.is_good:
            self.delivered[arrival.way] += 1
            title = "webhooks, each signature verified"
            self.kept.add(title if arrival.way == "webhook" else "e-mail over an encrypted line")
            if arrival.key in self._refused:
                self.kept.add("an alert refused once and delivered later")
        elif finding.is_refused:
            self._refused.add(arrival.key)
        else:
            self.faults.append(f"{arrival.way} to {arrival.to}: {finding.verdict}")
