"""Test messages in the outbox: about no hold, to one channel and no other."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import ids
from scheduler.store.journal import AT_ONCE, DELIVERY
from scheduler.store.outbox import ATTEMPT

TEST = "channel.test"
"""Its type."""
URGENCY = 12
"""No hold's alert waits for it: as little as a registration."""


class Tested(NamedTuple):
    """A test message, and what became of it.

    Attributes:
        state: Of its delivery.
        status: That the receiver answered with last, where it has such.
        answer: What it said then: a kilobyte at most.
    """

    id: str
    due_at: datetime
    state: str
    attempts: int
    ended_at: datetime | None
    status: int | None
    answer: str


def of_channel(connection: Connection, channel_id: str, limit: int) -> list[Tested]:
    """Return the last test messages of a channel, the newest first."""
    last = sa.and_(ATTEMPT.c.delivery_id == DELIVERY.c.id, ATTEMPT.c.number == DELIVERY.c.attempts)
    query = (
        sa.select(
            *(DELIVERY.c[name] for name in ("id", "due_at", "state", "attempts", "ended_at")),
            ATTEMPT.c.status,
            sa.func.coalesce(ATTEMPT.c.answer, "").label("answer"),
        )
        .join_from(DELIVERY, ATTEMPT, last, isouter=True)
        # About no hold: the index by hold leads to the few there are.
        .where(
            DELIVERY.c.hold_id.is_(None),
            DELIVERY.c.type == TEST,
            DELIVERY.c.channel_id == channel_id,
        )
        .order_by(DELIVERY.c.id.desc())
        .limit(limit)
    )
    return [Tested._make(row) for row in connection.execute(query)]


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
