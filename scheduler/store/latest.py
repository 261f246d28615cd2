"""Events as they are committed: each seen once, by whoever looks again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.engine import Connection

from scheduler.clock import Clock
from scheduler.store.engine import Database

AT_ONCE = 1000
LATE_COMMIT_S = 5.0
"""On a server an event gets its id before its commit: so much later it may turn up."""
_LATE_COMMIT_MS = int(LATE_COMMIT_S * 1000)


class Seen(NamedTuple):
    """What is read of an event; `hold_id` and `facility_code` are None where it is about none."""

    id: str
    kind: str
    hold_id: str | None
    facility_code: str | None


class Latest:
    """Reads what was committed since the last look.

    Args:
        database: Where the events are.
        real: The world's clock.
    """

    def __init__(self, database: Database, real: Clock) -> None:
        self._read = _OfFile() if database.is_sqlite else _OfServer(real)

    def begin(self, connection: Connection) -> None:
        """Start behind what is there now."""
        self._read.begin(connection)

    def read(self, connection: Connection) -> Sequence[Seen]:
        """Return what is new, at most `AT_ONCE` events or so; ask again until nothing is."""
        return self._read.read(connection)


class _OfFile:
    """SQLite has one writer at a time: rows are numbered in the order of their commits."""

    def __init__(self) -> None:
        self._last = 0

    def begin(self, connection: Connection) -> None:
        last = connection.exec_driver_sql("SELECT max(rowid) FROM event").scalar()
        self._last = last or 0

    def read(self, connection: Connection) -> Sequence[Seen]:
        rows = connection.exec_driver_sql(
            "SELECT rowid, id, kind, hold_id, facility_code FROM event WHERE rowid > ? "
            "ORDER BY rowid LIMIT ?",
            (self._last, AT_ONCE),
        ).all()
        if rows:
            self._last = rows[-1][0]
        return [Seen(*row[1:]) for row in rows]


class _OfServer:
    """PostgreSQL commits in any order: the last few seconds are read again, but told once."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._floor = ""
        self._known: set[str] = set()
        self._changed_at = real.monotonic()

    def begin(self, connection: Connection) -> None:
        newest = connection.exec_driver_sql("SELECT max(id) FROM event").scalar()
        self._floor = _before(newest or "")
        self._known = {seen.id for seen in self._rows(connection)}

    def read(self, connection: Connection) -> Sequence[Seen]:
        rows = self._rows(connection)
        new = [row for row in rows if row.id not in self._known]
        now = self._real.monotonic()
        if new:
            self._changed_at = now
            self._floor = max(self._floor, _before(rows[-1].id))
        elif rows and now - self._changed_at > LATE_COMMIT_S:
            # Nobody can be late any more: not to read a burst again for ever.
            self._floor = rows[-1].id
        else:
            return new
        self._known = {row.id for row in rows if row.id > self._floor}
        return new

    def _rows(self, connection: Connection) -> list[Seen]:
        rows = connection.exec_driver_sql(
            "SELECT id, kind, hold_id, facility_code FROM event WHERE id > %s ORDER BY id",
            (self._floor,),
        )
        return [Seen(*row) for row in rows]


def _before(event_id: str) -> str:
    """Return the place in the order of ids that many seconds before an event's."""
    if not event_id:
        return ""
    # An id begins with the milliseconds at which it was made (RFC 9562, section 5.7).
    began = max(int(event_id[:8] + event_id[9:13], 16) - _LATE_COMMIT_MS, 0)
    spelled = f"{began:012x}"
    return f"{spelled[:8]}-{spelled[8:]}-0000-0000-000000000000"
