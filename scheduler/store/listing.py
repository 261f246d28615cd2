"""Rows as people and machines read them: holds by next limit, deliveries and their tries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.domain.hold import Accusation, Hold, Outcome, Reporter
from scheduler.errors import HoldNotFoundError
from scheduler.store.directory import CHANNEL, CONTACT
from scheduler.store.holds import HOLD_FIELDS, TABLE
from scheduler.store.journal import DELIVERY
from scheduler.store.outbox import ATTEMPT

_ENUMS = (("outcome", Outcome), ("outcome_by", Reporter), ("accused", Accusation))


class HoldWanted(NamedTuple):
    """Which holds; None does not ask."""

    facility_codes: Collection[str] | None = None
    statuses: Collection[str] | None = None
    limit: int | None = None


class Listed(NamedTuple):
    """A hold, and when the worker looks at it next, as the store has it."""

    hold: Hold
    next_due_at: datetime | None


_HOLDS = sa.select(*(TABLE.c[name] for name in HOLD_FIELDS), TABLE.c.next_due_at)


def hold(connection: Connection, hold_id: str) -> Listed:
    """Return one hold that is there, by its id."""
    return _listed(connection.execute(_HOLDS.where(TABLE.c.id == hold_id)).mappings().one())


def holds(connection: Connection, wanted: HoldWanted, now: datetime) -> list[Listed]:
    """Return holds: open ones by the next limit not yet passed, then the closed, last first."""
    query = _HOLDS
    if wanted.facility_codes is not None:
        query = query.where(TABLE.c.facility_code.in_(sorted(wanted.facility_codes)))
    if wanted.statuses is not None:
        query = query.where(TABLE.c.status.in_(sorted(wanted.statuses)))
    next_limit = sa.case((TABLE.c.ceiling_at > now, TABLE.c.ceiling_at), else_=TABLE.c.deadline_at)
    query = query.order_by(
        TABLE.c.outcome.is_not(None),
        TABLE.c.outcome_at.is_(None),
        TABLE.c.outcome_at.desc(),
        next_limit.is_(None),
        next_limit,
        TABLE.c.lodged_at,
        TABLE.c.id,
    )
    return [_listed(row) for row in connection.execute(query.limit(wanted.limit)).mappings()]


def _listed(row: RowMapping) -> Listed:
    values: dict[str, Any] = dict(row)
    next_due_at = values.pop("next_due_at")
    for name, kind in _ENUMS:
        if values[name] is not None:
            values[name] = kind(values[name])
    return Listed(Hold(**values), next_due_at)


_DELIVERIES = (
    sa.select(
        DELIVERY.c.id,
        DELIVERY.c.hold_id,
        DELIVERY.c.event_id,
        DELIVERY.c.type,
        DELIVERY.c.also,
        DELIVERY.c.state,
        DELIVERY.c.contact_id,
        CONTACT.c.name.label("contact_name"),
        DELIVERY.c.channel_id,
        CHANNEL.c.kind.label("channel_kind"),
        DELIVERY.c.due_at,
        DELIVERY.c.written_at,
        DELIVERY.c.attempts,
        DELIVERY.c.attempt_at,
        DELIVERY.c.first_attempt_at,
        DELIVERY.c.ended_at,
        DELIVERY.c.acknowledged_at,
        DELIVERY.c.possible_duplicate,
    )
    .join_from(DELIVERY, CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    .join(CONTACT, CONTACT.c.id == DELIVERY.c.contact_id)
)


def deliveries(
    connection: Connection,
    *,
    hold_id: str | None = None,
    state: str | None = None,
    limit: int | None = None,
    facility_codes: Collection[str] | None = None,
) -> list[RowMapping]:
    """Return deliveries, the last first."""
    query = _of_facilities(facility_codes)
    if hold_id is not None:
        query = query.where(DELIVERY.c.hold_id == hold_id)
    if state is not None:
        query = query.where(DELIVERY.c.state == state)
    query = query.order_by(DELIVERY.c.id.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def _of_facilities(codes: Collection[str] | None) -> sa.Select[Any]:
    """Select deliveries, of some facilities' holds only where they are given."""
    if codes is None:
        return _DELIVERIES
    theirs = sa.select(TABLE.c.id).where(TABLE.c.facility_code.in_(sorted(codes)))
    return _DELIVERIES.where(DELIVERY.c.hold_id.in_(theirs))


def delivery(
    connection: Connection, delivery_id: str, facility_codes: Collection[str] | None = None
) -> RowMapping:
    """Return one delivery.

    Raises:
        HoldNotFoundError: There is none, or of none of these facilities.
    """
    query = _of_facilities(facility_codes).where(DELIVERY.c.id == delivery_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise HoldNotFoundError(f"delivery '{delivery_id}': there is none on record")
    return row


def attempts(connection: Connection, delivery_id: str) -> list[RowMapping]:
    """Return the tries of one delivery, the first first."""
    query = sa.select(ATTEMPT).where(ATTEMPT.c.delivery_id == delivery_id)
    return list(connection.execute(query.order_by(ATTEMPT.c.number)).mappings())


def send_again(connection: Connection, delivery_id: str, now: datetime) -> bool:
    """Put a delivery that has ended without success back among the waiting.

    Returns:
        Whether it was one of those; it is left alone otherwise.
    """
    done = connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.id == delivery_id, DELIVERY.c.state.in_(("dead", "superseded")))
        # Its tries are counted on, but the time after which it is given up begins anew.
        .values(state="waiting", attempt_at=now, ended_at=None, first_attempt_at=None)
    )
    return done.rowcount == 1
