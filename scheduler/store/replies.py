"""Answers as rows: what a write was answered, under the key that came with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scheduler.store import account_tables

REPLY = account_tables.Reply.__table__


class Key(NamedTuple):
    """Whose key it is, and the key."""

    actor: str
    key: str


class Reply(NamedTuple):
    """A row.

    Attributes:
        digest: Of what was asked.
        made_at: UTC, when what was asked was carried out.
        status: None while the answer is not kept yet.
        headers: As JSON.
        body: Sealed.
    """

    digest: str
    made_at: datetime
    status: int | None
    headers: str | None
    body: bytes | None


_FIND = sa.select(*(REPLY.c[name] for name in Reply._fields)).where(
    REPLY.c.actor == sa.bindparam("actor"), REPLY.c.key == sa.bindparam("key")
)


def find(connection: Connection, key: Key) -> Reply | None:
    """Return what is kept under a key."""
    row = connection.execute(_FIND, key._asdict()).first()
    return None if row is None else Reply._make(row)


def take(connection: Connection, key: Key, digest: str, now: datetime) -> bool:
    """Take a key for what this transaction writes.

    On PostgreSQL this waits for another transaction that takes the same one.

    Returns:
        Whether it was free.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values: dict[str, Any] = {**key._asdict(), "digest": digest, "made_at": now}
    statement = dialect.insert(REPLY).values(values).on_conflict_do_nothing()
    # Not the count of rows, which is -1 for this on PostgreSQL.
    return connection.execute(statement.returning(REPLY.c.key)).first() is not None


def keep(connection: Connection, key: Key, reply: Reply) -> None:
    """Keep an answer under a key that was taken, and take the key if nothing was written."""
    take(connection, key, reply.digest, reply.made_at)
    connection.execute(
        sa.update(REPLY)
        .where(REPLY.c.actor == key.actor, REPLY.c.key == key.key, REPLY.c.status.is_(None))
        .values(status=reply.status, headers=reply.headers, body=reply.body)
    )


def forget(connection: Connection, before: datetime) -> None:
    """Delete answers whose keys nobody may count on any more."""
    connection.execute(sa.delete(REPLY).where(REPLY.c.made_at < before))
