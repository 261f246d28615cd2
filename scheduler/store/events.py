"""Events as rows: read page by page, in the order of recording."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, gt, lt
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store.journal import EVENT

PAGE = 1000
MERGED_AT_MOST = 64
"""Facilities whose events are read by one index each; a reader of more sees most of the log."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which events; None does not ask."""

    kind: str | None = None
    facility_code: str | None = None
    facility_codes: Collection[str] | None = None
    hold_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Span(NamedTuple):
    """Which piece of them.

    Attributes:
        after: The id of an event: those recorded later.
        before: The same: those recorded earlier.
        limit: At most so many.
        is_newest_first: The last recorded first.
    """

    after: str = ""
    before: str | None = None
    limit: int = PAGE
    is_newest_first: bool = False


def page(connection: Connection, wanted: Filter, span: Span) -> list[Any]:
    """Return a piece of the wanted events."""
    codes = _codes(wanted)
    if codes is not None and len(codes) <= MERGED_AT_MOST:
        return _merged(connection, wanted, span, codes)
    query = _piece(wanted, span)
    if codes is not None:
        query = query.where(EVENT.c.facility_code.in_(codes))
    return list(connection.execute(query))


def count(connection: Connection, wanted: Filter, before: str) -> int:
    """Return how many of them were recorded before an event."""
    codes = _codes(wanted)
    query = sa.select(sa.func.count()).where(*_conditions(wanted, Span(before=before)))
    if codes is not None:
        query = query.where(EVENT.c.facility_code.in_(codes))
    counted: int = connection.execute(query).scalar_one()
    return counted


def _codes(wanted: Filter) -> list[str] | None:
    """Return the facilities in question, or None where there is no such limit."""
    if wanted.facility_code is None:
        return None if wanted.facility_codes is None else sorted(wanted.facility_codes)
    is_seen = wanted.facility_codes is None or wanted.facility_code in wanted.facility_codes
    return [wanted.facility_code] if is_seen else []


def _merged(
    connection: Connection, wanted: Filter, span: Span, codes: Collection[str]
) -> list[Any]:
    """Return a piece of some facilities' events, each read from its own place in the index.

    A list of codes in one condition would have all their events sorted for one page.
    """
    rows: list[Any] = []
    for code in codes:
        query = _piece(wanted, span).where(EVENT.c.facility_code == code)
        rows += connection.execute(query).all()
    if len(codes) > 1:
        rows.sort(key=lambda row: row.id, reverse=span.is_newest_first)
    return rows[: span.limit]


def _piece(wanted: Filter, span: Span) -> sa.Select[Any]:
    order = EVENT.c.id.desc() if span.is_newest_first else EVENT.c.id
    query = sa.select(EVENT.c.id, EVENT.c.body).where(*_conditions(wanted, span))
    return query.order_by(order).limit(span.limit)


def _conditions(wanted: Filter, span: Span) -> list[sa.ColumnElement[bool]]:
    row = EVENT.c
    asked: tuple[tuple[Any, Callable[[Any, Any], Any], sa.Column[Any]], ...] = (
        (span.after or None, gt, row.id),
        (span.before, lt, row.id),
        (wanted.kind, eq, row.kind),
        (wanted.hold_id, eq, row.hold_id),
        (wanted.since, ge, row.occurred_at),
        (wanted.until, lt, row.occurred_at),
    )
    return [compare(column, value) for value, compare, column in asked if value is not None]
