"""A database that a replay fills: new, marked for good, fast to write, safe at the end."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.hold import Hold
from scheduler.errors import PolicyError, StoreError
from scheduler.store import holds, schema, tables
from scheduler.store.engine import Database

HOLD = tables.HoldRow.__table__
EVENT = tables.EventRow.__table__
INSTALLATION = tables.Installation.__table__


class Totals(NamedTuple):
    """What a replay brought about; `overdue` are the holds that ran past their limit."""

    holds: int
    clock_started: int
    events: dict[str, int]
    outcomes: dict[str, int]
    overdue: list[Hold]


def begin(database: Database) -> None:
    """Create the schema in an empty database and mark it as a simulation, for good.

    Raises:
        StoreError: It holds anything: somebody's record must not be played with.
    """
    if database.file is None or database.file.exists():
        _refuse_content(database)
    schema.migrate(database)
    with database.write() as connection:
        schema.mark_simulation(connection)


def _refuse_content(database: Database) -> None:
    try:
        with database.read() as connection:
            found = _first_with_rows(connection)
    except sa.exc.OperationalError as exc:
        raise StoreError(
            "database: it does not answer; check the address, and that the server runs"
        ) from exc
    except sa.exc.DatabaseError as exc:
        raise StoreError("database: the file is no database; name one that is new") from exc
    if found is not None:
        raise StoreError(
            f"database: it holds something already (table '{found}'); a replay needs a new one"
        )


def _first_with_rows(connection: Connection) -> str | None:
    for name in sorted(sa.inspect(connection).get_table_names()):
        if name in schema.NOT_CONTENT:
            continue
        rows = sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)
        if connection.execute(rows).first() is not None:
            return name
    return None


def settle(database: Database) -> None:
    """Put on disk what was written without waiting for it."""
    if database.file is None:
        _settle_server(database)
        return
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in (database.file, database.file.parent):
        _sync(path)


def _settle_server(database: Database) -> None:
    """Commit once more and wait: whatever was committed before is on disk by then.

    PostgreSQL writes its log in order, so a synchronous commit carries every
    asynchronous one before it. It waits only for a transaction that wrote something.
    """
    with database.write() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
        connection.execute(
            sa.update(INSTALLATION)
            .where(INSTALLATION.c.key == schema.SIMULATION)
            .values(value=INSTALLATION.c.value)
        )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def last_deadline(connection: Connection) -> datetime | None:
    """Return the latest deadline of any hold, in UTC."""
    latest: datetime | None = connection.execute(
        sa.select(sa.func.max(HOLD.c.deadline_at))
    ).scalar()
    return None if latest is None else latest.astimezone(UTC)


def require_none_set_aside(connection: Connection) -> None:
    """Refuse to go on where the rules could not answer for a hold.

    Raises:
        PolicyError: Naming the first such hold.
    """
    for hold_id, because in holds.set_aside_holds(connection):
        raise PolicyError(f"hold {hold_id}: it could not be carried on ({because})")


def totals(connection: Connection) -> Totals:
    """Count what is on record."""
    overdue = connection.execute(
        sa.select(HOLD.c.id).where(HOLD.c.expired_at.is_not(None)).order_by(HOLD.c.id)
    )
    found = [holds.find(connection, hold_id) for hold_id in overdue.scalars().all()]
    return Totals(
        holds=_count(connection, sa.true()),
        clock_started=_count(connection, HOLD.c.started_at.is_not(None)),
        events=_by(connection, EVENT.c.kind),
        outcomes=_by(connection, HOLD.c.outcome),
        overdue=[stored.hold for stored in found if stored is not None],
    )


def _count(connection: Connection, condition: sa.ColumnElement[bool]) -> int:
    counted = connection.execute(sa.select(sa.func.count()).select_from(HOLD).where(condition))
    return int(counted.scalar_one())


def _by(connection: Connection, column: sa.Column[str]) -> dict[str, int]:
    rows = connection.execute(
        sa.select(column, sa.func.count())
        .where(column.is_not(None))
        .group_by(column)
        .order_by(column)
    )
    return {name: int(count) for name, count in rows}
