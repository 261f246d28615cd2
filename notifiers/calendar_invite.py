"""A hold's next limit as a calendar entry that comes with a mail, moves, and goes away.

Published, not requested. Mail programs turn a request into a meeting: they put
accept and decline over the alert, send the answer to a mailbox nobody reads, and
move the alert to the bin once it was answered. A published entry leaves the mail
as it is, names nobody, and is changed and cancelled under its UID all the same.

Source:
    RFC 5545 (the entry), RFC 5546 sections 3.2.1 and 3.2.5 and the examples of
    section 4.1 (publishing, changing, cancelling), RFC 6047 (in a mail).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from notifiers import wording
from notifiers.base import DELIVERY_FAILED, TEST, Alert
from scheduler.calendar_entries import Entry, calendar

_CLOSED = "hold.closed"
_OPEN_STATUSES = frozenset({"lodged", "running", "expired", "lapsed"})
_UNSETTLING = frozenset({"hold.deadline_changed", "hold.withdrawn"})
"""Types after which a limit may be gone that an earlier mail announced."""


class Invite(NamedTuple):
    """One calendar file.

    Attributes:
        method: ``PUBLISH`` or ``CANCEL``.
        text: Lines end in CRLF.
    """

    method: str
    text: str


def invite(alert: Alert, *, uid: str, organizer: str, now: datetime) -> Invite | None:
    """Return the entry as it stands after this alert.

    The same hold keeps its `uid`, and the alert's number is the entry's
    ``SEQUENCE``: a mail that arrives late cannot put an older limit back.

    Args:
        alert: A hold's; a test message has no entry, nor has word of a failed delivery.
        uid: The same for all mails of a hold.
        organizer: The address the mails come from.
        now: Aware, real time.

    Returns:
        None where no limit stands and none was announced before.
    """
    if alert.type in (TEST, DELIVERY_FAILED):
        return None
    if not _is_closed(alert) and (limit := _next_limit(alert)) is not None:
        return _made("PUBLISH", alert, limit, uid=uid, organizer=organizer, now=now)
    if _is_closed(alert) or _UNSETTLING & _types(alert):
        # A cancelled entry needs a start too; which one makes no difference.
        last = alert.ceiling_at or alert.deadline_at or alert.occurred_at
        return _made("CANCEL", alert, last, uid=uid, organizer=organizer, now=now)
    return None


def _types(alert: Alert) -> frozenset[str]:
    return frozenset({alert.type, *alert.also})


def _is_closed(alert: Alert) -> bool:
    return _CLOSED in _types(alert) or alert.status not in _OPEN_STATUSES


def _next_limit(alert: Alert) -> datetime | None:
    """Return the ceiling until it has passed, then the deadline."""
    if not wording.has_earlier_ceiling(alert):
        return alert.deadline_at or alert.ceiling_at
    # By the hold's own clock: that of a demo runs fast, and `now` is real.
    noticed_at = alert.occurred_at + timedelta(seconds=alert.late_by_s)
    is_ahead = alert.ceiling_at is not None and noticed_at < alert.ceiling_at
    return alert.ceiling_at if is_ahead else alert.deadline_at


def _made(
    method: str, alert: Alert, limit: datetime, *, uid: str, organizer: str, now: datetime
) -> Invite:
    stands = method == "PUBLISH"
    entry = Entry(
        uid,
        alert.sequence,
        limit,
        f"[Hold {alert.hold_id}] {_subject(alert, limit, stands=stands)}",
        _description(alert, stands=stands),
        f"{alert.facility_name} ({alert.facility_code})",
        alert.url,
        organizer,
        stands,
    )
    return Invite(method, calendar([entry], now=now, method=method).decode())


def _subject(alert: Alert, limit: datetime, *, stands: bool) -> str:
    if not stands:
        return "Closed" if _is_closed(alert) else "Clock not running"
    if wording.has_earlier_ceiling(alert) and limit == alert.ceiling_at:
        return "Ceiling, plan to this"
    return "Authority to hold ends"


def _description(alert: Alert, *, stands: bool) -> str:
    if not stands:
        return f"Reference: {alert.hold_ref}\nNothing counts to this instant any more."
    lines = [f"Reference: {alert.hold_ref}"]
    if wording.has_earlier_ceiling(alert):
        lines.append(f"Ceiling: {wording.local(alert, alert.ceiling_at, year=True)}")
    if alert.deadline_at is not None:
        lines.append(f"Deadline: {wording.local(alert, alert.deadline_at, year=True)}")
    if alert.assumed:
        lines.append(wording.ASSUMED)
    lines.append(f"Telephone: {alert.facility_phone or 'none on record'}")
    lines.append("As it stood when this mail was sent. A later mail may move it.")
    return "\n".join(lines)
