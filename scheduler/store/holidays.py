"""Dated holidays that an administrator added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from scheduler.errors import HoldNotFoundError
from scheduler.store import tables

TABLE = tables.ExtraHoliday.__table__
SCOPES = ("policies", "states", "facilities")


class HolidayRecord(NamedTuple):
    """A dated holiday; an empty scope reaches everything."""

    id: str
    day: date
    name: str
    source: str
    policies: frozenset[str]
    states: frozenset[str]
    facilities: frozenset[str]
    disabled_at: datetime | None = None


def all_of(connection: Connection) -> list[HolidayRecord]:
    """Return every added holiday that counts, the earliest first."""
    # Asked at every registration, and nearly always empty: the short way round.
    if connection.exec_driver_sql("SELECT 1 FROM extra_holiday LIMIT 1").first() is None:
        return []
    return counting(ever_added(connection))


def counting(records: Iterable[HolidayRecord]) -> list[HolidayRecord]:
    """Leave out those that were withdrawn."""
    return [record for record in records if record.disabled_at is None]


def ever_added(connection: Connection) -> list[HolidayRecord]:
    """Return every added holiday, those that were withdrawn too, the earliest first."""
    rows = connection.execute(sa.select(TABLE).order_by(TABLE.c.day, TABLE.c.id))
    return [_record(row) for row in rows]


def get(connection: Connection, holiday_id: str, *, lock: bool = False) -> HolidayRecord:
    """Return an added holiday.

    Args:
        connection: Any; of a transaction that writes where the row is locked for it.
        holiday_id: Its id.
        lock: Nobody else changes it before this transaction ends.

    Raises:
        HoldNotFoundError: There is none.
    """
    query = sa.select(TABLE).where(TABLE.c.id == holiday_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise HoldNotFoundError(f"holiday '{holiday_id}': there is none on record")
    return _record(row)


def add(connection: Connection, added: HolidayRecord, now: datetime) -> None:
    """Add a holiday."""
    connection.execute(sa.insert(TABLE).values(**_values(added), created_at=now))


def replace(connection: Connection, changed: HolidayRecord) -> None:
    """Write a holiday in place of the one that has its id."""
    connection.execute(sa.update(TABLE).where(TABLE.c.id == changed.id).values(**_values(changed)))


def _record(row: Row[Any]) -> HolidayRecord:
    return HolidayRecord(
        row.id,
        row.day,
        row.name,
        row.source,
        frozenset(row.policies.split()),
        frozenset(row.states.split()),
        frozenset(row.facilities.split()),
        row.disabled_at,
    )


def _values(record: HolidayRecord) -> dict[str, Any]:
    scopes = {name: " ".join(sorted(getattr(record, name))) for name in SCOPES}
    return {**record._asdict(), **scopes}
