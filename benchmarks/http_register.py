"""Registering holds over HTTP: `POST /api/v1/holds` with a key, one request and commit each.

Beside it, turn and turn about, a bare FastAPI route that takes the same body and inserts
the very rows which the product wrote, by bare driver calls, one commit each. Both are
served by the same uvicorn, each in a process of its own, and asked by the same clients.
`--holds N` and `--clients N` change the numbers.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from benchmarks.support import processes, registrations, report, stage
from benchmarks.support.stage import Place
from scheduler.accounts.api_keys import ApiKeys
from scheduler.clock import SystemClock
from scheduler.store.engine import open_database

OF_BARE = 0.5
TURNS = 3
TIMEOUT_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=500)
    parser.add_argument("--clients", type=int, default=4)
    options = parser.parse_args()
    report.conditions(
        f"{options.holds:,} registrations over HTTP with the person's name, one commit each, "
        f"from {options.clients} clients that keep their connections; best of {TURNS} turns"
    )
    with stage.places() as places:
        met = [_compare(place, options.holds, options.clients) for place in places]
    report.finish(met)


def _compare(place: Place, holds: int, clients: int) -> bool:
    furnished = place.new()
    now = _furnish(furnished)
    target = place.copy(furnished)
    best = {"product": float("inf"), "keyed": float("inf"), "bare": float("inf")}
    with (
        processes.running("benchmarks.support.served", furnished) as (product, _),
        processes.running("benchmarks.support.bare_route", target, furnished) as (bare, _),
    ):
        for turn in range(TURNS):
            numbers = range(2 * turn * holds, (2 * turn + 1) * holds)
            keyed = range(numbers.stop, numbers.stop + holds)
            path = f"{product}/api/v1/holds"
            for name, some in (("product", numbers), ("keyed", keyed)):
                headers = _key(furnished)
                told = [_request(each, now, headers, keyed=name == "keyed") for each in some]
                best[name] = min(best[name], _ask_all(path, told, clients))
            httpx.post(
                f"{bare}/rows",
                params={"start": numbers.start, "stop": numbers.stop},
                timeout=TIMEOUT_S,
            ).raise_for_status()
            told = [_request(number, now, {}, keyed=False) for number in numbers]
            best["bare"] = min(best["bare"], _ask_all(f"{bare}/holds", told, clients))
    _check(furnished, 2 * TURNS * holds)
    _check(target, TURNS * holds)
    print(place.name)
    report.line("holdclock", report.rate(holds, best["product"]))
    report.line("the same with an Idempotency-Key", report.rate(holds, best["keyed"]))
    report.line("a bare route with the same rows", report.rate(holds, best["bare"]))
    return report.ratio("of the bare route's rate", best["bare"] / best["product"], OF_BARE)


def _furnish(url: str) -> datetime:
    house = stage.open_house(url, SystemClock())
    now = house.clock.now()
    stage.furnish(house)
    # The rules are pinned by the first, and are no part of what is compared.
    stage.register(house, "FIRST", first_rung_at=now + stage.LEAD)
    house.close()
    return now


def _key(url: str) -> dict[str, str]:
    database = open_database(url, durable=False)
    keys = ApiKeys(database, SystemClock())
    made = keys.add(stage.OPERATOR, name="Bench", role="facility", facilities=[stage.FACILITY])
    database.close()
    return {"Authorization": f"Bearer {made.key}"}


Request = tuple[dict[str, str], dict[str, str]]


def _request(number: int, now: datetime, headers: dict[str, str], *, keyed: bool) -> Request:
    more = {"Idempotency-Key": f"bench-{number}"} if keyed else {}
    return registrations.body(number, now), {**headers, **more}


def _ask_all(url: str, told: Sequence[Request], clients: int) -> float:
    """Send requests from several threads, and return how long all of it took."""
    together = threading.Barrier(clients + 1)
    failed: list[Any] = []

    def ask(some: Sequence[Request]) -> None:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_S) as client:
            together.wait()
            for body, headers in some:
                answer = client.post(url, json=body, headers=headers)
                if answer.status_code != 201:
                    failed.append((answer.status_code, answer.text))

    threads = [
        threading.Thread(target=ask, args=(told[place::clients],)) for place in range(clients)
    ]
    for thread in threads:
        thread.start()
    together.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    assert not failed, failed[:3]
    return took


def _check(url: str, registered: int) -> None:
    database = open_database(url, durable=False)
    assert stage.count(database, "hold") == registered + 1
    assert stage.count(database, "event", "kind = 'hold_registered'") == registered + 1
    assert stage.count(database, "person") == registered
    database.close()


if __name__ == "__main__":
    main()
