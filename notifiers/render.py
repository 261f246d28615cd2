"""An alert as a webhook's body, as a mail's subject and text, and as a short message."""

from __future__ import annotations

from datetime import datetime

import orjson

from notifiers import wording
from notifiers.base import Alert
from scheduler.domain import instants
from scheduler.errors import PermanentDeliveryError

WEBHOOK_BYTES = 20_000

_LIMIT = {
    "running": "Authority ends",
    "expired": "Authority ended",
    "lapsed": "Authority ended",
}
"""What a limit is called where there is only one; a closed hold's no longer counts."""

MAXIMUMS = "Limits are maximums, never targets. Authority ends at the minute shown."
NO_RECORD_BY_LINK = "Opening the link records nothing; the button on the page does."
NO_PHONE = "none on record"


def webhook_body(alert: Alert) -> bytes:
    """Return the bytes to sign and send: sorted keys, no blanks, UTC with `Z`.

    Raises:
        PermanentDeliveryError: They would be 20 kB or more.
    """
    body = orjson.dumps(
        {
            "type": alert.type,
            "timestamp": instants.rfc3339(alert.occurred_at),
            "data": _webhook_data(alert),
        },
        option=orjson.OPT_SORT_KEYS,
    )
    if len(body) >= WEBHOOK_BYTES:
        raise PermanentDeliveryError(
            f"webhook: the body has {len(body)} bytes; fewer than {WEBHOOK_BYTES} are allowed"
        )
    return body


def _webhook_data(alert: Alert) -> dict[str, object]:
    # Named one by one: a field added to Alert must not leave the house by itself.
    failed: dict[str, object] = {}
    if alert.failure is not None:
        failed = {
            "failed_channel": alert.failure.channel,
            "failed_status": alert.failure.status,
            "failed_type": alert.failure.alert_type,
            "given_up": alert.failure.given_up,
            "instead": alert.failure.fallback,
        }
    return {
        **failed,
        # A test message has none, and says so rather than naming an empty one.
        "hold_id": alert.hold_id or None,
        "hold_ref": alert.hold_ref or None,
        "facility_code": alert.facility_code or None,
        "facility_phone": alert.facility_phone,
        "kind": alert.kind,
        "also": list(dict.fromkeys(alert.also)),
        "lead": instants.duration_text(alert.lead) if alert.lead is not None else None,
        "starts_at": _instant(alert.starts_at),
        "deadline_at": _instant(alert.deadline_at),
        "ceiling_at": _instant(alert.ceiling_at),
        "confirmed": alert.confirmed,
        "assumed": alert.assumed,
        "late_by_s": alert.late_by_s,
        "sequence": alert.sequence,
        "url": alert.url,
    }


def _instant(instant: datetime | None) -> str | None:
    return instants.rfc3339(instant) if instant is not None else None


def subject(alert: Alert) -> str:
    """Return one line that says which hold, and what about it."""
    name = "Holdclock" if not alert.hold_id else f"Hold {alert.hold_id}"
    line = f"[{name}] {wording.headline(alert)}"
    # A header is one line, whatever a fixed phrase may come to hold.
    return "".join(char if char.isprintable() else " " for char in line)


def text(alert: Alert) -> str:
    """Return the mail for readers without HTML; lines end in a bare newline."""
    blocks = [wording.headline(alert), *wording.sentences(alert)]
    blocks.append("\n".join(f"{name}: {value}" for name, value in facts(alert)))
    blocks += _closing(alert)
    return "\n\n".join(blocks) + "\n"


def message(alert: Alert) -> str:
    """Return what fits a telephone: its first line stands apart, as `subject`."""
    lines = [*wording.sentences(alert)]
    if alert.hold_id:
        phone = alert.facility_phone or NO_PHONE
        lines += [
            f"{alert.facility_name} ({alert.facility_code}), telephone {phone}",
            f"Reference {alert.hold_ref}",
        ]
    lines.append(f"{_link_name(alert)}: {alert.acknowledge_url or alert.url}")
    # Services have no field for it; who gets one alert twice can tell by it.
    lines.append(f"Message {alert.id}")
    return "\n".join(lines)


def facts(alert: Alert) -> list[tuple[str, str]]:
    """Return what is on record, each with its name, as text and page list it."""
    if not alert.hold_id:
        return [("Sent", wording.local(alert, alert.occurred_at, year=True))]
    facility = f"{alert.facility_name} ({alert.facility_code})"
    return [
        ("Facility", facility),
        ("Telephone", alert.facility_phone or NO_PHONE),
        ("Reference", alert.hold_ref),
        ("Status", alert.status.replace("_", " ")),
        *_clock(alert),
    ]


def _clock(alert: Alert) -> list[tuple[str, str]]:
    if alert.starts_at is None:
        return [("Clock", "not started")]
    rows = [("Clock started", wording.local(alert, alert.starts_at, year=True))]
    deadline = wording.local(alert, alert.deadline_at, year=True)
    if not wording.has_earlier_ceiling(alert):
        return [*rows, (_LIMIT.get(alert.status, "Limit was"), deadline)]
    ceiling = wording.local(alert, alert.ceiling_at, year=True)
    return [*rows, ("Ceiling, plan to this", ceiling), ("Deadline of its policy", deadline)]


def _closing(alert: Alert) -> list[str]:
    if not alert.hold_id:
        return [alert.url]
    limits = [MAXIMUMS] if alert.status == "running" else []
    if alert.acknowledge_url is None:
        return [*limits, f"Open the hold: {alert.url}\n{NO_RECORD_BY_LINK}"]
    return [
        *limits,
        f"Acknowledge: {alert.acknowledge_url}\n{NO_RECORD_BY_LINK}",
        f"Open the hold: {alert.url}",
    ]


def _link_name(alert: Alert) -> str:
    if not alert.hold_id:
        return "Sent by"
    return "Open the hold" if alert.acknowledge_url is None else "Acknowledge"
