"""Rows as people and machines read them: holds by next limit, deliveries and their tries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.domain.hold import Accusation, Hold, Outcome, Reporter
from scheduler.errors import HoldNotFoundError
from scheduler.store.directory import CHANNEL, CONTACT, NO_TEXT
from scheduler.store.holds import HOLD_FIELDS, TABLE
from scheduler.store.journal import DELIVERY
from scheduler.store.outbox import ATTEMPT

_ENUMS = (("outcome", Outcome), ("outcome_by", Reporter), ("accused", Accusation))


class HoldWanted(NamedTuple):
    """Which holds; None does not ask."""

    facility_codes: Collection[str] | None = None
    statuses: Collection[str] | None = None
    limit: int | None = None
    is_open: bool | None = None
    hold_ref: str | None = None
    lodged_since: datetime | None = None
    lodged_until: datetime | None = None


class HoldPlace(NamedTuple):
    """Where a hold stands in the list.

    Attributes:
        stretch: Of the list, by its number.
        at: UTC, the instant by which that stretch is in order.
        hold_id: Among holds of one instant.
    """

    stretch: int
    at: datetime
    hold_id: str


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


def unordered(connection: Connection, which: sa.ColumnElement[bool]) -> list[Listed]:
    """Return the holds that a condition names, in no order."""
    return [_listed(row) for row in connection.execute(_HOLDS.where(which)).mappings()]


class Stretch(IntEnum):
    """The list of holds, in four stretches that follow one another."""

    NEXT_LIMIT = 0
    """Open, by the next limit not yet passed."""
    NO_LIMIT = 1
    """Open, their clock not started, by the lodging."""
    ENDED = 2
    """Closed, the last first."""
    UNDATED = 3
    """Closed at a time nobody knows, by the lodging."""

    @property
    def is_open(self) -> bool:
        """Say whether its holds are open."""
        return self in {Stretch.NEXT_LIMIT, Stretch.NO_LIMIT}


def place(hold: Hold, now: datetime) -> HoldPlace:
    """Return where a hold stands in the list as it is in order now."""
    if hold.outcome is not None:
        if hold.outcome_at is None:
            return HoldPlace(Stretch.UNDATED, hold.lodged_at, hold.id)
        return HoldPlace(Stretch.ENDED, hold.outcome_at, hold.id)
    if hold.ceiling_at is None or hold.deadline_at is None:
        return HoldPlace(Stretch.NO_LIMIT, hold.lodged_at, hold.id)
    limit = hold.ceiling_at if hold.ceiling_at > now else hold.deadline_at
    return HoldPlace(Stretch.NEXT_LIMIT, limit, hold.id)


def page(
    connection: Connection,
    wanted: HoldWanted,
    after: HoldPlace | None,
    limit: int,
    *,
    now: datetime,
) -> list[Listed]:
    """Return holds after a place: open ones by the next limit not yet passed, then the closed.

    Each stretch is asked for by itself, so that of a million open holds an index gives
    the next fifty; in one query all of them would be sorted.
    """
    found: list[Listed] = []
    for stretch in Stretch:
        left = limit - len(found)
        is_left_out = wanted.is_open is not None and wanted.is_open is not stretch.is_open
        if not left or is_left_out or (after is not None and stretch < after.stretch):
            continue
        since = after if after is not None and after.stretch == stretch else None
        rows: list[Listed] = []
        for where, column in _parts(stretch, now):
            query = _after(_HOLDS.where(where), column, since, last_first=stretch is Stretch.ENDED)
            query = _narrowed(query, wanted).limit(left)
            rows += map(_listed, connection.execute(query).mappings())
        rows.sort(key=lambda row: place(row.hold, now)[1:], reverse=stretch is Stretch.ENDED)
        found += rows[:left]
    return found


def _parts(stretch: Stretch, now: datetime) -> list[tuple[sa.ColumnElement[bool], sa.Column[Any]]]:
    """Return which holds a stretch is made of, each with the column that orders them."""
    row = TABLE.c
    is_open, is_closed = row.outcome.is_(None), row.outcome.is_not(None)
    if stretch is Stretch.NEXT_LIMIT:
        ahead = sa.and_(is_open, row.ceiling_at > now)
        return [(ahead, row.ceiling_at), (sa.and_(is_open, row.ceiling_at <= now), row.deadline_at)]
    if stretch is Stretch.NO_LIMIT:
        return [(sa.and_(is_open, row.ceiling_at.is_(None)), row.lodged_at)]
    if stretch is Stretch.ENDED:
        return [(sa.and_(is_closed, row.outcome_at.is_not(None)), row.outcome_at)]
    return [(sa.and_(is_closed, row.outcome_at.is_(None)), row.lodged_at)]


def _after(
    query: sa.Select[Any], column: sa.Column[Any], since: HoldPlace | None, *, last_first: bool
) -> sa.Select[Any]:
    """Bring a stretch in order, from a place on."""
    key = TABLE.c.id
    query = query.order_by(*((each.desc() if last_first else each) for each in (column, key)))
    if since is None:
        return query
    at, hold_id = since.at, since.hold_id
    beside = sa.and_(column == at, key < hold_id if last_first else key > hold_id)
    beyond = column < at if last_first else column > at
    # Said twice: by the first an index begins at the place, the second is exact.
    return query.where(column <= at if last_first else column >= at, sa.or_(beyond, beside))


def _narrowed(query: sa.Select[Any], wanted: HoldWanted) -> sa.Select[Any]:
    row = TABLE.c
    if wanted.facility_codes is not None:
        query = query.where(row.facility_code.in_(sorted(wanted.facility_codes)))
    if wanted.statuses is not None:
        query = query.where(row.status.in_(sorted(wanted.statuses)))
    if wanted.hold_ref is not None:
        query = query.where(row.hold_ref == wanted.hold_ref)
    if wanted.lodged_since is not None:
        query = query.where(row.lodged_at >= wanted.lodged_since)
    if wanted.lodged_until is not None:
        query = query.where(row.lodged_at < wanted.lodged_until)
    return query


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
        TABLE.c.facility_code,
    )
    .join_from(DELIVERY, CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    .join(CONTACT, CONTACT.c.id == DELIVERY.c.contact_id)
    # A channel's test is about no hold.
    .outerjoin(TABLE, TABLE.c.id == DELIVERY.c.hold_id)
)


def deliveries(
    connection: Connection,
    *,
    hold_id: str | None = None,
    state: str | None = None,
    channel_kind: str | None = None,
    before: str | None = None,
    limit: int | None = None,
    facility_codes: Collection[str] | None = None,
) -> list[RowMapping]:
    """Return deliveries, the last first; `before` is the id that the page before ended with."""
    query = _of_facilities(facility_codes)
    if before is not None:
        query = query.where(DELIVERY.c.id < before)
    if hold_id is not None:
        query = query.where(DELIVERY.c.hold_id == hold_id)
    if state is not None:
        query = query.where(_in_state(state))
    if channel_kind is not None:
        query = query.where(CHANNEL.c.kind == channel_kind)
    query = query.order_by(DELIVERY.c.id.desc()).limit(limit)
    return list(connection.execute(query).mappings())


RARE_STATES = frozenset({"waiting", "sending", "dead"})
"""Each has an index of its own, since few are in it; all others have arrived or were overtaken."""


def _in_state(state: str) -> sa.ColumnElement[bool]:
    if state not in RARE_STATES:
        return DELIVERY.c.state == state
    rare = DELIVERY.alias()
    # Spelt out, or the index is not taken; looked up first, or years of alerts are read through.
    is_in_it = rare.c.state == sa.bindparam(None, state, literal_execute=True)
    return DELIVERY.c.id.in_(sa.select(rare.c.id).where(is_in_it))


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
    row = None if NO_TEXT in delivery_id else connection.execute(query).mappings().first()
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
