"""Who hears of a facility's holds, read from contacts and channels."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain import duty_hours
from scheduler.domain.duty_hours import Hours, Span
from scheduler.domain.instants import known_zone
from scheduler.domain.roster import Channel, Contact, Roster, Side
from scheduler.errors import InvalidHoldError
from scheduler.store import kept, tables
from scheduler.store.kept import Kept

logger = logging.getLogger(__name__)

FACILITY = tables.Facility.__table__
CONTACT = tables.Contact.__table__
CHANNEL = tables.Channel.__table__

_SIDES = {
    "office": Side.OFFICE,
    "facility": Side.FACILITY,
    "supervisor": Side.SUPERVISOR,
    "administrators": Side.ADMINISTRATORS,
}

_WHAT = (
    CONTACT.c.id,
    CONTACT.c.side,
    CONTACT.c.place,
    CONTACT.c.timezone,
    CONTACT.c.schedule,
    CONTACT.c.quiet_hours,
    CONTACT.c.kinds,
    CHANNEL.c.id.label("channel_id"),
    CHANNEL.c.kind,
    CHANNEL.c.place.label("channel_place"),
)
_SWITCHED_ON = sa.and_(CONTACT.c.disabled_at.is_(None), CHANNEL.c.disabled_at.is_(None))
_IN_ORDER = (CONTACT.c.place, CONTACT.c.id, CHANNEL.c.place, CHANNEL.c.id)

_REACHABLE = (
    sa.select(FACILITY.c.code, FACILITY.c.alerts_despite_prohibition, *_WHAT)
    .join_from(
        FACILITY,
        CONTACT,
        sa.or_(
            CONTACT.c.facility_code == FACILITY.c.code,
            CONTACT.c.office_code == FACILITY.c.office_code,
            CONTACT.c.side == "administrators",
        ),
    )
    .join(CHANNEL, CHANNEL.c.contact_id == CONTACT.c.id)
    .where(FACILITY.c.code.in_(sa.bindparam("codes", expanding=True)), _SWITCHED_ON)
    .order_by(FACILITY.c.code, *_IN_ORDER)
)
_OF_OFFICE = (
    sa.select(*_WHAT)
    .join_from(CONTACT, CHANNEL, CHANNEL.c.contact_id == CONTACT.c.id)
    .where(
        sa.or_(CONTACT.c.office_code == sa.bindparam("office"), CONTACT.c.side == "administrators"),
        _SWITCHED_ON,
    )
    .order_by(*_IN_ORDER)
)


def rosters(
    connection: Connection, facility_codes: Collection[str], known: Kept | None = None
) -> Mapping[str, Roster]:
    """Return the roster of each facility; contacts without a channel are left out.

    Args:
        connection: Any.
        facility_codes: Of which facilities.
        known: As `kept.of` gave it for this transaction, if it did.
    """
    wanted = set(facility_codes)
    if not wanted:
        return {}
    known = known or kept.of(connection)
    unread = wanted - known.rosters.keys()
    if unread:
        known.rosters.update(_read(connection, unread))
    return {code: _for_now(known.rosters[code]) for code in wanted}


def _for_now(roster: Roster) -> Roster:
    """Return the roster without what was worked out for an hour that does not come again."""
    return replace(roster) if roster.is_scheduled else roster


def _read(connection: Connection, facility_codes: Collection[str]) -> Mapping[str, Roster]:
    people: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    wanted = sorted(facility_codes)
    insisting = set()
    for row in connection.execute(_REACHABLE, {"codes": wanted}):
        people[row.code][row.id].append(row)
        if row.alerts_despite_prohibition:
            insisting.add(row.code)
    return {
        code: Roster(tuple(_contact(rows) for rows in people[code].values()), code in insisting)
        for code in wanted
    }


def of_office(connection: Connection, office: str) -> Roster:
    """Return whom an office has to tell, the administrators included, no facility's contacts."""
    people: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(_OF_OFFICE, {"office": office}):
        people[row.id].append(row)
    return Roster(tuple(_contact(rows) for rows in people.values()))


def _contact(rows: list[Any]) -> Contact:
    first = rows[0]
    return Contact(
        first.id,
        _SIDES[first.side],
        tuple(Channel(row.channel_id, row.kind, row.channel_place) for row in rows),
        first.place,
        _hours(first.timezone, first.schedule, duty_hours.schedule_from),
        _hours(first.timezone, first.quiet_hours, duty_hours.quiet_from),
        _kinds(first.kinds),
    )


@lru_cache(maxsize=1024)
def _hours(
    zone: str | None, text: str | None, read: Callable[[str], tuple[Span, ...]]
) -> Hours | None:
    if text is None:
        return None
    try:
        return Hours(known_zone(zone), read(text))
    except InvalidHoldError as exc:
        # Written past the desk. To be on duty always and quiet never is the safe
        # reading, and no contact may hold up the holds of its facility.
        logger.error("A contact's hours cannot be read: %s", exc, extra={"action": "bad_hours"})  # noqa: TRY400 -- the cause says it all
        return None


@lru_cache(maxsize=1024)
def _kinds(text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    try:
        return frozenset(map(str, orjson.loads(text)))
    except (orjson.JSONDecodeError, TypeError):
        # As above: who may want to hear of it, hears.
        logger.error("A contact's kinds cannot be read", extra={"action": "bad_kinds"})  # noqa: TRY400 -- the same
        return None
