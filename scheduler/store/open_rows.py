"""Open holds as a board reads them: all at once, in no order, with where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.hold import OPEN_STATUSES, Status
from scheduler.store import directory, listing
from scheduler.store.directory import FACILITY, OFFICE, FacilityRecord, Sight
from scheduler.store.holds import TABLE
from scheduler.store.listing import Listed


def of_facilities(connection: Connection, codes: Sight) -> list[Listed]:
    """Return the open holds of these facilities."""
    return listing.unordered(connection, _open(codes))


def due(connection: Connection, codes: Sight, now: datetime) -> list[Listed]:
    """Return the open holds that have expired, or for which anything is due."""
    is_due = sa.or_(TABLE.c.status == Status.EXPIRED.value, TABLE.c.next_due_at <= now)
    return listing.unordered(connection, sa.and_(_open(codes), is_due))


def _open(codes: Sight) -> sa.ColumnElement[bool]:
    is_open = TABLE.c.status.in_(sorted(OPEN_STATUSES))
    return is_open if codes is None else is_open & TABLE.c.facility_code.in_(sorted(codes))


def facilities(connection: Connection, codes: Sight) -> dict[str, FacilityRecord]:
    """Return facilities by their code, in the order of their names."""
    query = sa.select(FACILITY).order_by(FACILITY.c.name, FACILITY.c.code)
    if codes is not None:
        query = query.where(FACILITY.c.code.in_(sorted(codes)))
    return {row.code: directory.record(row) for row in connection.execute(query)}


def office_names(connection: Connection) -> Mapping[str, str]:
    """Return what each office is called, by its code."""
    rows = connection.execute(sa.select(OFFICE.c.code, OFFICE.c.name))
    return {row.code: row.name for row in rows}
