"""Events as rows: read page by page, in the order of recording."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, gt, le, lt
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
        first: The id from which there is anything to find; so `last`.
    """

    after: str = ""
    before: str | None = None
    limit: int = PAGE
    is_newest_first: bool = False
    first: str = ""
    last: str | None = None


def page(connection: Connection, wanted: Filter, span: Span) -> list[Any]:
    """Return a piece of the wanted events."""
    bounds = _bounds(connection, wanted)
    if bounds is None:
        return []
    span = span._replace(first=bounds[0], last=bounds[1])
    codes = _codes(wanted)
    if codes is not None and len(codes) <= MERGED_AT_MOST:
        return _merged(connection, wanted, span, codes)
    return list(connection.execute(_piece(wanted, span, codes)))


def count(connection: Connection, wanted: Filter, before: str) -> int:
    """Return how many of them were recorded before an event."""
    row = _source(wanted)
    conditions = _conditions(row, wanted, Span(before=before), _codes(wanted))
    query = sa.select(sa.func.count(row.id)).where(*conditions)
    counted: int = connection.execute(query).scalar_one()
    return counted


def _bounds(connection: Connection, wanted: Filter) -> tuple[str, str | None] | None:
    """Return between which ids the events of the wanted time lie; None where there is none.

    A log is read in the order of recording. That of years would be read through for the
    few events of one night; the index on when they happened tells where to begin and end.
    """
    # A hold's events are few.
    if wanted.hold_id is not None or (wanted.since is None and wanted.until is None):
        return "", None
    row = EVENT.c
    # The bare id would be looked for in its own index, from the ends of the log inwards.
    key = row.id.concat("")
    query = sa.select(sa.func.min(key), sa.func.max(key))
    if wanted.since is not None:
        query = query.where(row.occurred_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(row.occurred_at < wanted.until)
    found: tuple[str | None, ...] = tuple(connection.execute(query).one())
    return None if found[0] is None else (found[0], found[1])


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
        rows += connection.execute(_piece(wanted, span, [code])).all()
    if len(codes) > 1:
        rows.sort(key=lambda row: row.id, reverse=span.is_newest_first)
    return rows[: span.limit]


def _piece(wanted: Filter, span: Span, codes: Collection[str] | None = None) -> sa.Select[Any]:
    row = _source(wanted)
    order = row.id.desc() if span.is_newest_first else row.id
    query = sa.select(row.id, row.body).where(*_conditions(row, wanted, span, codes))
    return query.order_by(order).limit(span.limit)


def _source(wanted: Filter) -> Any:
    """Return the columns of the table, or of one hold's events taken out of it first.

    Those are few. Beside another condition the databases take its index instead, and read
    all events of a kind, or of a jail, for those of one hold.
    """
    if wanted.hold_id is None:
        return EVENT.c
    theirs = sa.select(EVENT).where(EVENT.c.hold_id == wanted.hold_id)
    return theirs.cte("theirs").prefix_with("MATERIALIZED").c


def _conditions(
    row: Any, wanted: Filter, span: Span, codes: Collection[str] | None
) -> list[sa.ColumnElement[bool]]:
    asked: tuple[tuple[Any, Callable[[Any, Any], Any], sa.Column[Any]], ...] = (
        (span.after or None, gt, row.id),
        (span.before, lt, row.id),
        (span.first or None, ge, row.id),
        (span.last, le, row.id),
        (wanted.kind, eq, row.kind),
        (wanted.since, ge, row.occurred_at),
        (wanted.until, lt, row.occurred_at),
    )
    told = [compare(column, value) for value, compare, column in asked if value is not None]
    if codes is None:
        return told
    only = next(iter(codes)) if len(codes) == 1 else None
    return [*told, row.facility_code.in_(codes) if only is None else row.facility_code == only]
