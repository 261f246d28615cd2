"""Who hears of a facility's holds, read from contacts and channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.routing import Channel, Contact, Roster, Side
from scheduler.store import tables

FACILITY: sa.Table = tables.Facility.__table__  # type: ignore[attr-defined]  # SQLModel adds it
CONTACT: sa.Table = tables.Contact.__table__  # type: ignore[attr-defined]  # the same
CHANNEL: sa.Table = tables.Channel.__table__  # type: ignore[attr-defined]  # the same

_SIDES = {
    "office": Side.OFFICE,
    "facility": Side.FACILITY,
    "supervisor": Side.SUPERVISOR,
    "administrators": Side.ADMINISTRATORS,
}

_REACHABLE = (
    sa.select(
        FACILITY.c.code,
        CONTACT.c.id,
        CONTACT.c.side,
        CONTACT.c.place,
        CHANNEL.c.id.label("channel_id"),
        CHANNEL.c.kind,
    )
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
    .where(
        FACILITY.c.code.in_(sa.bindparam("codes", expanding=True)),
        CONTACT.c.disabled_at.is_(None),
        CHANNEL.c.disabled_at.is_(None),
    )
    .order_by(FACILITY.c.code, CONTACT.c.place, CONTACT.c.id, CHANNEL.c.id)
)


def rosters(connection: Connection, facility_codes: Collection[str]) -> Mapping[str, Roster]:
    """Return the roster of each facility; contacts without a channel are left out."""
    people: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    wanted = sorted(set(facility_codes))
    for row in connection.execute(_REACHABLE, {"codes": wanted}):
        people[row.code][row.id].append(row)
    return {
        code: Roster(tuple(_contact(rows) for rows in people[code].values())) for code in wanted
    }


def _contact(rows: list[Any]) -> Contact:
    first = rows[0]
    channels = tuple(Channel(row.channel_id, row.kind) for row in rows)
    return Contact(first.id, _SIDES[first.side], channels, first.place)
