"""What an alert is, whom it goes to, and what every notifier promises.

A notifier makes one attempt. When to try again, through which channel, and when
to give up is decided by whoever calls it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

TEST = "channel.test"
"""The type of the message that only tries a channel."""
DELIVERY_FAILED = "delivery.failed"
"""The type of the alert that tells administrators of another alert, or an endpoint, that failed."""
ANSWER_BYTES = 1024
"""How much of a receiver's answer is kept with an attempt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """How another alert failed, for administrators. It has no field for where that one went.

    Attributes:
        channel: The kind of channel.
        status: The receiver's own code; None where it gave none.
        given_up: The alert is not tried there any more.
        breaker_opened: The endpoint failed so often that it is tried once a minute only.
        alert_type: What the alert was about.
        fallback: The kind of channel that the alert goes through instead, if any.
    """

    channel: str
    status: int | None
    given_up: bool
    breaker_opened: bool
    alert_type: str
    fallback: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One alert for one recipient on one channel. It has no field for a person's data.

    Attributes:
        id: The delivery's key, the same for every attempt.
        type: What outsiders call it, as ``hold.reminder``.
        hold_id: Empty where the alert is about no hold; its reference and facility are then, too.
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
        acknowledge_url: A one-time link for this recipient, to a page that asks
            before it records anything; mails and messages only, never webhooks.
        note: A fixed phrase, as ``NO AUTHORITY ON RECORD: NOT SERVED``.
        status: The hold's status when the alert was made.
        failure: With type ``delivery.failed`` only.
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
    acknowledge_url: str | None = None
    note: str | None = None
    status: str
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where an alert goes.

    Attributes:
        kind: ``webhook``, ``email`` or ``apprise``; says which notifier can reach it.
        address: The URL, or the mail address. An apprise URL holds the
            service's own keys: it is sealed at rest and shown to nobody.
        secrets: A webhook's ``whsec_`` secrets, the newest first; two while
            one replaces the other.
        ca_pem: The only authorities this webhook's certificate may come from;
            None for those the machine trusts.
        client_pem: The certificate and its unencrypted key that this webhook
            asks of its callers.
    """

    channel_id: str
    kind: str
    address: str
    secrets: tuple[str, ...] = ()
    ca_pem: str | None = None
    client_pem: str | None = None

    def __repr__(self) -> str:
        """Name the channel only: the rest gives access by itself, or tells of whom it does."""
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


def channel_test(*, key: str, url: str, occurred_at: datetime, timezone: str = "UTC") -> Alert:
    """Return the message that tries one channel. It speaks of no hold and no facility.

    Args:
        key: Its own, since nothing in the outbox stands behind it.
        url: Where whoever receives it may look up what Holdclock is.
        occurred_at: Aware; when somebody asked for the test.
        timezone: IANA name of the zone that instants are told in.
    """
    return Alert(
        id=key,
        type=TEST,
        hold_id="",
        hold_ref="",
        facility_code="",
        facility_name="",
        timezone=timezone,
        kind=TEST.replace(".", "_"),
        occurred_at=occurred_at,
        url=url,
        status="",
    )


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
