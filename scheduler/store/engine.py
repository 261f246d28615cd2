"""The database: opened once, written in short transactions, on SQLite or PostgreSQL."""

from __future__ import annotations

import contextlib
import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, RowMapping, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from scheduler.clock import Clock, SystemClock
from scheduler.errors import StoreError

__all__ = [
    "UNAVAILABLE",
    "Connection",
    "Database",
    "IntegrityError",
    "RowMapping",
    "database_url",
    "open_database",
    "rides_along",
]

UNAVAILABLE = (sa.exc.OperationalError, sa.exc.InterfaceError)
"""The database does not answer, or not now: no row is to blame."""
BUSY_TIMEOUT_MS = 10_000
WAKE_CHANNEL = "holdclock_due"
PING_AFTER_S = 1.0
_USED_AT = "used_at"


class Rider(Protocol):
    """Something that is written in whatever transaction comes next."""

    def board(self, connection: Connection) -> None:
        """Write it; an error refuses the transaction."""


rides_along: ContextVar[Rider | None] = ContextVar("rides_along", default=None)
"""What rides along in the next transaction of this context that commits.

Not an argument of every use case that writes: which of them a request ends in is known
to its route alone, and that nothing commits without its rider must not hang on each of
them handing it on.
"""


class Database:
    """One database that any number of threads and processes share."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # The same connections: on SQLite they are so anyway.
        self._each_alone = engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def file(self) -> Path | None:
        """Return the SQLite file, or None on a server."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write; commit at the end, roll back on any error.

        On SQLite the write lock is taken at once: a transaction that reads
        first and writes later could lose an update, or fail half-way.
        """
        rider = rides_along.get()
        with self.engine.connect() as connection, self._transaction(connection):
            if rider is not None:
                rider.board(connection)
            yield connection
        if rider is not None:
            rides_along.set(None)

    def _transaction(self, connection: Connection) -> AbstractContextManager[object]:
        return _immediate(connection) if self.is_sqlite else connection.begin()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open one consistent view."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    connection.exec_driver_sql("ROLLBACK")
                return
            with connection.begin():
                yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Open a connection for one statement that reads: each is a view by itself.

        Without a transaction around it a server is asked once, not three times.
        """
        with self._each_alone.connect() as connection:
            yield connection

    def now(self, clock: Clock, connection: Connection | None = None) -> datetime:
        """Return the present: the server's own on PostgreSQL, so that hosts agree."""
        if self.is_sqlite or not clock.is_real:
            return clock.now()
        if connection is not None:
            return _server_time(connection)
        with self.glance() as own:
            return _server_time(own)

    def notify(self, connection: Connection) -> None:
        """Wake workers on other hosts when this transaction commits (PostgreSQL only)."""
        notify(connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def notify(connection: Connection) -> None:
    """Wake workers on other hosts when this connection commits (PostgreSQL only)."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"NOTIFY {WAKE_CHANNEL}")


@contextmanager
def _immediate(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        with contextlib.suppress(sa.exc.DatabaseError):
            connection.exec_driver_sql("ROLLBACK")
        raise


def _server_time(connection: Connection) -> datetime:
    instant: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return instant.astimezone(UTC)


def database_url(text: str) -> URL:
    """Read a database address, with the driver this product uses.

    Raises:
        StoreError: It is no address of SQLite or PostgreSQL.
    """
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as exc:
        raise StoreError(
            "database URL: cannot be read; use sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from exc
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite")
    raise StoreError(
        f"database URL: '{backend}' is not supported here; "
        "use sqlite:///FILE or postgresql://USER@HOST/NAME"
    )


def open_database(text: str, *, durable: bool = True, pool_size: int = 20) -> Database:
    """Open a database. Nothing is read or created yet.

    Args:
        text: Its address.
        durable: False leaves out the wait for the disk: for replay and
            benchmarks only.
        pool_size: Connections kept on PostgreSQL.

    Raises:
        StoreError: The address cannot be used.
    """
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        return Database(_sqlite(url, durable=durable))
    options = "-c timezone=UTC" + ("" if durable else " -c synchronous_commit=off")
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        connect_args={"options": options, "connect_timeout": 5},
    )
    _ping_when_idle(engine, SystemClock())
    return Database(engine)


def _ping_when_idle(engine: Engine, clock: Clock) -> None:
    """Try a connection that lay idle before it is used: the server may be another by now.

    Not at every use (`pool_pre_ping`): under load that is one more question to the
    server in each transaction, about a connection that answered a moment ago. But a
    server that ends a session says so at once, and its words lie there to be read.
    """

    def checkin(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = clock.monotonic()

    def checkout(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None:
            return
        if clock.monotonic() - used_at < PING_AFTER_S and not _has_word(connection):
            return
        dialect = engine.dialect
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as exc:
            raise sa.exc.InvalidatePoolError from exc

    event.listen(engine, "checkin", checkin)
    event.listen(engine, "checkout", checkout)


def _has_word(connection: Any) -> bool:
    """Say whether the server said something unasked: most often that it ended the session."""
    if connection.closed:
        return True
    # Not `select`: it cannot look at a thousand sockets, as a house full of boards has.
    heard = select.poll()
    heard.register(connection, select.POLLIN)
    return bool(heard.poll(0))


def _sqlite(url: URL, *, durable: bool) -> Engine:
    # AUTOCOMMIT: the driver opens no transaction of its own; `write` says BEGIN IMMEDIATE.
    engine = sa.create_engine(
        url, isolation_level="AUTOCOMMIT", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )
    synchronous = "FULL" if durable else "OFF"

    def prepare(connection: Any, _: object) -> None:
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")
        # Changing the mode does not wait for a lock. Whoever is first changes it for the
        # file, and so for everybody.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode=WAL")

    event.listen(engine, "connect", prepare)
    return engine
