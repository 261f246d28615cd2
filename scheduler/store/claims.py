"""What a sender needs of a delivery it has claimed: the alert's event, hold, facility, channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from scheduler.store import bulk, tables
from scheduler.store.directory import CHANNEL, FACILITY
from scheduler.store.journal import DELIVERY, EVENT

HOLD = tables.HoldRow.__table__


class Claimed(NamedTuple):
    """A delivery that this process may send, with all that its alert says.

    Attributes:
        fence: Under which its result is to be recorded.
        attempts: Made before this one.
        failed_rounds: Of its endpoint's, running.
        event: The event's body.
        facts: Of the hold and its facility, by column; None in each where it is about no hold.
    """

    id: str
    fence: int
    attempts: int
    type: str
    also: tuple[str, ...]
    lasting: bool
    urgency: int
    sequence: int
    written_at: datetime
    first_attempt_at: datetime | None
    possible_duplicate: bool
    channel_id: str
    channel_kind: str
    failed_rounds: int
    address: str
    secrets: bytes | None
    event: dict[str, Any]
    facts: Row[Any]


_CLAIMED = (
    sa.select(
        DELIVERY,
        EVENT.c.body,
        CHANNEL.c.kind.label("channel_kind"),
        CHANNEL.c.address,
        CHANNEL.c.secrets,
        CHANNEL.c.failed_rounds,
        HOLD.c.hold_ref,
        HOLD.c.status,
        HOLD.c.assumed,
        HOLD.c.starts_at,
        HOLD.c.deadline_at,
        HOLD.c.ceiling_at,
        HOLD.c.served_at,
        HOLD.c.warrant_received_at,
        HOLD.c.warrant_served_at,
        HOLD.c.judicial_order_at,
        HOLD.c.started_at,
        HOLD.c.rules_id,
        HOLD.c.outcome,
        FACILITY.c.code.label("facility_code"),
        FACILITY.c.name.label("facility_name"),
        FACILITY.c.phone.label("facility_phone"),
        FACILITY.c.timezone,
    )
    .join_from(DELIVERY, EVENT, EVENT.c.id == DELIVERY.c.event_id)
    .join(CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    # A test message is about no hold.
    .outerjoin(HOLD, HOLD.c.id == DELIVERY.c.hold_id)
    .outerjoin(FACILITY, FACILITY.c.code == HOLD.c.facility_code)
    .order_by(DELIVERY.c.urgency, DELIVERY.c.id)
)


@cache
def _reading(*, is_sqlite: bool) -> sa.Select[Any]:
    return _CLAIMED.where(bulk.among(DELIVERY.c.id, "claimed", is_sqlite=is_sqlite))


def read(connection: Connection, delivery_ids: Sequence[str]) -> list[Claimed]:
    """Return these deliveries with all that their alerts say, the most urgent first."""
    is_sqlite = connection.dialect.name == "sqlite"
    told = {"claimed": bulk.as_one(delivery_ids, is_sqlite=is_sqlite)}
    rows = connection.execute(_reading(is_sqlite=is_sqlite), told).all()
    return [
        Claimed(
            id=row.id,
            fence=row.fence,
            attempts=row.attempts,
            type=row.type,
            also=tuple(row.also.split()),
            lasting=row.lasting,
            urgency=row.urgency,
            sequence=row.sequence,
            written_at=row.written_at,
            first_attempt_at=row.first_attempt_at,
            possible_duplicate=row.possible_duplicate,
            channel_id=row.channel_id,
            channel_kind=row.channel_kind,
            failed_rounds=row.failed_rounds,
            address=row.address,
            secrets=row.secrets,
            event=orjson.loads(row.body),
            facts=row,
        )
        for row in rows
    ]
