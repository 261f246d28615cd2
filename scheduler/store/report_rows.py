"""What reports count: holds as they stand, and the events that tell how they stood."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.events import Kind
from scheduler.store import rules, tables
from scheduler.store.holds import TABLE
from scheduler.store.journal import EVENT

FACILITY = tables.Facility.__table__

BATCH = 5000
COLUMNS = (
    "facility_code",
    "lodged_at",
    "served_at",
    "started_at",
    "notice_given_at",
    "outcome",
    "outcome_at",
    "expired_at",
    "accused",
    "accused_at",
)
"""Of a hold, in this order."""
DATES = tuple(name for name in COLUMNS if name.endswith("_at"))
OF_A_HOLD = [TABLE.c[name] for name in COLUMNS]


class Window(NamedTuple):
    """From the first instant of interest to the one after the last, UTC."""

    first: datetime
    end: datetime


class Told(NamedTuple):
    """The events of one hold, in the order of recording."""

    facility_code: str
    events: Iterator[dict[str, Any]]


def places(connection: Connection, codes: Collection[str] | None) -> list[sa.Row[Any]]:
    """Return facilities: code, name, state, zone, and whether small counts are hidden."""
    query = sa.select(
        FACILITY.c.code,
        FACILITY.c.name,
        FACILITY.c.state,
        FACILITY.c.timezone,
        FACILITY.c.small_counts_hidden,
    ).order_by(FACILITY.c.state, FACILITY.c.code)
    if codes is not None:
        query = query.where(FACILITY.c.code.in_(sorted(codes)))
    return list(connection.execute(query))


class Until(NamedTuple):
    """The record as it stood: what was recorded later is not looked at.

    Attributes:
        instant: UTC, inclusive.
        kinds: Of events that change what a report counts.
    """

    instant: datetime
    kinds: Collection[Kind]


def holds(
    connection: Connection, window: Window, until: Until | None = None
) -> Iterator[sa.Row[Any]]:
    """Yield the columns of every hold that may count in a window.

    Args:
        connection: One consistent view.
        window: Of the whole report, wide enough for every zone.
        until: Leave out the holds that something was written about later.
    """
    query = sa.select(*OF_A_HOLD).where(_touches(window))
    if until is not None:
        query = query.where(TABLE.c.id.not_in(_changed_after(until)))
    yield from connection.execution_options(yield_per=BATCH).execute(query)


def _touches(window: Window) -> sa.ColumnElement[bool]:
    """Say whether anything of a hold is dated in the window."""
    return sa.or_(*(TABLE.c[name].between(window.first, window.end) for name in DATES))


def _changed_after(until: Until) -> sa.Select[tuple[str]]:
    return sa.select(EVENT.c.hold_id).where(
        EVENT.c.id >= first_id(until.instant),
        EVENT.c.recorded_at > until.instant,
        EVENT.c.hold_id.is_not(None),
        EVENT.c.kind.in_(sorted(until.kinds)),
    )


def first_id(instant: datetime) -> str:
    """Return what the ids of events recorded from that instant on sort after (`store.ids`)."""
    number = int(instant.timestamp() * 1000)
    text = f"{number:012x}"
    return f"{text[:8]}-{text[8:]}"


def told_until(connection: Connection, until: Until) -> Iterator[Told]:
    """Yield what had been recorded by then of the holds that were written about later."""
    query = (
        sa.select(EVENT.c.hold_id, EVENT.c.facility_code, EVENT.c.body)
        .where(
            EVENT.c.hold_id.in_(_changed_after(until)),
            EVENT.c.recorded_at <= until.instant,
            EVENT.c.kind.in_(sorted(until.kinds)),
        )
        .order_by(EVENT.c.hold_id, EVENT.c.id)
    )
    rows = connection.execution_options(yield_per=BATCH).execute(query)
    for _, group in groupby(rows, key=lambda row: row.hold_id):
        first = next(group)
        bodies = (orjson.loads(row.body) for row in (first, *group))
        yield Told(first.facility_code, bodies)


def withdrawals(
    connection: Connection, window: Window, *, by: datetime | None = None
) -> list[sa.Row[Any]]:
    """Return where and when release-without-notification events were withdrawn."""
    query = (
        sa.select(EVENT.c.facility_code, EVENT.c.occurred_at)
        # Whatever is withdrawn opens a new edition of the hold: few have a second one.
        .join_from(TABLE, EVENT, EVENT.c.hold_id == TABLE.c.id)
        .where(
            TABLE.c.edition > 0,
            EVENT.c.kind == Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
            EVENT.c.occurred_at.between(window.first, window.end),
        )
    )
    if by is not None:
        query = query.where(EVENT.c.recorded_at <= by)
    return list(connection.execute(query))


def pinned_anchors(connection: Connection) -> Mapping[str, str]:
    """Return from what each pinned version of a policy starts its clock, by `i-247a v2`."""
    bodies = connection.execute(sa.select(rules.TABLE.c.body)).scalars()
    policies = [orjson.loads(body)["policy"] for body in bodies]
    return {f"{policy['id']} v{policy['version']}": policy["anchor"] for policy in policies}


def last_recorded_at(connection: Connection) -> datetime | None:
    """Return when the last event was recorded."""
    found: datetime | None = connection.execute(
        sa.select(EVENT.c.recorded_at).order_by(EVENT.c.id.desc()).limit(1)
    ).scalar()
    return found


def margin(window: Window) -> Window:
    """Widen a window by a day on either side: further than any zone is from another."""
    day = timedelta(days=1)
    return Window(window.first - day, window.end + day)
