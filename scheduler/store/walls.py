"""Screens on walls as rows, under a hash of their secret address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from scheduler.store import account_tables

WALL = account_tables.Wall.__table__


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Put a screen on record."""
    connection.execute(sa.insert(WALL).values(values))


def end(connection: Connection, wall_id: str, now: datetime) -> bool:
    """End a screen; False if there is none under that id that has not ended."""
    query = sa.update(WALL).where(WALL.c.id == wall_id, WALL.c.disabled_at.is_(None))
    return connection.execute(query.values(disabled_at=now)).rowcount > 0


def find(connection: Connection, token_hash: str) -> RowMapping | None:
    """Return the screen of an address; None if it has ended."""
    query = sa.select(WALL).where(WALL.c.token_hash == token_hash, WALL.c.disabled_at.is_(None))
    return connection.execute(query).mappings().first()


def all_of(connection: Connection) -> list[RowMapping]:
    """Return every screen, the first made first."""
    query = sa.select(WALL).order_by(WALL.c.created_at, WALL.c.id)
    return list(connection.execute(query).mappings())
