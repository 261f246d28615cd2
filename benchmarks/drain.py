"""Ten thousand holds due at one instant: each writes an event and two alerts.

Beside it, in the same run: the same rows by bare driver calls, and APScheduler 3
running as many one-off jobs that write nothing. `--holds N` changes the number,
`--runs N` how often each is measured (the best counts, on every side).
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime

from benchmarks.support import peers, raw, report, stage
from benchmarks.support.stage import Place
from scheduler.clock import SettableClock
from scheduler.store.engine import open_database
from scheduler.worker.deadlines import BATCH, Deadlines, Ticked
from scheduler.worker.timekeeper import Timekeeper

DUE_AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
OF_RAW = {"SQLite": 0.4, "PostgreSQL": 0.6}
OF_APSCHEDULER = 5.0


def main() -> None:
    options = _options()
    report.conditions(
        f"{options.holds:,} holds due at one instant, 1 event and 2 outbox rows each, batches of "
        f"{BATCH}; best of {options.runs}; APScheduler's jobs write nothing and are never dropped"
    )
    met = []
    with stage.places() as places:
        for place in places:
            met += _compare(place, options.holds, options.runs)
    report.finish(met)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def _compare(place: Place, holds: int, runs: int) -> list[bool]:
    seeded = _seed(place, holds)
    product, bare, peer = [], [], []
    work: raw.Work | None = None
    # In turn, so that whatever else the machine does falls on all three alike.
    for _ in range(runs):
        drained = place.copy(seeded)
        product.append(_drain(drained, holds))
        work = work or _work(seeded, drained)
        bare.append(_write_raw(place.copy(seeded), work))
        peer.append(peers.apscheduler_drain_s(place.bare(), holds))
    product_s, raw_s, peer_s = min(product), min(bare), min(peer)
    print(place.name)
    report.line("holdclock, holds", report.rate(holds, product_s))
    report.line("the same rows by bare driver calls", report.rate(holds, raw_s))
    report.line("APScheduler 3, jobs that write nothing", report.rate(holds, peer_s))
    return [
        report.ratio("of the bare driver's rate", raw_s / product_s, OF_RAW[place.name]),
        report.ratio("times APScheduler's", peer_s / product_s, OF_APSCHEDULER),
    ]


def _seed(place: Place, holds: int) -> str:
    url = place.new()
    house = stage.open_house(url, SettableClock(DUE_AT - stage.LEAD))
    stage.furnish(house)
    first = stage.register(house, "FIRST", first_rung_at=DUE_AT)
    stage.multiply(house.database, first.id, holds - 1)
    house.close()
    return url


def _drain(url: str, holds: int) -> float:
    clock = SettableClock(DUE_AT)
    house = stage.open_house(url, clock)
    timekeeper = Timekeeper(house.database, clock)
    deadlines = Deadlines(house.database, timekeeper, rule_book=house.rule_book)
    began = time.perf_counter()
    done = deadlines.drain()
    took = time.perf_counter() - began
    assert done == Ticked(holds, holds, 0), done
    assert stage.count(house.database, "event", "kind = 'reminder_due'") == holds
    assert stage.count(house.database, "delivery", "type = 'hold.reminder'") == 2 * holds
    house.close()
    return took


def _work(seeded: str, drained: str) -> raw.Work:
    before, after = (open_database(url, durable=False) for url in (seeded, drained))
    work = raw.work_of(before, after)
    before.close()
    after.close()
    return work


def _write_raw(url: str, work: raw.Work) -> float:
    database = open_database(url, durable=False)
    began = time.perf_counter()
    raw.write(database, work, BATCH)
    took = time.perf_counter() - began
    assert stage.count(database, "event", "kind = 'reminder_due'") == len(work.events.values)
    assert stage.count(database, "delivery", "type = 'hold.reminder'") == len(
        work.deliveries.values
    )
    assert stage.count(database, "hold", "reminded_to IS NOT NULL") == len(work.holds.values)
    database.close()
    return took


if __name__ == "__main__":
    main()
