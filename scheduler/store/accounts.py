"""Accounts and keys as rows: who signs in, and which machines ask."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.domain.actors import Actor, Grant, Role
from scheduler.store import account_tables

ACCOUNT = account_tables.Account.__table__
API_KEY = account_tables.ApiKey.__table__

USER_PREFIX, KEY_PREFIX = "user:", "key:"
"""What the event log calls them: by id, never by an address."""


def columns(granted: Grant) -> dict[str, str]:
    """Spell a role and its places as the columns have them."""
    return {
        "role": granted.role.value,
        "facility_codes": _codes_text(granted.facility_codes),
        "office_codes": _codes_text(granted.office_codes),
    }


def _codes_text(codes: frozenset[str]) -> str:
    return orjson.dumps(sorted(codes)).decode()


def actor(row: RowMapping, prefix: str) -> Actor:
    """Return what an account or key is to the record."""
    return Actor(
        prefix + row["id"],
        Role(row["role"]),
        frozenset(orjson.loads(row["facility_codes"])),
        frozenset(orjson.loads(row["office_codes"])),
    )


def api_key(connection: Connection, key_id: str) -> RowMapping | None:
    """Return a key by the part of it that is no secret."""
    return connection.execute(_API_KEY, {"id": key_id}).mappings().first()


_API_KEY = sa.select(API_KEY).where(API_KEY.c.id == sa.bindparam("id"))


def api_key_and_now(
    connection: Connection, key_id: str
) -> tuple[RowMapping | None, datetime | None]:
    """Return a key as `api_key` does, and the server's clock: it is asked once, not twice.

    SQLite has no clock of its own, and nobody has one where there is no such key.
    """
    if connection.dialect.name == "sqlite":
        return api_key(connection, key_id), None
    row = connection.execute(_API_KEY_AND_NOW, {"id": key_id}).mappings().first()
    return (None, None) if row is None else (row, row["read_at"].astimezone(UTC))


_API_KEY_AND_NOW = _API_KEY.add_columns(sa.func.clock_timestamp().label("read_at"))


def api_keys(connection: Connection) -> list[RowMapping]:
    """Return every key, the first made first."""
    query = sa.select(API_KEY).order_by(API_KEY.c.created_at, API_KEY.c.id)
    return list(connection.execute(query).mappings())


def add_api_key(connection: Connection, values: dict[str, Any]) -> None:
    """Put a key on record."""
    connection.execute(sa.insert(API_KEY).values(values))


def change_api_key(connection: Connection, key_id: str, values: dict[str, Any]) -> None:
    """Change columns of a key."""
    connection.execute(sa.update(API_KEY).where(API_KEY.c.id == key_id).values(values))


def account(connection: Connection, account_id: str, *, lock: bool = False) -> RowMapping | None:
    """Return an account; locked, nobody else changes it before the transaction ends."""
    return _first(connection, ACCOUNT.c.id == account_id, lock=lock)


def account_of(connection: Connection, email: str, *, lock: bool = False) -> RowMapping | None:
    """Return the account of a mail address, in small letters."""
    return _first(connection, ACCOUNT.c.email == email, lock=lock)


def account_through(connection: Connection, subject: str) -> RowMapping | None:
    """Return the account of somebody a provider vouches for."""
    return _first(connection, ACCOUNT.c.oidc_subject == subject)


def accounts(connection: Connection) -> list[RowMapping]:
    """Return every account, the first made first."""
    query = sa.select(ACCOUNT).order_by(ACCOUNT.c.created_at, ACCOUNT.c.id)
    return list(connection.execute(query).mappings())


def add_account(connection: Connection, values: dict[str, Any]) -> None:
    """Put an account on record.

    Raises:
        IntegrityError: Another one has that address.
    """
    connection.execute(sa.insert(ACCOUNT).values(values))


def change_account(connection: Connection, account_id: str, values: dict[str, Any]) -> None:
    """Change fields of an account.

    Raises:
        IntegrityError: Another one has that address.
    """
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(values))


def _first(
    connection: Connection, condition: sa.ColumnElement[bool], *, lock: bool = False
) -> RowMapping | None:
    query = sa.select(ACCOUNT).where(condition)
    return connection.execute(query.with_for_update() if lock else query).mappings().first()


def take_step(connection: Connection, account_id: str, step: int) -> bool:
    """Note the step of a code; False if that code, or a later one, was taken already."""
    query = sa.update(ACCOUNT).where(
        ACCOUNT.c.id == account_id,
        sa.or_(ACCOUNT.c.totp_step.is_(None), ACCOUNT.c.totp_step < step),
    )
    return connection.execute(query.values(totp_step=step)).rowcount == 1


def replace_recovery_codes(connection: Connection, account_id: str, old: str, new: str) -> bool:
    """Put the codes that are left in place of those that were read; False if they changed."""
    query = sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id, ACCOUNT.c.recovery_codes == old)
    return connection.execute(query.values(recovery_codes=new)).rowcount == 1


def unused(connection: Connection, since: datetime) -> list[str]:
    """Return the accounts that are switched on and were not used after an instant."""
    query = sa.select(ACCOUNT.c.id).where(
        ACCOUNT.c.disabled_at.is_(None), ACCOUNT.c.used_at <= since
    )
    return list(connection.execute(query).scalars())
