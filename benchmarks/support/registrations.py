"""Registrations to measure with, and the rows that each of them wrote."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.support import raw, stage
from scheduler import intake
from scheduler.domain.instants import rfc3339
from scheduler.intake import Registration
from scheduler.store.engine import open_database
from scheduler.store.holds import PERSON, TABLE
from scheduler.store.journal import DELIVERY, EVENT

KEYS: tuple[tuple[sa.Table, str], ...] = (
    (TABLE, "id"),
    (PERSON, "hold_id"),
    (EVENT, "hold_id"),
    (DELIVERY, "hold_id"),
)
"""What a registration writes, in the order in which the rows refer to one another."""


def ref(number: int) -> str:
    return f"2026-{number:06d}"


def body(number: int, now: datetime) -> dict[str, str]:
    """Return a registration as it is sent: a clock that runs, and a name to encrypt."""
    started = rfc3339(now - timedelta(minutes=number % 600))
    return {
        "facility_code": stage.FACILITY,
        "hold_ref": ref(number),
        "detainer_type": "I-247A",
        "lodged_at": started,
        "served_at": started,
        "would_release_at": started,
        "subject_name": f"Person {number}",
    }


def asked(number: int, now: datetime) -> Registration:
    """Return the same as the registry takes it."""
    return intake.read_registration(body(number, now), "America/New_York", now)


def groups_of(url: str, numbers: range) -> dict[str, list[raw.Rows]]:
    """Return by reference, table by table, the rows that these registrations wrote."""
    database = open_database(url, durable=False)
    its = f"hold_ref >= '{ref(numbers.start)}' AND hold_ref < '{ref(numbers.stop)}'"
    whole = [
        (raw.rows_in(database, table, f"{key} IN (SELECT id FROM hold WHERE {its})"), key)
        for table, key in KEYS
    ]
    refs = dict(stage.rows_of(database, "hold", ("id", "hold_ref"), "id", its))
    database.close()
    by_hold: dict[str, list[list[Any]]] = {refs[hold_id]: [[] for _ in KEYS] for hold_id in refs}
    for place, (rows, key) in enumerate(whole):
        at = rows.columns.index(key)
        for row in rows.values:
            by_hold[refs[row[at]]][place].append(row)
    assert len(by_hold) == len(numbers)
    return {
        name: [rows._replace(values=mine[place]) for place, (rows, _) in enumerate(whole)]
        for name, mine in by_hold.items()
    }
