"""Another way: the contact's next channel when one fails, the administrators when all is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import ids
from scheduler.store.directory import CHANNEL, CONTACT
from scheduler.store.journal import AT_ONCE, DELIVERY

FAILED = "delivery.failed"
"""Type of the alert that tells an administrator of an endpoint or an alert given up."""
FAILED_URGENCY = 5
AT_MOST = 500

_OTHER = DELIVERY.alias("other")
_NEXT_CHANNEL = (
    sa.select(CHANNEL.c.id)
    .where(
        CHANNEL.c.contact_id == DELIVERY.c.contact_id,
        CHANNEL.c.disabled_at.is_(None),
        ~sa.exists().where(
            _OTHER.c.event_id == DELIVERY.c.event_id, _OTHER.c.channel_id == CHANNEL.c.id
        ),
    )
    .order_by(CHANNEL.c.place, CHANNEL.c.id)
    .limit(1)
    .scalar_subquery()
)
_HAS_NONE = ~sa.exists().where(
    _OTHER.c.event_id == DELIVERY.c.event_id, _OTHER.c.fallback_of == DELIVERY.c.id
)
_SAME = (
    "event_id",
    "hold_id",
    "contact_id",
    "type",
    "also",
    "urgency",
    "lasting",
    "window_no",
    "sequence",
    "due_at",
)


def make(connection: Connection, delivery_ids: Collection[str], now: datetime) -> int:
    """Send these alerts through their contacts' next channel too, where there is one.

    Returns:
        How many go another way now.
    """
    if not delivery_ids:
        return 0
    rows = connection.execute(
        sa.select(DELIVERY, _NEXT_CHANNEL.label("next_channel")).where(
            DELIVERY.c.id.in_(delivery_ids), _HAS_NONE, _NEXT_CHANNEL.is_not(None)
        )
    ).all()
    made = [
        {
            **{name: getattr(row, name) for name in _SAME},
            "id": new_id,
            "channel_id": row.next_channel,
            "written_at": now,
            "fallback_of": row.id,
            **_NEW,
        }
        for row, new_id in zip(rows, ids.time_ordered(now, len(rows)), strict=True)
    ]
    if made:
        connection.execute(sa.insert(DELIVERY), made)
    return len(made)


_NEW: dict[str, Any] = {
    "state": "waiting",
    "attempt_at": AT_ONCE,
    "attempts": 0,
    "fence": 0,
    "possible_duplicate": False,
}


def waiting(connection: Connection, failing: Collection[str], long_ago: datetime) -> Sequence[str]:
    """Return alerts that wait at a failing endpoint, or unsent since long ago, and could go on.

    Args:
        connection: Any.
        failing: Endpoints that failed two rounds running.
        long_ago: By the record's clock. What a quiet hour holds back is left alone.
    """
    unsent = sa.and_(
        DELIVERY.c.attempts == 0,
        DELIVERY.c.written_at < long_ago,
        DELIVERY.c.attempt_at == AT_ONCE,
    )
    rows = connection.execute(
        sa.select(DELIVERY.c.id)
        .where(
            DELIVERY.c.state == "waiting",
            sa.or_(DELIVERY.c.channel_id.in_(failing), unsent),
            _HAS_NONE,
            _NEXT_CHANNEL.is_not(None),
        )
        .limit(AT_MOST)
    )
    return rows.scalars().all()


def tell_administrators(
    connection: Connection, events: Sequence[tuple[str, str, datetime]], now: datetime
) -> None:
    """Alert every administrator of events that say that deliveries fail.

    Args:
        connection: Of a transaction that writes.
        events: Id, hold and instant of each.
        now: By the record's clock.
    """
    if not events:
        return
    channels = connection.execute(
        sa.select(CHANNEL.c.id, CHANNEL.c.contact_id)
        .join(CONTACT, CONTACT.c.id == CHANNEL.c.contact_id)
        .where(
            CONTACT.c.side == "administrators",
            CONTACT.c.disabled_at.is_(None),
            CHANNEL.c.disabled_at.is_(None),
        )
    ).all()
    pairs = [(event, channel) for event in events for channel in channels]
    told = [
        (*pair, new_id)
        for pair, new_id in zip(pairs, ids.time_ordered(now, len(pairs)), strict=True)
    ]
    made = [
        {
            "id": new_id,
            "event_id": event_id,
            "hold_id": hold_id,
            "contact_id": channel.contact_id,
            "channel_id": channel.id,
            "type": FAILED,
            "also": "",
            "urgency": FAILED_URGENCY,
            "lasting": True,
            "window_no": 0,
            "sequence": 0,
            "due_at": occurred_at,
            "written_at": now,
            **_NEW,
        }
        for (event_id, hold_id, occurred_at), channel, new_id in told
    ]
    if made:
        connection.execute(sa.insert(DELIVERY), made)
