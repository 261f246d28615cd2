"""How often somebody asked, as rows: one counter a key, good to the end of its window."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from scheduler.store import account_tables

COUNTER = account_tables.RateCounter.__table__


class Asked(NamedTuple):
    """What is to be added to a counter.

    Attributes:
        amount: How often somebody asked since.
        ends_at: Of a window that begins now; one that runs keeps its end.
    """

    amount: int
    ends_at: datetime


class Counter(NamedTuple):
    """A counter as it stands."""

    asked: int
    ends_at: datetime


def add(connection: Connection, asked: Mapping[str, Asked], now: datetime) -> dict[str, Counter]:
    """Count, and drop the counters whose window has ended.

    Args:
        connection: Of a transaction that writes.
        asked: By key.
        now: UTC.

    Returns:
        The counters of these keys as they stand now.
    """
    connection.execute(sa.delete(COUNTER).where(COUNTER.c.ends_at <= now))
    statement = _adding(is_sqlite=connection.dialect.name == "sqlite")
    found: dict[str, Counter] = {}
    # In one order: two processes that count the same keys must not lock each other out.
    for key in sorted(asked):
        values = {"key": key, "asked": asked[key].amount, "ends_at": asked[key].ends_at}
        found[key] = Counter(*connection.execute(statement, values).one())
    return found


@cache
def _adding(*, is_sqlite: bool) -> Any:
    insert = sqlite.insert(COUNTER) if is_sqlite else postgresql.insert(COUNTER)
    added = {"asked": COUNTER.c.asked + insert.excluded.asked}
    return insert.on_conflict_do_update(index_elements=["key"], set_=added).returning(
        COUNTER.c.asked, COUNTER.c.ends_at
    )


def read(connection: Connection, key: str, now: datetime) -> Counter | None:
    """Return a counter whose window runs."""
    query = sa.select(COUNTER.c.asked, COUNTER.c.ends_at).where(
        COUNTER.c.key == key, COUNTER.c.ends_at > now
    )
    row = connection.execute(query).first()
    return None if row is None else Counter(*row)


def forget(connection: Connection, key: str | None = None) -> int:
    """Drop a counter, or all of them; return how many there were."""
    query = sa.delete(COUNTER)
    return connection.execute(query if key is None else query.where(COUNTER.c.key == key)).rowcount
