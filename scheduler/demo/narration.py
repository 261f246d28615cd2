"""Events of the log in a few words each, for whoever watches the demo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scheduler.domain.events import Kind
from scheduler.domain.instants import parse_instant

_SAYS: Mapping[str, str] = {
    Kind.HOLD_REGISTERED: "detainer lodged",
    Kind.DETAINER_SERVED: "copy served on the person",
    Kind.WARRANT_SERVED: "warrant served",
    Kind.PAPER_RECEIVED: "paper received",
    Kind.CLOCK_STARTED: "CLOCK STARTED",
    Kind.AUTHORITY_MISSING: "NO AUTHORITY ON RECORD",
    Kind.REMINDER_DUE: "reminder",
    Kind.NOTICE_RECORDED: "agency told of the release",
    Kind.NOTICE_OVERDUE: "notice overdue",
    Kind.CEILING_REACHED: "CEILING PASSED",
    Kind.HOLD_EXPIRED: "EXPIRED: no transfer or release on record",
    Kind.RELEASE_WITHOUT_NOTIFICATION: "RELEASE WITHOUT NOTIFICATION",
    Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN: "release without notification withdrawn",
    Kind.HOLD_EXPIRY_WITHDRAWN: "expiry withdrawn",
    Kind.AUTHORITY_LAPSED: "LAPSED: local custody goes on",
    Kind.RELEASE_CONFIRMATION_DUE: "release expected now: confirm or correct",
    Kind.OVER_DETENTION_ALARM: "OVER-DETENTION ALARM",
    Kind.TRANSFER_RECORDED: "TRANSFERRED to the agency",
    Kind.RELEASE_RECORDED: "RELEASED",
    Kind.DETAINER_CANCELLED: "CANCELLED by the agency",
    Kind.DETAINER_DECLINED: "DECLINED by the jail",
    Kind.ALERT_ACKNOWLEDGED: "alert acknowledged",
    Kind.ALERT_ESCALATED: "nobody answered: passed on",
    Kind.ALERT_FAILED: "an alert was not taken; it is tried again",
}
DATED_BY_THE_WORLD = frozenset({Kind.ALERT_SENT, Kind.ALERT_FAILED})
ROUTINE = frozenset({Kind.ALERT_SENT, Kind.SETTING_CHANGED})
"""Kinds not narrated: a receiver shows what was sent, and setting up is no story."""


def is_told(event: Mapping[str, Any]) -> bool:
    """Say whether the event is part of the story."""
    return event["kind"] not in ROUTINE


def recorded_at(event: Mapping[str, Any], now: datetime) -> datetime:
    """Return the simulated instant at which the event was written.

    What became of a delivery is dated by the world's clock, which deliveries go by.
    """
    if event["kind"] in DATED_BY_THE_WORLD:
        return now
    return parse_instant(event["recorded_at"], None, fold="refuse").instant


def subject(event: Mapping[str, Any]) -> str:
    """Name the hold and its jail."""
    return f"{event['facility_code'] or '':<4} {event['hold_ref'] or '':<7}"


def says(event: Mapping[str, Any]) -> str:
    """Say what happened."""
    kind: str = event["kind"]
    data: Mapping[str, Any] = event["data"]
    told = _SAYS.get(kind) or kind.replace("_", " ")
    return f"{told}{_detail(kind, data)}"


def _detail(kind: str, data: Mapping[str, Any]) -> str:
    if kind == Kind.REMINDER_DUE:
        return f" due {data['lead']} before {str(data['counts_to']).replace('_', ' ')}"
    if kind == Kind.AUTHORITY_MISSING:
        return f": {str(data['papers']).replace('_', ' ')} missing"
    if kind == Kind.PAPER_RECEIVED:
        return f": {str(data.get('paper', '')).replace('_', ' ')}"
    if kind == Kind.RELEASE_WITHOUT_NOTIFICATION:
        return ", confirmed" if data.get("confirmed") else ", not confirmed"
    if kind == Kind.OVER_DETENTION_ALARM:
        return f", {data['minutes']} min past the limit"
    if kind == Kind.CLOCK_STARTED and data.get("assumed"):
        return " on the expected time, not confirmed"
    late = data.get("over_detention_minutes")
    basis = f" ({data['basis']})" if data.get("basis") else ""
    return f"{basis}, {late} min past the limit" if late else basis
