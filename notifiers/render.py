"""An alert as a mail's subject, text and HTML, and as a webhook's body."""

from __future__ import annotations

from datetime import datetime
from html import escape

import orjson

from notifiers import wording
from notifiers.base import Alert
from scheduler.domain import instants
from scheduler.errors import PermanentDeliveryError

WEBHOOK_BYTES = 20_000
TEST = "channel.test"

_MAXIMUMS = "Limits are maximums, never targets. Authority ends at the minute shown."
_NO_RECORD_BY_LINK = "Opening the link records nothing; the button on the page does."
_NO_PHONE = "none on record"

_RED = "background:#8f1313;color:#ffffff;padding:12px"
_BAR = "border-left:6px solid #6a7780;padding:4px 12px"


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
    return {
        "hold_id": alert.hold_id,
        "hold_ref": alert.hold_ref,
        "facility_code": alert.facility_code,
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
    name = "Holdclock" if alert.type == TEST else f"Hold {alert.hold_id}"
    line = f"[{name}] {wording.headline(alert)}"
    # A header is one line, whatever a fixed phrase may come to hold.
    return "".join(char if char.isprintable() else " " for char in line)


def text(alert: Alert) -> str:
    """Return the mail for readers without HTML; lines end in a bare newline."""
    blocks = [wording.headline(alert), *wording.sentences(alert)]
    blocks.append("\n".join(f"{name}: {value}" for name, value in _facts(alert)))
    blocks += _closing(alert)
    return "\n\n".join(blocks) + "\n"


def html(alert: Alert) -> str:
    """Return the mail as one column that a phone shows without scrolling sideways.

    Nothing is loaded from anywhere, and colour repeats what the words say.
    """
    box = _RED if wording.is_past_limit(alert) else _BAR
    told = "".join(f"<p>{escape(each)}</p>" for each in wording.sentences(alert))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(subject(alert))}</title></head>"
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:0;padding:12px">'
        f'<h1 style="font-size:22px;line-height:1.3;margin:0 0 12px;{box}">'
        f"{escape(wording.headline(alert))}</h1>"
        f"{told}{_facts_html(alert)}{_closing_html(alert)}</body></html>\n"
    )


def _facts(alert: Alert) -> list[tuple[str, str]]:
    if alert.type == TEST:
        return [("Sent", wording.local(alert, alert.occurred_at, year=True))]
    facility = f"{alert.facility_name} ({alert.facility_code})"
    return [
        ("Facility", facility),
        ("Telephone", alert.facility_phone or _NO_PHONE),
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
        has_ended = alert.status in ("expired", "lapsed")
        return [*rows, ("Authority ended" if has_ended else "Authority ends", deadline)]
    ceiling = wording.local(alert, alert.ceiling_at, year=True)
    return [*rows, ("Ceiling, plan to this", ceiling), ("Deadline of its policy", deadline)]


def _closing(alert: Alert) -> list[str]:
    if alert.type == TEST:
        return [alert.url]
    limits = [_MAXIMUMS] if alert.status == "running" else []
    return [*limits, f"Open the hold: {alert.url}\n{_NO_RECORD_BY_LINK}"]


def _facts_html(alert: Alert) -> str:
    rows = "".join(
        '<tr><th scope="row" style="text-align:left;vertical-align:top;padding:4px 12px 4px 0">'
        f'{escape(name)}</th><td style="padding:4px 0">{_value_html(name, value)}</td></tr>'
        for name, value in _facts(alert)
    )
    return f'<table style="border-collapse:collapse">{rows}</table>'


def _value_html(name: str, value: str) -> str:
    if name != "Telephone" or value == _NO_PHONE:
        return escape(value)
    dialled = "".join(char for char in value if char in "+0123456789")
    return f'<a href="tel:{dialled}">{escape(value)}</a>'


def _closing_html(alert: Alert) -> str:
    link = f'<a href="{escape(alert.url)}">'
    if alert.type == TEST:
        return f"<p>{link}{escape(alert.url)}</a></p>"
    limits = f"<p>{_MAXIMUMS}</p>" if alert.status == "running" else ""
    return (
        f'{limits}<p style="font-size:18px"><a href="{escape(alert.url)}" '
        'style="display:inline-block;padding:10px 0">Open the hold</a></p>'
        f"<p>{_NO_RECORD_BY_LINK}</p>"
    )
