"""Who is held: encrypted, apart from the hold, read only for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.errors import StoreError
from scheduler.store import tables
from scheduler.store.at_once import Insertion
from scheduler.store.bulk import Bulk
from scheduler.store.cipher import Cipher

TABLE = tables.Person.__table__


class PersonRecord(NamedTuple):
    """What the facility entered about the person; its repr shows nothing."""

    name: str | None
    a_number: str | None

    def __repr__(self) -> str:
        return "PersonRecord(...)"


_INSERT = Bulk(TABLE, ("hold_id", "name", "a_number"))
_NOTHING = PersonRecord(None, None)


def insertion(cipher: Cipher | None, entered: Mapping[str, PersonRecord]) -> Insertion:
    """Return, encrypted, the rows of what was entered, if anything was.

    Args:
        cipher: Encrypts it.
        entered: By the hold's id.

    Raises:
        StoreError: There is no key to encrypt it with.
    """
    told = [(hold_id, person) for hold_id, person in entered.items() if person != _NOTHING]
    if told and cipher is None:
        raise StoreError("person's data: HOLDCLOCK_DATA_KEY is needed to encrypt it; set the key")
    return Insertion(
        _INSERT,
        [
            (
                hold_id,
                _sealed(cipher, person.name, f"{hold_id}/name"),
                _sealed(cipher, person.a_number, f"{hold_id}/a_number"),
            )
            for hold_id, person in told
        ],
    )


def read(connection: Connection, cipher: Cipher, hold_id: str) -> PersonRecord | None:
    """Return what was entered about the person, or None."""
    row = connection.execute(sa.select(TABLE).where(TABLE.c.hold_id == hold_id)).first()
    if row is None:
        return None
    return PersonRecord(
        _opened(cipher, row.name, f"{hold_id}/name"),
        _opened(cipher, row.a_number, f"{hold_id}/a_number"),
    )


def _sealed(cipher: Cipher | None, text: str | None, context: str) -> bytes | None:
    return None if text is None or cipher is None else cipher.seal(text, context=context)


def _opened(cipher: Cipher, token: bytes | None, context: str) -> str | None:
    return None if token is None else cipher.open(bytes(token), context=context)
