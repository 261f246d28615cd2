"""Posts a second through the whole path: claim, compose, sign, guard, post, record.

Beside it, in the same run, to the same receivers and by as many threads: httpx alone,
posting the same bytes. Then the delay of good endpoints among as many black holes.
`--posts N` changes the number, `--runs N` how often each is measured. Each run of one is
compared with the run of the other just after it, and the median counts: the best of
either could come from different moments of the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import httpx

from benchmarks.support import report, stage
from benchmarks.support.sink import sink
from benchmarks.support.stage import Place
from scheduler import intake, wiring
from scheduler.clock import SystemClock
from scheduler.worker.lanes import PER_ENDPOINT
from tests.support import house
from tests.support.crowd import crowd
from tests.support.receiver import BlackHole

ENDPOINTS = 25
OF_HTTPX = 0.7
HOLES = 30
WITHIN_S = 1.0
BODY = b'{"data":' + b"x" * 520 + b"}"
"""As long as the product's."""


def main() -> None:
    options = _options()
    report.conditions(
        f"{options.posts:,} posts to {ENDPOINTS} endpoints, {PER_ENDPOINT} at a time to each; "
        f"medians of {options.runs}; the receivers run in a process of their own"
    )
    met = []
    with stage.places() as places, sink(ENDPOINTS) as urls:
        for place in places:
            met += _compare(place, urls, options.posts, options.runs)
        for place in places:
            met += _among_holes(place)
    report.finish(met)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def _compare(place: Place, urls: Sequence[str], posts: int, runs: int) -> list[bool]:
    filled = _fill(place, urls, posts)
    # In turns, so that a slow minute of the machine hits both.
    pairs = [(_deliver(place.copy(filled), posts), _post(urls, posts)) for _ in range(runs)]
    product_s, bare_s = (median(side) for side in zip(*pairs, strict=True))
    print(place.name)
    report.line("holdclock, posts recorded", report.rate(posts, product_s))
    report.line("httpx alone, same bytes", report.rate(posts, bare_s))
    ratio = median(bare / product for product, bare in pairs)
    return [report.ratio("of httpx's rate", ratio, OF_HTTPX)]


def _fill(place: Place, urls: Sequence[str], posts: int) -> str:
    url = place.new()
    opened = wiring.open_house(
        house.read_settings(url, place.folder), clock=SystemClock(), durable=False
    )
    desk = opened.administration
    desk.add_office(stage.OPERATOR, "EAST", name="East office")
    desk.add_facility(
        stage.OPERATOR,
        stage.FACILITY,
        name="Oakmont",
        state="NC",
        timezone="America/New_York",
        policy=stage.POLICY,
        office="EAST",
    )
    for endpoint in urls:
        contact = desk.add_contact(stage.OPERATOR, name="Duty", office="EAST")
        desk.add_webhook(stage.OPERATOR, contact, endpoint)
    for number in range(posts // len(urls)):
        told = {"facility_code": stage.FACILITY, "hold_ref": f"R-{number}"}
        asked = intake.read_registration(told, "America/New_York", opened.clock.now())
        opened.registry.register_hold(asked, stage.OPERATOR)
    assert stage.count(opened.database, "delivery", "state = 'waiting'") == posts
    opened.close()
    return url


def _deliver(url: str, posts: int) -> float:
    """Return the seconds from the worker's start until the last post is on record."""
    settings = house.read_settings(url, Path("/"))
    opened = wiring.open_house(settings, durable=False)
    ways = wiring.notifiers(settings)
    service = wiring.build_worker(opened, settings, ways=ways)
    never = threading.Event()
    began = time.perf_counter()
    service.start()
    while stage.count(opened.database, "delivery", "state = 'delivered'") < posts:
        # Seldom: counting takes the processor from what is measured.
        never.wait(0.1)
    took = time.perf_counter() - began
    service.stop()
    for way in ways.values():
        way.close()
    opened.close()
    return took


def _post(urls: Sequence[str], posts: int) -> float:
    headers = {
        "content-type": "application/json",
        "webhook-id": "m" * 36,
        "webhook-timestamp": "1" * 10,
        "webhook-signature": "v1," + "s" * 44,
    }
    threads = len(urls) * PER_ENDPOINT
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    with httpx.Client(trust_env=False, limits=limits) as client:

        def send(url: str) -> None:
            for _ in range(posts // threads):
                assert client.post(url, content=BODY, headers=headers).status_code == 200

        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(send, [*urls] * PER_ENDPOINT))
        return time.perf_counter() - began


def _among_holes(place: Place) -> list[bool]:
    with contextlib.ExitStack() as closing:
        holes = [closing.enter_context(BlackHole()) for _ in range(HOLES)]
        with crowd(place.new(), place.folder, HOLES, holes) as gathered:
            delays = [gathered.delay_s() for _ in range(10)]
            closing.close()
    print(f"{place.name}, {HOLES} good endpoints among {HOLES} black holes")
    name = "slowest alert at every good endpoint, s"
    return [report.ratio(name, max(delays), WITHIN_S, at_most=True)]


if __name__ == "__main__":
    main()
