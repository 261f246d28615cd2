"""What an alert is, whom it goes to, and what every notifier promises.

A notifier makes one attempt. When to try again, through which channel, and when
to give up is decided by whoever calls it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

ANSWER_BYTES = 1024
"""How much of a receiver's answer is kept with an attempt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One alert for one recipient on one channel. It has no field for a person's data.

    Attributes:
        id: The delivery's key, the same for every attempt.
        type: What outsiders call it, as ``hold.reminder``.
        also: Types of the less urgent alerts that this one stands for.
        facility_phone: None if the facility gave none.
        timezone: IANA name of the facility's zone.
        kind: The event behind it, as ``reminder_due``.
        occurred_at: Aware; when the event happened or fell due.
        lead: From the event to what it counts to; reminders only.
        counts_to: ``ceiling``, ``deadline``, ``expected_release`` or ``notice``.
        confirmed: Whether a release is on record; None where that is no question.
        assumed: The clock runs from a forecast that nobody confirmed.
        late_by_s: Whole seconds from `occurred_at` to when it was noticed.
        missed: How many earlier alerts of its series this one stands for.
        sequence: Counts the hold's alerts.
        url: The hold's page.
        note: A fixed phrase, as ``NO AUTHORITY ON RECORD: NOT SERVED``.
        status: The hold's status when the alert was made.
    """

    id: str
    type: str
    also: tuple[str, ...] = ()
    hold_id: str
    hold_ref: str
    facility_code: str
    facility_name: str
    facility_phone: str | None = None
    timezone: str
    kind: str
    occurred_at: datetime
    lead: timedelta | None = None
    counts_to: str | None = None
    starts_at: datetime | None = None
    deadline_at: datetime | None = None
    ceiling_at: datetime | None = None
    confirmed: bool | None = None
    assumed: bool = False
    late_by_s: int = 0
    missed: int = 0
    sequence: int = 0
    url: str
    note: str | None = None
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where an alert goes.

    Attributes:
        kind: ``webhook`` or ``email``; says which notifier can reach it.
        address: The URL, or the mail address.
        secrets: A webhook's ``whsec_`` secrets, the newest first; two while
            one replaces the other.
    """

    channel_id: str
    kind: str
    address: str
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Name the channel only: the secrets and many a URL give access by themselves."""
        return f"Target(channel_id={self.channel_id!r}, kind={self.kind!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """That a receiver took an alert.

    Attributes:
        status: The receiver's own code; None where the channel has none.
        answer: The first kilobyte of what it said.
        duration_ms: How long the attempt took, on real time.
    """

    status: int | None
    answer: str
    duration_ms: int


class Notifier(Protocol):
    """One way out of the house. Safe to use from several threads."""

    kind: str

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Make one attempt to deliver.

        Args:
            alert: What to say.
            target: Of the same kind as this notifier.
            now: Real time, for signatures and dates; never a simulated clock's.

        Raises:
            TransientDeliveryError: It may work later.
            PermanentDeliveryError: It will not work as it stands.
        """
        ...

    def close(self) -> None:
        """Let go of connections. May be called twice."""
        ...


def first_kilobyte(raw: bytes) -> str:
    """Return the start of an answer as text that any database and log can take."""
    text = raw[:ANSWER_BYTES].decode("utf-8", "replace")
    plain = "".join(char if char.isprintable() else " " for char in text).strip()
    # Again, since a replacement character is longer than the byte it stands for.
    return plain.encode()[:ANSWER_BYTES].decode("utf-8", "ignore")
