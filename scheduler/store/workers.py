"""Which worker processes there are, and when each last looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import tables

TABLE = tables.WorkerRow.__table__


FORGET_AFTER = timedelta(days=1)


class WorkerSeen(NamedTuple):
    """A worker as it last reported itself."""

    id: str
    host: str
    pid: int
    started_at: datetime
    looked_at: datetime
    stopped_at: datetime | None
    clock_suspect: bool


def start(connection: Connection, worker_id: str, *, host: str, pid: int, now: datetime) -> None:
    """Put a worker on record, and forget those of this host that have not looked for a day."""
    gone = TABLE.c.looked_at < now - FORGET_AFTER
    connection.execute(sa.delete(TABLE).where(TABLE.c.host == host, gone))
    connection.execute(
        sa.insert(TABLE).values(
            id=worker_id,
            host=host,
            pid=pid,
            started_at=now,
            looked_at=now,
            overdue_s=0,
            clock_suspect=False,
        )
    )


def looked(connection: Connection, worker_id: str, now: datetime, *, is_suspect: bool) -> None:
    """Record that the worker's deadline thread has looked."""
    _change(connection, worker_id, looked_at=now, clock_suspect=is_suspect)


def stopped(connection: Connection, worker_id: str, now: datetime) -> None:
    """Record that the worker stopped as asked."""
    _change(connection, worker_id, stopped_at=now)


def _change(connection: Connection, worker_id: str, **values: Any) -> None:
    connection.execute(sa.update(TABLE).where(TABLE.c.id == worker_id).values(values))


def seen(connection: Connection) -> list[WorkerSeen]:
    """Return every worker on record, the last to look first."""
    rows = connection.execute(sa.select(TABLE).order_by(TABLE.c.looked_at.desc()))
    return [
        WorkerSeen(
            row.id,
            row.host,
            row.pid,
            row.started_at,
            row.looked_at,
            row.stopped_at,
            row.clock_suspect,
        )
        for row in rows
    ]
