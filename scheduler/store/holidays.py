"""Dated holidays that an administrator added."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store import tables

TABLE: sa.Table = tables.ExtraHoliday.__table__  # type: ignore[attr-defined]  # SQLModel adds it


class HolidayRecord(NamedTuple):
    """A dated holiday; an empty scope reaches everything."""

    id: str
    day: date
    name: str
    source: str
    policies: frozenset[str]
    states: frozenset[str]
    facilities: frozenset[str]


def all_of(connection: Connection) -> list[HolidayRecord]:
    """Return every added holiday, the earliest first."""
    # Asked at every registration, and nearly always empty: the short way round.
    if connection.exec_driver_sql("SELECT 1 FROM extra_holiday LIMIT 1").first() is None:
        return []
    rows = connection.execute(sa.select(TABLE).order_by(TABLE.c.day, TABLE.c.id))
    return [
        HolidayRecord(
            row.id,
            row.day,
            row.name,
            row.source,
            frozenset(row.policies.split()),
            frozenset(row.states.split()),
            frozenset(row.facilities.split()),
        )
        for row in rows
    ]


def add(connection: Connection, added: HolidayRecord, now: datetime) -> None:
    """Add a holiday."""
    connection.execute(
        sa.insert(TABLE).values(
            id=added.id,
            day=added.day,
            name=added.name,
            source=added.source,
            policies=" ".join(sorted(added.policies)),
            states=" ".join(sorted(added.states)),
            facilities=" ".join(sorted(added.facilities)),
            created_at=now,
        )
    )
