"""Sessions as rows: found by the hash of their token, kept a while after they end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.store import account_tables

SESSION = account_tables.SessionRow.__table__

_FIND = sa.select(SESSION).where(SESSION.c.token_hash == sa.bindparam("token_hash"))


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Put a session on record."""
    connection.execute(sa.insert(SESSION).values(values))


def find(connection: Connection, token_hash: str) -> RowMapping | None:
    """Return a session, ended or not."""
    return connection.execute(_FIND, {"token_hash": token_hash}).mappings().first()


def open_of(connection: Connection, account_id: str) -> list[RowMapping]:
    """Return the sessions of an account that nobody ended, the last begun first."""
    query = sa.select(SESSION).where(
        SESSION.c.account_id == account_id, SESSION.c.ended_at.is_(None)
    )
    return list(connection.execute(query.order_by(SESSION.c.began_at.desc())).mappings())


def touch(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that its browser asked for something."""
    query = sa.update(SESSION).where(SESSION.c.token_hash == token_hash)
    connection.execute(query.values(seen_at=now))


def end(connection: Connection, token_hash: str, now: datetime) -> bool:
    """End a session; return False if it had ended already."""
    query = sa.update(SESSION).where(
        SESSION.c.token_hash == token_hash, SESSION.c.ended_at.is_(None)
    )
    return connection.execute(query.values(ended_at=now)).rowcount == 1


def end_all(connection: Connection, account_id: str, now: datetime) -> None:
    """End every session of an account."""
    query = sa.update(SESSION).where(
        SESSION.c.account_id == account_id, SESSION.c.ended_at.is_(None)
    )
    connection.execute(query.values(ended_at=now))


def forget(connection: Connection, before: datetime) -> None:
    """Drop what began before that instant: by then it has ended in any case."""
    connection.execute(sa.delete(SESSION).where(SESSION.c.began_at < before))
