"""One hold comes due among a hundred thousand open ones: how late is it committed?

The whole worker runs: its loop, its ticker, its delivery threads. Beside it, in
the same run, a bare wait that ends at an instant and a transaction with the same
rows; and how long finding the next due instant takes among few holds and many.
`--open N` changes the number (1000000 takes minutes), `--repeats N` how often.
"""

from __future__ import annotations

import argparse
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from benchmarks.support import raw, report, stage
from benchmarks.support.stage import Place
from notifiers.base import Alert, Notifier, Receipt, Target
from scheduler import wiring
from scheduler.clock import SystemClock
from scheduler.store.cipher import WEBHOOK, Cipher
from scheduler.worker.deadlines import Deadlines, Ticked
from scheduler.worker.delivery import AT_MOST, Clocks, Delivery
from scheduler.worker.service import Service
from scheduler.worker.timekeeper import Timekeeper

CLOCK = SystemClock()
AHEAD = timedelta(seconds=0.2)
BARE_AHEAD = timedelta(seconds=0.05)
FAR_OFF = timedelta(days=1)
FEW = 1_000
LOOK_UPS = 300
MEDIAN_AT_MOST_S = 0.020
OF_RAW = 2.0
OF_FEW = 1.5


class TimedDeadlines(Deadlines):
    """Notes when a tick that wrote something has committed."""

    committed_at: datetime
    committed: threading.Event

    def tick(self) -> Ticked:
        done = super().tick()
        if done.events:
            self.committed_at = CLOCK.now()
            self.committed.set()
        return done


class NoWay:
    """Takes every alert and sends nothing."""

    kind: str = "email"

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        return Receipt(status=None, answer="", duration_ms=0)

    def close(self) -> None:
        pass


def main() -> None:
    options = _options()
    report.conditions(
        f"{options.open:,} open holds, {options.repeats} due one at a time; lateness is from the "
        "due instant to the commit, median / 99th percentile"
    )
    met = []
    with stage.places() as places:
        for place in places:
            met += _compare(place, options.open, options.repeats)
    report.finish(met)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=50)
    return parser.parse_args()


def _compare(place: Place, open_holds: int, repeats: int) -> list[bool]:
    few_s = _look_up_s(_house(place, FEW))
    house = _house(place, open_holds)
    many_s = _look_up_s(house)
    late = _lateness(house, repeats)
    bare = _bare_lateness(house, repeats)
    house.close()
    print(place.name)
    report.line("holdclock, late by", report.millis(late))
    report.line("a bare wait and commit of the same rows", report.millis(bare))
    report.line(f"next due among {FEW:,}", f"{few_s * 1e6:.0f} us")
    report.line(f"next due among {open_holds:,}", f"{many_s * 1e6:.0f} us")
    middle, worst = (report.percentile(late, at) for at in (50, 99))
    return [
        report.ratio("median, ms", middle * 1e3, MEDIAN_AT_MOST_S * 1e3, at_most=True),
        report.ratio("median, of bare", middle / report.percentile(bare, 50), OF_RAW, at_most=True),
        report.ratio("99th, of bare", worst / report.percentile(bare, 99), OF_RAW, at_most=True),
        report.ratio("look-up, of that among few", many_s / few_s, OF_FEW, at_most=True),
    ]


def _house(place: Place, open_holds: int) -> wiring.House:
    house = stage.open_house(place.new(), CLOCK)
    stage.furnish(house)
    far_off = CLOCK.now() + FAR_OFF
    first = stage.register(house, "FIRST", first_rung_at=far_off)
    stage.multiply(house.database, first.id, open_holds - 1, spread_from=far_off)
    assert stage.count(house.database, "hold", "next_due_at IS NOT NULL") == open_holds
    return house


def _look_up_s(house: wiring.House) -> float:
    deadlines = Deadlines(
        house.database, Timekeeper(house.database, CLOCK), rule_book=house.rule_book
    )
    took = []
    for _ in range(LOOK_UPS):
        began = time.perf_counter()
        found = deadlines.next_due_at()
        took.append(time.perf_counter() - began)
        assert found is not None
    return report.percentile(took, 50)


def _lateness(house: wiring.House, repeats: int) -> list[float]:
    deadlines, service = _worker(house)
    service.start()
    late = []
    for number in range(repeats):
        due_at = CLOCK.now() + AHEAD
        deadlines.committed.clear()
        stage.register(house, f"DUE-{number}", first_rung_at=due_at)
        assert deadlines.committed.wait(5.0), "nothing was committed in 5 s"
        late.append((deadlines.committed_at - due_at).total_seconds())
    service.stop()
    written = stage.count(house.database, "event", "kind = 'reminder_due'")
    assert written == repeats, f"{written} reminders for {repeats} holds"
    assert min(late) > 0, "something was committed before it was due"
    return late


def _worker(house: wiring.House) -> tuple[TimedDeadlines, Service]:
    """Put a worker together as `wiring.build_worker` does, with a loop that is timed."""
    timekeeper = Timekeeper(house.database, CLOCK)
    pool = ThreadPoolExecutor(AT_MOST)
    worker_id = secrets.token_hex(8)
    settings = stage.read_settings("sqlite:////nowhere")
    ways: dict[str, Notifier] = {"email": NoWay()}
    delivery = Delivery(
        house.database,
        ways,
        clocks=Clocks(CLOCK, CLOCK, CLOCK),
        pool=pool,
        rule_book=house.rule_book,
        cipher=Cipher(settings.data_key, purpose=WEBHOOK),
        base_url=settings.base_url,
        worker_id=worker_id,
    )
    deadlines = TimedDeadlines(house.database, timekeeper, rule_book=house.rule_book)
    deadlines.committed = threading.Event()
    service = Service(
        house.database,
        clock=CLOCK,
        real=CLOCK,
        deadlines=deadlines,
        delivery=delivery,
        timekeeper=timekeeper,
        pool=pool,
        worker_id=worker_id,
    )
    house.recorder.on_commit = service.wake
    return deadlines, service


def _bare_lateness(house: wiring.House, repeats: int) -> list[float]:
    work = raw.work_about(house.database, "DUE-0")
    never = threading.Event()
    late = []
    with raw.driver_of(house.database) as driver:
        for number in range(repeats):
            again = raw.again(work, number)
            due_at = CLOCK.now() + BARE_AHEAD
            never.wait((due_at - CLOCK.now()).total_seconds())
            raw.write_on(driver, again, batch=1)
            late.append((CLOCK.now() - due_at).total_seconds())
    return late


if __name__ == "__main__":
    main()
