"""Whether the database takes writes, and how far the work on record is behind."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.errors import StoreError
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.holds import TABLE as HOLD
from scheduler.store.journal import DELIVERY

_INSTALLATION = tables.Installation.__table__


class _NothingIsKept(Exception):  # noqa: N818 -- no error: it rolls a trial back
    """Ends a trial transaction."""


def try_write(database: Database) -> None:
    """Write a row and take it back.

    Raises:
        StoreError: The database takes no writes.
    """
    try:
        with database.write() as connection:
            trial = {"key": f"trial-{uuid.uuid4()}", "value": ""}
            connection.execute(sa.insert(_INSTALLATION).values(trial))
            raise _NothingIsKept
    except _NothingIsKept:
        return
    except sa.exc.SQLAlchemyError as exc:
        cause = str(getattr(exc, "orig", exc)).splitlines()[0]
        raise StoreError(f"database: it takes no writes; {cause}") from exc


def overdue(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    """Return how many holds have something due before that instant, and the earliest."""
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.min(HOLD.c.next_due_at)).where(
            HOLD.c.next_due_at < before
        )
    ).one()
    return row[0], row[1]


def held_up(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    """Return how many alerts should have been tried before that instant, and the oldest's."""
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.min(DELIVERY.c.written_at)).where(
            DELIVERY.c.state == "waiting",
            DELIVERY.c.attempt_at < before,
            # A new alert is due on any clock: what tells of a delay is when it was written.
            DELIVERY.c.written_at < before,
        )
    ).one()
    return row[0], row[1]


def waiting_since(connection: Connection) -> datetime | None:
    """Return when the oldest alert that waits was written, or None where none does."""
    oldest: datetime | None = connection.execute(
        sa.select(sa.func.min(DELIVERY.c.written_at)).where(
            DELIVERY.c.state == sa.literal_column("'waiting'")
        )
    ).scalar_one()
    return oldest


def given_up(connection: Connection, since: datetime) -> int:
    """Return how many alerts were given up from that instant on."""
    count: int = connection.execute(
        sa.select(sa.func.count()).where(DELIVERY.c.state == "dead", DELIVERY.c.ended_at >= since)
    ).scalar_one()
    return count
