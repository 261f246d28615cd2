"""Alerts and targets to send in tests, with plausible contents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from notifiers.base import Alert, Target

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

DEADLINE = datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
"""Monday 9 March 17:00 EDT, the day after the clocks went forward."""

REMINDER = Alert(
    id="dlv-0198c2a4-77aa",
    type="hold.reminder",
    hold_id="7Q3KM4",
    hold_ref="OK-1190",
    facility_code="NC-WAKE",
    facility_name="Wake County Jail",
    facility_phone="+1 919 555 0142",
    timezone="America/New_York",
    kind="reminder_due",
    occurred_at=DEADLINE - timedelta(hours=4),
    lead=timedelta(hours=4),
    counts_to="ceiling",
    starts_at=DEADLINE - timedelta(hours=48),
    deadline_at=DEADLINE,
    ceiling_at=DEADLINE,
    sequence=5,
    url="https://holds.example.gov/holds/7Q3KM4",
    status="running",
)


def reminder(**changes: Any) -> Alert:
    """Return the 4 h reminder, changed."""
    return replace(REMINDER, **changes)


def alert(type_: str, kind: str, **changes: Any) -> Alert:
    """Return an alert of the same hold that counts to nothing."""
    return reminder(type=type_, kind=kind, lead=None, counts_to=None, **changes)


def webhook(url: str, *secrets: str) -> Target:
    return Target(channel_id="chn-1", kind="webhook", address=url, secrets=secrets or (SECRET,))


def mailbox(address: str = "duty@agency.example.gov") -> Target:
    return Target(channel_id="chn-2", kind="email", address=address)


def apprise(url: str) -> Target:
    return Target(channel_id="chn-3", kind="apprise", address=url)
