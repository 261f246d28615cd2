"""Registering holds one by one, each its own commit, through the registry.

Beside it, in the same run, the very rows that were written (hold, person, events,
alerts), inserted again by bare driver calls, one commit a hold. `--holds N`
changes the number.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.support import raw, report, stage
from benchmarks.support.stage import Place
from scheduler import intake
from scheduler.clock import SettableClock
from scheduler.intake import Registration
from scheduler.store.engine import Database, open_database
from scheduler.store.holds import PERSON, TABLE
from scheduler.store.journal import DELIVERY, EVENT

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
OF_RAW = 0.5
KEYS: tuple[tuple[sa.Table, str], ...] = (
    (TABLE, "id"),
    (PERSON, "hold_id"),
    (EVENT, "hold_id"),
    (DELIVERY, "hold_id"),
)
"""What a registration writes, in the order in which the rows refer to one another."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=2_000)
    options = parser.parse_args()
    report.conditions(f"{options.holds:,} registrations with the person's name, one commit each")
    with stage.places() as places:
        met = [_compare(place, options.holds) for place in places]
    report.finish(met)


def _compare(place: Place, holds: int) -> bool:
    furnished = place.new()
    house = stage.open_house(furnished, SettableClock(NOW))
    stage.furnish(house)
    # The rules are pinned by the first, and are no part of what is compared.
    stage.register(house, "FIRST", first_rung_at=NOW + stage.LEAD)
    house.close()
    target = place.copy(furnished)
    product_s = _register(furnished, holds)
    source = open_database(furnished, durable=False)
    groups = _groups(source, holds)
    source.close()
    raw_s = _insert(target, groups, holds)
    each = sum(len(group.values) for group in groups[0])
    print(place.name)
    report.line("holdclock", report.rate(holds, product_s), f"{each} rows each")
    report.line("the same rows by bare driver calls", report.rate(holds, raw_s))
    return report.ratio("of the bare driver's rate", raw_s / product_s, OF_RAW)


def _asked(number: int) -> Registration:
    started = (NOW - timedelta(minutes=number % 600)).isoformat()
    return intake.read_registration(
        {
            "facility_code": stage.FACILITY,
            "hold_ref": f"2026-{number:06d}",
            "lodged_at": started,
            "served_at": started,
            "would_release_at": started,
            "subject_name": f"Person {number}",
        },
        "America/New_York",
        NOW,
    )


def _register(url: str, holds: int) -> float:
    house = stage.open_house(url, SettableClock(NOW))
    asked = [_asked(number) for number in range(holds)]
    began = time.perf_counter()
    for each in asked:
        house.registry.register_hold(each, stage.OPERATOR)
    took = time.perf_counter() - began
    assert stage.count(house.database, "hold") == holds + 1
    assert stage.count(house.database, "event", "kind = 'hold_registered'") == holds + 1
    house.close()
    return took


def _groups(database: Database, holds: int) -> list[Sequence[raw.Rows]]:
    """Return, hold by hold, the rows of each table."""
    whole = [(raw.rows_in(database, table, f"{key} IS NOT NULL"), key) for table, key in KEYS]
    by_hold: dict[str, list[list[Any]]] = {}
    first = stage.rows_of(database, "hold", ("id",), "id", "hold_ref = 'FIRST'")[0][0]
    for place, (rows, key) in enumerate(whole):
        at = rows.columns.index(key)
        for row in rows.values:
            by_hold.setdefault(row[at], [[] for _ in KEYS])[place].append(row)
    del by_hold[first]
    assert len(by_hold) == holds
    return [
        [rows._replace(values=its[place]) for place, (rows, _) in enumerate(whole)]
        for its in by_hold.values()
    ]


def _insert(url: str, groups: list[Sequence[raw.Rows]], holds: int) -> float:
    database = open_database(url, durable=False)
    with raw.driver_of(database) as driver:
        began = time.perf_counter()
        for group in groups:
            raw.insert_on(driver, group)
        took = time.perf_counter() - began
    assert stage.count(database, "hold") == holds + 1
    database.close()
    return took


if __name__ == "__main__":
    main()
