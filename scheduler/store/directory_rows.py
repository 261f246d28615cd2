"""The directory's rows as somebody may see them: what is not theirs is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.domain.actors import Actor, Role
from scheduler.errors import HoldNotFoundError
from scheduler.store import directory
from scheduler.store.directory import CHANNEL, CONTACT, FACILITY, NOUNS, OFFICE, Sight


class Places(NamedTuple):
    """The places that somebody sees; None is all of them.

    Attributes:
        facility_codes: Of which they see holds and contacts.
        office_codes: Of which they see contacts.
        own_facility_codes: Whose channels they see.
        own_office_codes: Whose channels they see: an address is often a password.
    """

    facility_codes: Sight = None
    office_codes: Sight = None
    own_facility_codes: Sight = None
    own_office_codes: Sight = None


EVERYWHERE = Places()


def places(connection: Connection, actor: Actor) -> Places:
    """Return which places an actor sees: staff their facilities, and the offices of those."""
    seen = directory.sight(connection, actor)
    if seen is None:
        return EVERYWHERE
    if actor.role is Role.AGENT:
        return Places(seen, actor.office_codes, frozenset(), actor.office_codes)
    theirs = sa.select(FACILITY.c.office_code).where(
        FACILITY.c.code.in_(sorted(seen)), FACILITY.c.office_code.is_not(None)
    )
    offices = frozenset(connection.execute(theirs).scalars())
    return Places(seen, offices, seen, frozenset())


def get(connection: Connection, noun: str, name: str, seen: Places = EVERYWHERE) -> RowMapping:
    """Return a row by its code or id.

    Raises:
        HoldNotFoundError: There is none, or none that is seen.
    """
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    query = sa.select(table).where(key == name, _is_seen(noun, seen))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise HoldNotFoundError(f"{noun} '{name}': there is none on record")
    return row


def page(
    connection: Connection,
    noun: str,
    seen: Places = EVERYWHERE,
    *,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[RowMapping]:
    """Return rows of a noun, by code or id.

    Args:
        connection: Any.
        noun: As `directory.NOUNS`.
        seen: Rows of other places are left out.
        after: The code or id that the page before ended with.
        limit: At most so many.
    """
    table = NOUNS[noun]
    key = table.primary_key.columns[0]
    query = sa.select(table).where(_is_seen(noun, seen)).order_by(key).limit(limit)
    if after is not None:
        query = query.where(key > after)
    return connection.execute(query).mappings().all()


def _is_seen(noun: str, seen: Places) -> sa.ColumnElement[bool]:
    if seen.facility_codes is None:
        return sa.true()
    if noun == "facility":
        return FACILITY.c.code.in_(_sorted(seen.facility_codes))
    if noun == "office":
        return OFFICE.c.code.in_(_sorted(seen.office_codes))
    if noun == "contact":
        return _is_contact_of(seen.facility_codes, seen.office_codes)
    own = sa.select(CONTACT.c.id).where(
        _is_contact_of(seen.own_facility_codes, seen.own_office_codes)
    )
    return CHANNEL.c.contact_id.in_(own)


def _is_contact_of(facility_codes: Sight, office_codes: Sight) -> sa.ColumnElement[bool]:
    return sa.or_(
        CONTACT.c.facility_code.in_(_sorted(facility_codes)),
        CONTACT.c.office_code.in_(_sorted(office_codes)),
    )


def _sorted(codes: Sight) -> list[str]:
    return sorted(codes or ())
