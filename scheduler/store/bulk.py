"""Many rows in one statement: the hot path of both databases.

PostgreSQL takes one JSON text and unpacks it itself, which is twice as fast as
arrays or `executemany`; what all rows of a large batch have in common is sent
beside it, once. SQLite does the same where that leaves little to unpack, and else
takes tuples through the driver's `executemany` (Core's dictionaries cost twice as
much).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlmodel.sql.sqltypes import UTCDateTime

Row = Sequence[Any]

MANY = 100
"""From so many rows on it is worth looking for what they have in common."""
UNPACKED_AT_MOST = 6
"""Columns that SQLite unpacks from JSON in the time in which the driver hands over all."""


# A batch spells the same few instants (now, what was due) in a thousand rows:
# spelling one takes 1.8 us, finding it 0.1.
@lru_cache(maxsize=1024)
def instant_text(instant: datetime | None) -> str | None:
    """Spell an instant as the SQLite columns hold it: UTC, microseconds, no offset."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


# A hold names most of its instants two or three times.
@lru_cache(maxsize=1024)
def instant_from(text: str) -> datetime:
    """Read an instant from an SQLite column."""
    # With the offset in the text: replacing it afterwards takes five times as long.
    return datetime.fromisoformat(text + "+00:00")


def is_instant(column: sa.Column[Any]) -> bool:
    """Say whether a column holds an instant."""
    return isinstance(column.type, UTCDateTime)


# PostgreSQL looks up each row's foreign keys by a statement of its own. Left alone, it
# may plan that anew for every row, at twice the cost of writing the row, or keep a plan
# that reads the whole table because the table was small once.
_FOUND_BY_KEY = (
    "SET LOCAL plan_cache_mode = force_generic_plan",
    "SET LOCAL enable_seqscan = off",
)


@contextmanager
def unawaited(connection: Connection) -> Iterator[None]:
    """Do not wait for a server's answers: it writes while the next rows are made.

    SQLite writes in this process, and nothing changes. On PostgreSQL nothing can be
    read in here, and a refusal comes with a later statement, or at the end.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        yield
        return
    try:
        with driver.pipeline():
            for setting in _FOUND_BY_KEY:
                connection.exec_driver_sql(setting)
            yield
    except psycopg.Error as exc:
        raise sa.exc.DBAPIError.instance(None, None, exc, psycopg.Error) from exc


class Updated:
    """An update, which the server may still be at."""

    def __init__(self, done: sa.CursorResult[Any] | None) -> None:
        self._done = done

    def count(self) -> int:
        """Return how many rows were there under their key, once the answer has come."""
        if self._done is None:
            return 0
        counted = self._done.rowcount
        # Made before the answer came: the driver's own cursor knows it by now.
        return counted if counted >= 0 else int(self._done.context.cursor.rowcount)


class _Source(NamedTuple):
    """Rows as a statement takes them: each column's expression, their table, its parameters."""

    values: list[str]
    rows: str
    parameters: tuple[Any, ...]


def json_text(records: object) -> str:
    """Spell rows for the database to unpack; bytes as PostgreSQL reads them."""
    return orjson.dumps(records, default=_bytes_text).decode()


def _bytes_text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} has no form as JSON")
    return f"\\x{value.hex()}"


