"""Makes the alert that a notifier sends out of a claimed delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from notifiers.base import DELIVERY_FAILED, Alert, Failure, Target, channel_test
from scheduler.domain.hold import papers_missing
from scheduler.domain.instants import parse_duration, parse_instant
from scheduler.domain.policy import Policy
from scheduler.links import AcknowledgeLinks
from scheduler.store import sealed
from scheduler.store.cipher import Cipher
from scheduler.store.claims import Claimed

ASKS_NOTHING = frozenset({"hold.closed", "hold.withdrawn", "hold.registered", "delivery.failed"})
"""Types that want no answer: there is nothing to come for, or not yet."""


def compose(
    claimed: Claimed, policy: Policy | None, base_url: str, *, links: AcknowledgeLinks | None = None
) -> Alert:
    """Return what one alert says. Nothing in it tells who is held.

    Args:
        claimed: With the event and the hold as it stands.
        policy: The one the hold pinned; None where it is about no hold.
        base_url: Where the hold's page is.
        links: Makes the link to answer by; None leaves it out.
    """
    if policy is None:
        return _about_no_hold(claimed, base_url)
    event, facts = claimed.event, claimed.facts
    data: dict[str, Any] = event["data"]
    lead = data.get("lead")
    return Alert(
        id=claimed.id,
        type=claimed.type,
        also=claimed.also,
        hold_id=event["hold_id"],
        hold_ref=facts.hold_ref,
        facility_code=facts.facility_code,
        facility_name=facts.facility_name,
        facility_phone=facts.facility_phone,
        timezone=facts.timezone,
        kind=event["kind"],
        occurred_at=_instant(event["occurred_at"]),
        lead=None if lead is None else parse_duration(lead),
        counts_to=data.get("counts_to"),
        starts_at=facts.starts_at,
        deadline_at=facts.deadline_at,
        ceiling_at=facts.ceiling_at,
        confirmed=data.get("confirmed"),
        assumed=bool(facts.assumed),
        late_by_s=data.get("late_by_s", 0),
        missed=data.get("missed", 0),
        sequence=claimed.sequence,
        url=f"{base_url.rstrip('/')}/holds/{event['hold_id']}",
        acknowledge_url=_acknowledge_url(claimed, links),
        note=_authority_note(facts, policy),
        status=facts.status,
        failure=_failure(claimed),
    )


def _about_no_hold(claimed: Claimed, base_url: str) -> Alert:
    """Return a test message, or what administrators hear of one that failed."""
    event = claimed.event
    tried = channel_test(key=claimed.id, url=base_url, occurred_at=_instant(event["occurred_at"]))
    return replace(tried, type=claimed.type, kind=event["kind"], failure=_failure(claimed))


def _failure(claimed: Claimed) -> Failure | None:
    """Return what an event says of a delivery that failed."""
    if claimed.type != DELIVERY_FAILED:
        return None
    data = claimed.event["data"]
    return Failure(
        channel=data["channel"],
        status=data.get("status"),
        given_up=data.get("given_up", False),
        breaker_opened=data.get("breaker_opened", False),
        alert_type=data["type"],
        fallback=data.get("instead"),
    )


def _acknowledge_url(claimed: Claimed, links: AcknowledgeLinks | None) -> str | None:
    if links is None or claimed.facts.outcome is not None or claimed.type in ASKS_NOTHING:
        return None
    return links.url(claimed.id)


def target(claimed: Claimed, cipher: Cipher) -> Target:
    """Return where an alert goes, its secrets opened for this one use."""
    content = sealed.unseal(cipher, claimed.channel_id, claimed.secrets)
    return Target(
        channel_id=claimed.channel_id,
        kind=claimed.channel_kind,
        address=content.url or claimed.address,
        secrets=content.secrets,
        ca_pem=content.ca_pem,
        client_pem=content.client_pem,
    )


def _authority_note(facts: Any, policy: Policy) -> str | None:
    """Say which paper is missing while the clock runs."""
    if facts.started_at is None or facts.outcome is not None:
        return None
    missing = papers_missing(facts, policy)
    if not missing:
        return None
    words = {"served": "NOT SERVED", "warrant": "NO WARRANT", "judicial_order": "NO JUDICIAL ORDER"}
    return "NO AUTHORITY ON RECORD: " + ", ".join(words[paper] for paper in missing)


def _instant(text: str) -> datetime:
    return parse_instant(text, None, fold="refuse").instant
