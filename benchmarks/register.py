"""Registering holds one by one, each its own commit, through the registry.

Beside it, in the same run, the very rows that were written (hold, person, events,
alerts), inserted again by bare driver calls, one commit a hold, turn and turn about.
`--holds N` changes the number.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from benchmarks.support import raw, registrations, report, stage
from benchmarks.support.stage import Place
from scheduler.clock import SettableClock
from scheduler.store.engine import open_database

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
OF_RAW = 0.5
TURNS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=1_000)
    options = parser.parse_args()
    report.conditions(
        f"{options.holds:,} registrations with the person's name, one commit each; "
        f"best of {TURNS} turns"
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
    product_s, raw_s, rows_each = float("inf"), float("inf"), 0
    for turn in range(TURNS):
        numbers = range(turn * holds, (turn + 1) * holds)
        product_s = min(product_s, _register(furnished, numbers))
        groups = registrations.groups_of(furnished, numbers).values()
        raw_s = min(raw_s, _insert(target, groups))
        rows_each = sum(len(rows.values) for group in groups for rows in group) // holds
    print(place.name)
    report.line("holdclock", report.rate(holds, product_s), f"{rows_each} rows each")
    report.line("the same rows by bare driver calls", report.rate(holds, raw_s))
    return report.ratio("of the bare driver's rate", raw_s / product_s, OF_RAW)


def _register(url: str, numbers: range) -> float:
    house = stage.open_house(url, SettableClock(NOW))
    asked = [registrations.asked(number, NOW) for number in numbers]
    began = time.perf_counter()
    for each in asked:
        house.registry.register_hold(each, stage.OPERATOR)
    took = time.perf_counter() - began
    assert stage.count(house.database, "hold") == numbers.stop + 1
    assert stage.count(house.database, "event", "kind = 'hold_registered'") == numbers.stop + 1
    house.close()
    return took


def _insert(url: str, groups: Collection[Sequence[raw.Rows]]) -> float:
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