class Bulk:
    """Inserts or updates rows of one table, always with the same columns.

    Args:
        table: Whose rows.
        columns: What each row gives, in this order.
        key: What an update finds a row by; its values follow the columns'.
        fixed: What every row has in common, as literals: they need not be sent.
    """

    def __init__(
        self,
        table: sa.Table,
        columns: Sequence[str],
        key: Sequence[str] = (),
        *,
        fixed: Mapping[str, str] | None = None,
    ) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._key = tuple(key)
        self._fixed = dict(fixed or {})
        self._instants = tuple(
            position
            for position, name in enumerate((*self._columns, *self._key))
            if is_instant(table.c[name])
        )
        self._has_bytes = any(isinstance(table.c[name].type, sa.LargeBinary) for name in columns)
        self._sqlite_insert = self._write_sqlite_insert()
        self._sqlite_update = self._write_sqlite_update()
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare
        self._types = [table.c[name].type.compile(dialect) for name in (*self._columns, *self._key)]

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert rows, each in the order of the columns."""
        if not rows:
            return
        # The first column is the key, or begins it.
        shared = self._in_common(rows, range(1, len(self._columns)))
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite and not self._are_few_left(shared):
            connection.exec_driver_sql(self._sqlite_insert, self._plain(rows))
            return
        source = self._source(rows, shared, is_sqlite=is_sqlite)
        names = ", ".join((*self._columns, *self._fixed))
        values = ", ".join((*source.values, *self._fixed.values()))
        into = f"INSERT INTO {self._table.name} ({names})"
        connection.exec_driver_sql(f"{into} SELECT {values} FROM {source.rows}", source.parameters)

    def records(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows as JSON has them, for `insert_from`; what is empty is left out."""
        return [
            {
                name: value
                for name, value in zip(self._columns, row, strict=True)
                if value is not None
            }
            for row in rows
        ]

    def insert_from(self, source: str) -> str:
        """Return PostgreSQL's statement that inserts what a function makes of such rows."""
        names = ", ".join((*self._columns, *self._fixed))
        values = ", ".join((*(f"fresh.{name}" for name in self._columns), *self._fixed.values()))
        pairs = zip(self._columns, self._types, strict=False)
        typed = ", ".join(f"{name} {type_}" for name, type_ in pairs)
        into = f"INSERT INTO {self._table.name} ({names})"
        return f"{into} SELECT {values} FROM {source} AS fresh({typed})"

    def update(self, connection: Connection, rows: Sequence[Row]) -> Updated:
        """Update rows by their key; each has the columns' values, then the key's."""
        if not rows:
            return Updated(None)
        shared = self._in_common(rows, range(len(self._columns)))
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite and not self._are_few_left(shared):
            return Updated(connection.exec_driver_sql(self._sqlite_update, self._plain(rows)))
        source = self._source(rows, shared, is_sqlite=is_sqlite)
        table = self._table.name
        # The key's values follow the columns'.
        changes = self._changes(dict(zip(self._columns, source.values, strict=False)))
        was = source.values[len(self._columns) :]
        match = " AND ".join(
            f"{table}.{name} = {value}" for name, value in zip(self._key, was, strict=True)
        )
        update = f"UPDATE {table} SET {changes} FROM {source.rows} WHERE {match}"
        return Updated(connection.exec_driver_sql(update, source.parameters))

    def _in_common(self, rows: Sequence[Row], places: range) -> dict[int, Any]:
        """Return the values that all rows share, by place; nobody need unpack them."""
        # Of a few rows none: their statement stays the same, and the server has it prepared.
        if len(rows) < MANY:
            return {}
        columns = list(zip(*rows, strict=True))
        return {
            place: columns[place][0]
            for place in places
            if columns[place].count(columns[place][0]) == len(rows)
        }

    def _are_few_left(self, shared: Collection[int]) -> bool:
        """Say whether so much is shared that SQLite gains by unpacking the rest itself."""
        left = len(self._columns) + len(self._key) - len(shared)
        return bool(shared) and left <= UNPACKED_AT_MOST and not self._has_bytes

    def _source(
        self, rows: Sequence[Row], shared: Mapping[int, Any], *, is_sqlite: bool
    ) -> _Source:
        """Return what the database makes rows of: what they share, and the rest as one JSON text."""
        names = (*self._columns, *(f"was_{name}" for name in self._key))
        each = [place for place in range(len(names)) if place not in shared]
        columns = list(zip(*rows, strict=True))
        if is_sqlite:
            for place in self._instants:
                columns[place] = tuple(map(instant_text, columns[place]))
        told = tuple(columns[place][0] for place in shared)
        sent = zip(*(columns[place] for place in each), strict=True)
        if is_sqlite:
            marks = {place: f"fresh.value ->> {at}" for at, place in enumerate(each)}
            values = [marks.get(place, "?") for place in range(len(names))]
            return _Source(values, "json_each(?) AS fresh", (*told, json_text(list(sent))))
        values = [
            f"%s::{self._types[place]}" if place in shared else f"fresh.{name}"
            for place, name in enumerate(names)
        ]
        typed = ", ".join(f"{names[place]} {self._types[place]}" for place in each)
        keys = [names[place] for place in each]
        records = json_text([dict(zip(keys, row, strict=True)) for row in sent])
        return _Source(values, f"json_to_recordset(%s::json) AS fresh({typed})", (*told, records))

    def _plain(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        # Column by column: only the columns of instants are gone through value by value.
        columns: list[Any] = list(zip(*rows, strict=True))
        for position in self._instants:
            columns[position] = map(instant_text, columns[position])
        return list(zip(*columns, strict=True))

    def _write_sqlite_insert(self) -> str:
        names = ", ".join((*self._columns, *self._fixed))
        values = ", ".join((*("?" for _ in self._columns), *self._fixed.values()))
        return f"INSERT INTO {self._table.name} ({names}) VALUES ({values})"

    def _write_sqlite_update(self) -> str:
        changes = self._changes(dict.fromkeys(self._columns, "?"))
        match = " AND ".join(f"{name} = ?" for name in self._key)
        return f"UPDATE {self._table.name} SET {changes} WHERE {match}"

    def _changes(self, values: Mapping[str, str]) -> str:
        return ", ".join(f"{name} = {value}" for name, value in {**values, **self._fixed}.items())


def among(column: sa.Column[Any], parameter: str, *, is_sqlite: bool) -> sa.ColumnElement[bool]:
    """Say that a column is among any number of values, which are sent as one (`as_one`).

    A mark for each of a batch's ids takes longer to write out than the search does.
    """
    if is_sqlite:
        each = sa.func.json_each(sa.bindparam(parameter)).table_valued("value")
        return column.in_(sa.select(each.c.value))
    return column == sa.any_(sa.bindparam(parameter, type_=sa.ARRAY(sa.Text)))


def not_among(column: sa.Column[Any], parameter: str, *, is_sqlite: bool) -> sa.ColumnElement[bool]:
    """Say that a column is none of any number of values, which are sent as one (`as_one`)."""
    if is_sqlite:
        each = sa.func.json_each(sa.bindparam(parameter)).table_valued("value")
        return column.not_in(sa.select(each.c.value))
    # Not the opposite of `= ANY`, which SQLAlchemy takes for `<> ANY`.
    return column != sa.all_(sa.bindparam(parameter, type_=sa.ARRAY(sa.Text)))


def as_one(values: Sequence[str], *, is_sqlite: bool) -> str | list[str]:
    """Return values in the form that `among` takes them."""
    return orjson.dumps(values).decode() if is_sqlite else list(values)


Values = Sequence[Any]
"""One column of a batch, top to bottom."""
Reader = Callable[[Any], Any]


def loader(
    columns: Sequence[sa.Column[Any]], readers: Mapping[str, Reader], *, is_sqlite: bool
) -> Callable[[Sequence[Row]], list[Values]]:
    """Return a function that turns a driver's rows into columns of Python values.

    Most columns of a batch of holds are empty: column by column they are passed over at once.

    Args:
        columns: Of the rows.
        readers: What makes a value of a text, by column.
        is_sqlite: Instants come as text and booleans as numbers.
    """
    own = [
        readers.get(column.name) or (_reader(column) if is_sqlite else None) for column in columns
    ]

    def load(rows: Sequence[Row]) -> list[Values]:
        read: Iterable[Values] = zip(*rows, strict=True) if rows else [()] * len(own)
        return [
            values
            if make is None or values.count(None) == len(values)
            else [None if value is None else make(value) for value in values]
            for values, make in zip(read, own, strict=True)
        ]

    return load


def _reader(column: sa.Column[Any]) -> Reader | None:
    if is_instant(column):
        return instant_from
    return bool if isinstance(column.type, sa.Boolean) else None
