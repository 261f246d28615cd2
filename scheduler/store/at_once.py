"""Rows of several tables, inserted together: a server is asked once, not once a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.engine import Connection

from scheduler.store.bulk import MANY, Bulk, Row, json_text
from scheduler.store.engine import WAKE_CHANNEL, notify


class Insertion(NamedTuple):
    """Rows for one table."""

    bulk: Bulk
    rows: Sequence[Row]


def insert(connection: Connection, insertions: Sequence[Insertion], *, wakes: bool = False) -> None:
    """Insert rows of several tables, those first to which others refer.

    Args:
        connection: In a transaction.
        insertions: The rows.
        wakes: Wake workers on other hosts when this commits (PostgreSQL only).
    """
    wanted = [each for each in insertions if each.rows]
    is_few = all(len(each.rows) < MANY for each in wanted)
    if connection.dialect.name == "sqlite" or not is_few or len(wanted) == 1:
        for bulk, rows in wanted:
            bulk.insert(connection, rows)
        if wakes:
            notify(connection)
        return
    connection.exec_driver_sql(
        _statement(tuple(each.bulk for each in wanted), wakes=wakes),
        tuple(json_text(each.bulk.records(each.rows)) for each in wanted),
    )


@lru_cache(maxsize=32)
def _statement(bulks: tuple[Bulk, ...], *, wakes: bool) -> str:
    """Write the statement: PostgreSQL looks at what refers to what at the end of it."""
    inserts = [bulk.insert_from("json_to_recordset(%s::json)") for bulk in bulks]
    last = f"SELECT pg_notify('{WAKE_CHANNEL}', '')" if wakes else inserts.pop()
    others = ", ".join(f"part{place} AS ({insert})" for place, insert in enumerate(inserts))
    return f"WITH {others} {last}"
