"""Registering holds one by one, each its own commit, through the registry.

Beside it, in the same run, the very rows that were written (hold, person, events,
alerts), inserted again by bare driver calls, one commit a hold, turn and turn about.
`--holds N` changes the number.
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
from scheduler.store.engine import open_database
from scheduler.store.holds import PERSON, TABLE
from scheduler.store.journal import DELIVERY, EVENT

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
OF_RAW = 0.5
TURNS = 4
KEYS: tuple[tuple[sa.Table, str], ...] = (
    (TABLE, "id"),
    (PERSON, "hold_id"),
    (EVENT, "hold_id"),
    (DELIVERY, "hold_id"),
)
"""What a registration writes, in the order in which the rows refer to one another."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=1_000)
    options = parser.parse_args()
    report.conditions(
        f"{options.holds:,} registrations with the person's name, one commit each; best of {TURNS} turns"
    )
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
    best = [float("inf"), float("inf")]
    for turn in range(TURNS):
        numbers = range(turn * holds, (turn + 1) * holds)
        best[0] = min(best[0], _register(furnished, numbers))
        groups = _groups(furnished, numbers)
        best[1] = min(best[1], _insert(target, groups))
    product_s, raw_s = best
    each = sum(len(group.values) for group in groups[0])
    print(place.name)
    report.line("holdclock", report.rate(holds, product_s), f"{each} rows each")
    report.line("the same rows by bare driver calls", report.rate(holds, raw_s))
    return report.ratio("of the bare driver's rate", raw_s / product_s, OF_RAW)


def _ref(number: int) -> str:
    return f"2026-{number:06d}"


def _asked(number: int) -> Registration:
    started = (NOW - timedelta(minutes=number % 600)).isoformat()
    return intake.read_registration(
        {
            "facility_code": stage.FACILITY,
            "hold_ref": _ref(number),
            "lodged_at": started,
            "served_at": started,
            "would_release_at": started,
            "subject_name": f"Person {number}",
        },
        "America/New_York",
        NOW,
    )


def _register(url: str, numbers: range) -> float:
    house = stage.open_house(url, SettableClock(NOW))
    asked = [_asked(number) for number in numbers]
    began = time.perf_counter()
    for each in asked:
        house.registry.register_hold(each, stage.OPERATOR)
    took = time.perf_counter() - began
    assert stage.count(house.database, "hold") == numbers.stop + 1
    assert stage.count(house.database, "event", "kind = 'hold_registered'") == numbers.stop + 1
    house.close()
    return took


def _groups(url: str, numbers: range) -> list[Sequence[raw.Rows]]:
    """Return, hold by hold, the rows of each table."""
    database = open_database(url, durable=False)
    its = f"hold_ref >= '{_ref(numbers.start)}' AND hold_ref < '{_ref(numbers.stop)}'"
    whole = [
        (raw.rows_in(database, table, f"{key} IN (SELECT id FROM hold WHERE {its})"), key)
        for table, key in KEYS
    ]
    database.close()
    by_hold: dict[str, list[list[Any]]] = {}
    for place, (rows, key) in enumerate(whole):
        at = rows.columns.index(key)
        for row in rows.values:
            by_hold.setdefault(row[at], [[] for _ in KEYS])[place].append(row)
    assert len(by_hold) == len(numbers)
    return [
        [rows._replace(values=its[place]) for place, (rows, _) in enumerate(whole)]
        for its in by_hold.values()
    ]


def _insert(url: str, groups: list[Sequence[raw.Rows]]) -> float:
    database = open_database(url, durable=False)
    before = stage.count(database, "hold")
    with raw.driver_of(database) as driver:
        began = time.perf_counter()
        for group in groups:
            raw.insert_on(driver, group)
        took = time.perf_counter() - began
    assert stage.count(database, "hold") == before + len(groups)
    database.close()
    return took


if __name__ == "__main__":
    main()
