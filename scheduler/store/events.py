"""Events as rows: read page by page, in the order of recording."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.store.journal import EVENT

PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which events; None does not ask."""

    kind: str | None = None
    facility_code: str | None = None
    facility_codes: Collection[str] | None = None
    hold_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(connection: Connection, wanted: Filter, after: str) -> list[Any]:
    """Return the next page of wanted events after an id, oldest first."""
    query = sa.select(EVENT.c.id, EVENT.c.body).where(EVENT.c.id > after)
    conditions = (
        (wanted.kind, EVENT.c.kind == wanted.kind),
        (wanted.facility_code, EVENT.c.facility_code == wanted.facility_code),
        (wanted.hold_id, EVENT.c.hold_id == wanted.hold_id),
    )
    for value, condition in conditions:
        if value is not None:
            query = query.where(condition)
    if wanted.facility_codes is not None:
        query = query.where(EVENT.c.facility_code.in_(sorted(wanted.facility_codes)))
    if wanted.since is not None:
        query = query.where(EVENT.c.occurred_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(EVENT.c.occurred_at < wanted.until)
    return list(connection.execute(query.order_by(EVENT.c.id).limit(PAGE)))
