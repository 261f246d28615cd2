"""Another way: the contact's next channel when one fails, the administrators when all is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scheduler.store import ids
from scheduler.store.channel_tests import TEST
from scheduler.store.directory import CHANNEL, CONTACT
from scheduler.store.journal import AT_ONCE, DELIVERY
from scheduler.store.outbox import IS_OVERTAKEN

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
        # It is two levels below the delivery it speaks of, further than is seen unasked.
        ~sa.exists()
        .where(_OTHER.c.event_id == DELIVERY.c.event_id, _OTHER.c.channel_id == CHANNEL.c.id)
        .correlate(DELIVERY, CHANNEL),
    )
    .order_by(CHANNEL.c.place, CHANNEL.c.id)
    .limit(1)
    .correlate(DELIVERY)
    .scalar_subquery()
)
_HAS_SEVERAL = DELIVERY.c.contact_id.in_(
    sa.select(CHANNEL.c.contact_id)
    .where(CHANNEL.c.disabled_at.is_(None))
    .group_by(CHANNEL.c.contact_id)
    .having(sa.func.count() > 1)
)
"""Found once, while the next channel is looked for alert by alert."""
_MAY_GO_ON = sa.and_(
    DELIVERY.c.state.in_(("waiting", "sending", "dead")),
    # That the next channel works is not what a test of this one asks.
    DELIVERY.c.type != TEST,
    _HAS_SEVERAL,
    ~IS_OVERTAKEN,
    ~sa.exists().where(
        _OTHER.c.event_id == DELIVERY.c.event_id, _OTHER.c.fallback_of == DELIVERY.c.id
    ),
    _NEXT_CHANNEL.is_not(None),
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
_NEW: dict[str, Any] = {
    "state": "waiting",
    "attempt_at": AT_ONCE,
    "attempts": 0,
    "fence": 0,
    "possible_duplicate": False,
}


def make(connection: Connection, delivery_ids: Collection[str], now: datetime) -> None:
    """Send these alerts through their contacts' next channel too, where there is one.

    Each goes one other way; that one has a next channel of its own. What was
    overtaken goes none.

    Args:
        connection: Of a transaction that writes.
        delivery_ids: Of what fails, or takes too long.
        now: By the record's clock.
    """
    if not delivery_ids:
        return
    rows = connection.execute(
        sa.select(DELIVERY, _NEXT_CHANNEL.label("next_channel")).where(
            DELIVERY.c.id.in_(delivery_ids), _MAY_GO_ON
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
    _insert(connection, made)


def _insert(connection: Connection, made: Sequence[dict[str, Any]]) -> None:
    """Write deliveries; one that its event has on that channel already is enough.

    Two channels that fail together have the same next one, and another process
    may have been quicker.
    """
    if not made:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(DELIVERY).on_conflict_do_nothing(
        index_elements=["event_id", "channel_id"]
    )
    connection.execute(statement, made)


def ways(connection: Connection, delivery_ids: Collection[str]) -> dict[str, str]:
    """Return the kind of channel that stands in for each of these, where one does."""
    if not delivery_ids:
        return {}
    rows = connection.execute(
        sa.select(DELIVERY.c.fallback_of, CHANNEL.c.kind)
        .join(CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
        .where(
            DELIVERY.c.event_id.in_(
                sa.select(_OTHER.c.event_id).where(_OTHER.c.id.in_(delivery_ids))
            ),
            DELIVERY.c.fallback_of.in_(delivery_ids),
        )
    )
    return {row.fallback_of: row.kind for row in rows}


class LongAgo(NamedTuple):
    """The instant by which an alert that waits still should have arrived, by each clock.

    Attributes:
        paced: By the clock of pauses.
        recorded: By the record's.
    """

    paced: datetime
    recorded: datetime


def waiting(
    connection: Connection, failing: Collection[str], now: datetime, *, long_ago: LongAgo
) -> Sequence[str]:
    """Return alerts that wait at a failing endpoint, or have for too long, and can go on.

    What a quiet hour holds back does not wait yet.

    Args:
        connection: Any.
        failing: Endpoints that failed two rounds running.
        now: By the clock of pauses.
        long_ago: What was written and due by then has had its time.
    """
    turn_came = sa.func.coalesce(DELIVERY.c.first_attempt_at, DELIVERY.c.attempt_at)
    is_late = sa.and_(DELIVERY.c.written_at <= long_ago.recorded, turn_came <= long_ago.paced)
    is_failing = sa.and_(
        DELIVERY.c.channel_id.in_(failing),
        sa.or_(DELIVERY.c.attempts > 0, DELIVERY.c.attempt_at <= now),
    )
    rows = connection.execute(
        sa.select(DELIVERY.c.id)
        .where(
            DELIVERY.c.state.in_(("waiting", "sending")),
            sa.or_(is_failing, is_late),
            _MAY_GO_ON,
        )
        .limit(AT_MOST)
    )
    return rows.scalars().all()


class Failure(NamedTuple):
    """An event that says that deliveries fail, for the administrators.

    Attributes:
        hold_id: None where what failed is about no hold.
        channel_id: Which fails.
    """

    event_id: str
    hold_id: str | None
    occurred_at: datetime
    channel_id: str


def tell_administrators(connection: Connection, failures: Sequence[Failure], now: datetime) -> None:
    """Alert every administrator, through every channel but the one that fails.

    Args:
        connection: Of a transaction that writes.
        failures: To tell of.
        now: By the record's clock.
    """
    if not failures:
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
    told = [
        (failure, channel)
        for failure in failures
        for channel in channels
        if channel.id != failure.channel_id
    ]
    made = [
        {
            "id": new_id,
            "event_id": failure.event_id,
            "hold_id": failure.hold_id,
            "contact_id": channel.contact_id,
            "channel_id": channel.id,
            "type": FAILED,
            "also": "",
            "urgency": FAILED_URGENCY,
            "lasting": True,
            "window_no": 0,
            "sequence": 0,
            "due_at": failure.occurred_at,
            "written_at": now,
            **_NEW,
        }
        for (failure, channel), new_id in zip(told, ids.time_ordered(now, len(told)), strict=True)
    ]
    _insert(connection, made)
