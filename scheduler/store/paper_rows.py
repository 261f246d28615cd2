"""What is printed: open holds, what was recorded in a stretch of time, alerts and their tries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.events import Kind
from scheduler.domain.hold import OPEN_STATUSES, Hold
from scheduler.errors import HoldNotFoundError
from scheduler.store import listing
from scheduler.store.directory import CHANNEL, CONTACT, FACILITY, FacilityRecord
from scheduler.store.directory import facility as facility_record
from scheduler.store.journal import DELIVERY, EVENT
from scheduler.store.listing import HoldWanted
from scheduler.store.outbox import ATTEMPT
from scheduler.store.report_rows import first_id

Codes = Collection[str] | None
"""Facilities in scope; None is every one."""


def open_holds(connection: Connection, codes: Codes, now: datetime) -> list[Hold]:
    """Return the open holds of these facilities."""
    if codes is None:
        return _open(connection, None, now)
    return [hold for code in sorted(codes) for hold in _open(connection, code, now)]


def _open(connection: Connection, code: str | None, now: datetime) -> list[Hold]:
    wanted = HoldWanted(facility_codes=None if code is None else {code}, statuses=OPEN_STATUSES)
    return [listed.hold for listed in listing.holds(connection, wanted, now)]


def facilities(connection: Connection, codes: Collection[str]) -> Mapping[str, FacilityRecord]:
    """Return facilities by their code.

    Raises:
        HoldNotFoundError: There is none under one of these codes.
    """
    return {code: facility_record(connection, code) for code in sorted(set(codes))}


def require(connection: Connection, codes: Codes) -> None:
    """Refuse codes that are not on record.

    Raises:
        HoldNotFoundError: Naming the first of them.
    """
    known = set(connection.execute(sa.select(FACILITY.c.code)).scalars())
    for code in sorted(codes or ()):
        if code not in known:
            raise HoldNotFoundError(f"facility '{code}': there is no such facility")


class Stretch(NamedTuple):
    """After the first instant, up to and with the last, UTC."""

    since: datetime
    until: datetime


def recorded(
    connection: Connection, stretch: Stretch, codes: Codes, kinds: Collection[Kind]
) -> list[dict[str, Any]]:
    """Return the events about holds recorded in a stretch of time, in the order of recording."""
    query = sa.select(EVENT.c.body).where(
        EVENT.c.id >= first_id(stretch.since),
        EVENT.c.recorded_at > stretch.since,
        EVENT.c.recorded_at <= stretch.until,
        EVENT.c.hold_id.is_not(None),
        EVENT.c.kind.in_(sorted(kinds)),
    )
    if codes is not None:
        query = query.where(EVENT.c.facility_code.in_(sorted(codes)))
    bodies = connection.execute(query.order_by(EVENT.c.id)).scalars()
    return [orjson.loads(body) for body in bodies]


_ALERTS = (
    sa.select(
        DELIVERY.c.id,
        DELIVERY.c.event_id,
        DELIVERY.c.hold_id,
        DELIVERY.c.type,
        DELIVERY.c.also,
        DELIVERY.c.state,
        DELIVERY.c.due_at,
        DELIVERY.c.written_at,
        DELIVERY.c.attempts,
        DELIVERY.c.ended_at,
        DELIVERY.c.possible_duplicate,
        CHANNEL.c.kind.label("channel_kind"),
        CONTACT.c.side,
        CONTACT.c.office_code,
        CONTACT.c.facility_code,
        EVENT.c.facility_code.label("hold_facility"),
    )
    .join_from(DELIVERY, CHANNEL, CHANNEL.c.id == DELIVERY.c.channel_id)
    .join(CONTACT, CONTACT.c.id == DELIVERY.c.contact_id)
    .join(EVENT, EVENT.c.id == DELIVERY.c.event_id)
    .order_by(DELIVERY.c.id)
)
"""Alerts without addresses and without names."""


def alerts(connection: Connection, hold_id: str) -> list[sa.Row[Any]]:
    """Return every alert about a hold, the first first."""
    return list(connection.execute(_ALERTS.where(DELIVERY.c.hold_id == hold_id)))


def undelivered(connection: Connection, stretch: Stretch, codes: Codes) -> list[sa.Row[Any]]:
    """Return the alerts about holds that were given up in a stretch of time."""
    query = _ALERTS.where(
        DELIVERY.c.state == "dead",
        DELIVERY.c.ended_at > stretch.since,
        DELIVERY.c.ended_at <= stretch.until,
        DELIVERY.c.hold_id.is_not(None),
    )
    if codes is not None:
        query = query.where(EVENT.c.facility_code.in_(sorted(codes)))
    return list(connection.execute(query))


def tries(connection: Connection, hold_id: str) -> Mapping[str, Sequence[Any]]:
    """Return the tries to deliver every alert about a hold, by the alert."""
    query = (
        sa.select(
            ATTEMPT.c.delivery_id,
            ATTEMPT.c.number,
            ATTEMPT.c.started_at,
            ATTEMPT.c.duration_ms,
            ATTEMPT.c.result,
            ATTEMPT.c.status,
        )
        .join_from(ATTEMPT, DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(DELIVERY.c.hold_id == hold_id)
        .order_by(ATTEMPT.c.delivery_id, ATTEMPT.c.number)
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.delivery_id].append(row)
    return found
