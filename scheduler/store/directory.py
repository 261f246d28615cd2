"""Facilities, offices, contacts and channels: who holds, who is told, and how."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.domain.actors import Actor, Role
from scheduler.errors import ConflictError, HoldNotFoundError
from scheduler.store import holds, tables
from scheduler.store.kept import Kept

FACILITY = tables.Facility.__table__
OFFICE = tables.Office.__table__
CONTACT = tables.Contact.__table__
CHANNEL = tables.Channel.__table__

NOUNS: dict[str, sa.Table] = {
    "facility": FACILITY,
    "office": OFFICE,
    "contact": CONTACT,
    "channel": CHANNEL,
}


class FacilityRecord(NamedTuple):
    """A facility as the registry needs it."""

    code: str
    name: str
    state: str
    timezone: str
    policy: str
    office_code: str | None
    phone: str | None
    ladder: tuple[str, ...]


def facility(connection: Connection, code: str, kept: Kept | None = None) -> FacilityRecord:
    """Return a facility.

    Args:
        connection: Any.
        code: Its code.
        kept: As `kept.of` gave it for this transaction; None reads it anew.

    Raises:
        HoldNotFoundError: There is none under that code; the nearest are named.
    """
    if kept is None:
        return _facility(connection, code)
    known = kept.facilities.get(code)
    if known is None:
        known = kept.facilities[code] = _facility(connection, code)
    return known


def _facility(connection: Connection, code: str) -> FacilityRecord:
    row = connection.execute(_FACILITY, {"code": code}).first()
    if row is None:
        known = connection.execute(sa.select(FACILITY.c.code).order_by(FACILITY.c.code).limit(12))
        names = ", ".join(known.scalars()) or "none yet; `holdclock facility add` makes one"
        raise HoldNotFoundError(f"facility '{code}': there is no such facility; on record: {names}")
    return record(row)


def record(row: sa.Row[Any]) -> FacilityRecord:
    """Return a facility from its row."""
    ladder = tuple(orjson.loads(row.ladder)) if row.ladder else ()
    return FacilityRecord(
        row.code,
        row.name,
        row.state,
        row.timezone,
        row.policy,
        row.office_code,
        row.phone,
        ladder,
    )


_FACILITY = sa.select(FACILITY).where(FACILITY.c.code == sa.bindparam("code"))


Sight = frozenset[str] | None
"""The facilities that somebody sees, by their codes; None is all of them."""


def sight(connection: Connection, actor: Actor) -> Sight:
    """Return which facilities an actor sees: their own, or those of their own offices."""
    if actor.role is Role.FACILITY:
        return actor.facility_codes
    if actor.role is not Role.AGENT:
        return None
    theirs = sa.select(FACILITY.c.code).where(FACILITY.c.office_code.in_(actor.office_codes))
    return frozenset(connection.execute(theirs).scalars())


NO_TEXT = "\0"
"""PostgreSQL takes no text that has it: nothing on record is called so, and none may be asked."""


def hold_id(connection: Connection, name: str, seen: Sight = None) -> str:
    """Return the id of the hold that somebody names by its id or its reference.

    Args:
        connection: Any.
        name: Id or reference.
        seen: What is outside reads as if it were not there.

    Raises:
        HoldNotFoundError: There is none.
        ConflictError: Several facilities use that reference.
    """
    if NO_TEXT in name:
        raise HoldNotFoundError("hold: nothing is called by a name that holds NUL")
    upper = name.strip().upper()
    found = holds.find(connection, upper)
    if found is not None and (seen is None or found.hold.facility_code in seen):
        return upper
    known = holds.ids_by_reference(connection, name.strip(), seen)
    if len(known) == 1:
        return known[0]
    if known:
        raise ConflictError(
            f"hold '{name}': several facilities use that reference; name one by its id: "
            + ", ".join(sorted(known))
        )
    raise HoldNotFoundError(f"hold '{name}': there is no such hold")


def add(connection: Connection, noun: str, values: dict[str, Any]) -> None:
    """Add a row.

    Raises:
        ConflictError: Its code is taken.
    """
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    taken = connection.execute(sa.select(key).where(key == values[key.name])).first()
    if taken is not None:
        raise ConflictError(f"{noun} '{values[key.name]}': it is on record already")
    connection.execute(sa.insert(table).values(values))


def get(connection: Connection, noun: str, name: str, *, lock: bool = False) -> RowMapping:
    """Return a row by its code or id.

    Args:
        connection: Any; of a transaction that writes where the row is locked for it.
        noun: As `NOUNS` has it.
        name: Code or id.
        lock: Nobody else changes it before this transaction ends.

    Raises:
        HoldNotFoundError: There is none.
    """
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    query = sa.select(table).where(key == name)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise HoldNotFoundError(f"{noun} '{name}': there is none on record")
    return row


def all_of(connection: Connection, noun: str) -> list[RowMapping]:
    """Return every row of a noun, by code or id."""
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    return list(connection.execute(sa.select(table).order_by(key)).mappings())


def next_place(connection: Connection, contact: str) -> int:
    """Return the place after a contact's last channel that is switched on."""
    last: int | None = connection.execute(
        sa.select(sa.func.max(CHANNEL.c.place)).where(
            CHANNEL.c.contact_id == contact, CHANNEL.c.disabled_at.is_(None)
        )
    ).scalar()
    return (last or 0) + 1


def change(connection: Connection, noun: str, name: str, values: dict[str, Any]) -> None:
    """Change fields of a row that is there; none changes nothing."""
    if not values:
        return
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    connection.execute(sa.update(table).where(key == name).values(values))
