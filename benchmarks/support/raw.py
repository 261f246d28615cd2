"""The limit to measure against: the rows the product wrote, written again by bare driver calls.

No reading, no deciding, no identifiers to make, no text to build: only the
statements, each row whole and one statement after the other, in transactions of
the same size, on a copy of the same database with the same indexes and triggers.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from benchmarks.support import stage
from scheduler.store.engine import Database
from scheduler.store.holds import TABLE as HOLD
from scheduler.store.journal import DELIVERY, EVENT

KEY = "was_id"


class Rows(NamedTuple):
    """Rows of one table; for an update the key comes last in each."""

    table: sa.Table
    columns: tuple[str, ...]
    values: list[tuple[Any, ...]]


class Work(NamedTuple):
    """What a drain wrote, hold by hold in the same order."""

    holds: Rows
    events: Rows
    deliveries: Rows


def work_of(before: Database, after: Database) -> Work:
    """Return what was written between two states of one database."""
    events, deliveries = (_inserts(before, after, table) for table in (EVENT, DELIVERY))
    about = events.columns.index("hold_id")
    order = {row[about]: place for place, row in enumerate(events.values)}
    holds = _updates(before, after)
    holds.values.sort(key=lambda row: order[row[-1]])
    return Work(holds, events, deliveries)


def work_about(database: Database, hold_ref: str) -> Work:
    """Return what a tick wrote about one hold: a reminder and its alerts."""
    its = f"hold_id = (SELECT id FROM hold WHERE hold_ref = '{hold_ref}')"
    columns = ("reminded_to", "escalated", "escalate_at", "next_due_at", "alert_sequence")
    hold = stage.rows_of(database, "hold", (*columns, "id"), "id", f"hold_ref = '{hold_ref}'")
    events = rows_in(database, EVENT, f"{its} AND kind = 'reminder_due'")
    deliveries = rows_in(database, DELIVERY, f"{its} AND type = 'hold.reminder'")
    return Work(Rows(HOLD, columns, hold), events, deliveries)


def again(work: Work, number: int) -> Work:
    """Return the same work under other ids and another step, so that it can be written again."""
    at = work.events.columns.index("step")
    about = work.deliveries.columns.index("event_id")
    event_id = f"again-{number}"
    events = [(event_id, *row[1:at], event_id, *row[at + 1 :]) for row in work.events.values]
    deliveries = [
        (f"{event_id}-{place}", *row[1:about], event_id, *row[about + 1 :])
        for place, row in enumerate(work.deliveries.values)
    ]
    return Work(
        work.holds, work.events._replace(values=events), work.deliveries._replace(values=deliveries)
    )


def _updates(before: Database, after: Database) -> Rows:
    old = stage.rows_of(before, "hold", stage.COLUMNS, "id")
    new = stage.rows_of(after, "hold", stage.COLUMNS, "id")
    pairs = list(zip(old, new, strict=True))
    changed = [
        at for at in range(len(stage.COLUMNS)) if any(was[at] != is_[at] for was, is_ in pairs)
    ]
    values = [(*(is_[at] for at in changed), is_[0]) for was, is_ in pairs if was != is_]
    return Rows(HOLD, tuple(stage.COLUMNS[at] for at in changed), values)


def _inserts(before: Database, after: Database, table: sa.Table) -> Rows:
    known = {row[0] for row in stage.rows_of(before, table.name, ("id",), "id")}
    rows = rows_in(after, table)
    return rows._replace(values=[row for row in rows.values if row[0] not in known])


def rows_in(database: Database, table: sa.Table, where: str = "1 = 1") -> Rows:
    """Return the rows of a table, without the columns that are empty in all of them."""
    names = tuple(column.name for column in table.columns)
    rows = stage.rows_of(database, table.name, names, table.primary_key.columns[0].name, where)
    used = [at for at in range(len(names)) if any(row[at] is not None for row in rows)]
    return Rows(
        table, tuple(names[at] for at in used), [tuple(row[at] for at in used) for row in rows]
    )


Driver = sqlite3.Connection | psycopg.Connection[Any]


@contextlib.contextmanager
def driver_of(database: Database) -> Iterator[Driver]:
    """Lend the driver's own connection."""
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, (sqlite3.Connection, psycopg.Connection))
        yield driver


