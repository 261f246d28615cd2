"""Test messages in the outbox: about no hold, to one channel and no other."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import ids
from scheduler.store.journal import AT_ONCE, DELIVERY

TEST = "channel.test"
"""Its type."""
URGENCY = 12
"""No hold's alert waits for it: as little as a registration."""


def insert(connection: Connection, channel: sa.RowMapping, event_id: str, now: datetime) -> str:
    """Put a test message in the outbox; returns its delivery's id.

    Args:
        connection: Of a transaction that writes.
        channel: Its row.
        event_id: Of the event that says who ordered it.
        now: By the record's clock.
    """
    [delivery_id] = ids.time_ordered(now, 1)
    connection.execute(
        sa.insert(DELIVERY).values(
            id=delivery_id,
            event_id=event_id,
            contact_id=channel["contact_id"],
            channel_id=channel["id"],
            type=TEST,
            also="",
            urgency=URGENCY,
            lasting=False,
            window_no=0,
            sequence=0,
            due_at=now,
            written_at=now,
            state="waiting",
            attempt_at=AT_ONCE,
            attempts=0,
            fence=0,
            possible_duplicate=False,
        )
    )
    return delivery_id