def write(database: Database, work: Work, batch: int) -> None:
    """Write it, in transactions of `batch` holds."""
    with driver_of(database) as driver:
        write_on(driver, work, batch)


def write_on(driver: Driver, work: Work, batch: int) -> None:
    """Write it on a connection that is open already."""
    if isinstance(driver, sqlite3.Connection):
        _write_sqlite(driver, work, batch)
    else:
        _write_postgresql(driver, work, batch)


def insert_on(driver: Driver, group: Sequence[Rows]) -> None:
    """Insert rows of several tables in one transaction, a statement a table."""
    if isinstance(driver, sqlite3.Connection):
        driver.execute("BEGIN IMMEDIATE")
        for rows in group:
            driver.execute(_insert(rows, "?"), [value for row in rows.values for value in row])
        driver.execute("COMMIT")
        return
    for rows in group:
        values = [value for row in rows.values for value in row]
        driver.execute(_insert(rows, "%s").encode(), values)
    driver.commit()


def _insert(rows: Rows, mark: str) -> str:
    one = f"({', '.join(mark for _ in rows.columns)})"
    every = ", ".join(one for _ in rows.values)
    return f"INSERT INTO {rows.table.name} ({', '.join(rows.columns)}) VALUES {every}"


def _batches(work: Work, batch: int) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    """Cut the work into transactions; each hold brings the same number of rows."""
    holds, events, deliveries = (rows.values for rows in work)
    alerts = batch * len(deliveries) // len(holds)
    for number in range((len(holds) + batch - 1) // batch):
        at, to = number * batch, (number + 1) * batch
        yield holds[at:to], events[at:to], deliveries[number * alerts : (number + 1) * alerts]


def _write_sqlite(driver: sqlite3.Connection, work: Work, batch: int) -> None:
    changes = ", ".join(f"{name} = ?" for name in work.holds.columns)
    update = f"UPDATE hold SET {changes} WHERE id = ?"
    insert_events, insert_deliveries = (
        f"INSERT INTO {rows.table.name} ({', '.join(rows.columns)}) "
        f"VALUES ({', '.join('?' for _ in rows.columns)})"
        for rows in (work.events, work.deliveries)
    )
    for holds, events, deliveries in _batches(work, batch):
        driver.execute("BEGIN IMMEDIATE")
        driver.executemany(insert_events, events)
        driver.executemany(insert_deliveries, deliveries)
        driver.executemany(update, holds)
        driver.execute("COMMIT")


def _write_postgresql(driver: psycopg.Connection[Any], work: Work, batch: int) -> None:
    changes = ", ".join(f"{name} = fresh.{name}" for name in work.holds.columns)
    update = f"UPDATE hold SET {changes} FROM {_record(work.holds, KEY)} WHERE id = fresh.{KEY}"
    insert_events, insert_deliveries = (
        f"INSERT INTO {rows.table.name} ({', '.join(rows.columns)}) "
        f"SELECT {', '.join(rows.columns)} FROM {_record(rows)}"
        for rows in (work.events, work.deliveries)
    )
    for holds, events, deliveries in _batches(work, batch):
        driver.execute(insert_events.encode(), [_json(work.events.columns, events)])
        driver.execute(insert_deliveries.encode(), [_json(work.deliveries.columns, deliveries)])
        driver.execute(update.encode(), [_json((*work.holds.columns, KEY), holds)])
        driver.commit()


def _record(rows: Rows, *keys: str) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it bare
    typed = [f"{name} {rows.table.c[name].type.compile(dialect)}" for name in rows.columns]
    typed += [f"{key} text" for key in keys]
    return f"json_to_recordset(%s::json) AS fresh({', '.join(typed)})"


def _json(columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> str:
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in values]).decode()
