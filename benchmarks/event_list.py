"""A page of the event list among a million events, against the same page among a thousand.

`GET /api/v1/events` is asked of the whole application in this process, by an auditor, who
sees everything, and by the staff of one facility: the first page, the last events first, a
page from the middle, one kind. The rows are those that the product writes, copied under
other ids over five facilities. `--events N` changes the million.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from benchmarks.support import report, stage
from benchmarks.support.stage import Place
from scheduler.accounts.api_keys import ApiKeys
from scheduler.clock import SettableClock
from scheduler.commands import serving
from scheduler.store import ids
from scheduler.store.engine import Database
from scheduler.store.journal import EVENT
from scheduler.wiring import House
from web.api import cursors
from web.app import create_app

FEW = 1_000
AT_MOST = 1.5
FACILITIES = 5
PIECE = 20_000
ROUNDS = 60
STARTS = datetime(2020, 3, 2, 14, tzinfo=UTC)
NAMES = tuple(column.name for column in EVENT.columns)
PAGES: dict[str, dict[str, str]] = {
    "first page": {},
    "last events first": {"order": "desc"},
    "from the middle": {"cursor": "middle"},
    "of one kind": {"kind": "clock_started", "limit": "10"},
    "of one kind, from the middle": {"kind": "clock_started", "limit": "10", "cursor": "middle"},
}
READERS: dict[str, tuple[str, ...]] = {"auditor": (), "facility": (stage.FACILITY,)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    report.conditions(
        f"pages of {cursors.USUAL} among {FEW:,} and {options.events:,} events of {FACILITIES} "
        f"facilities, medians of {ROUNDS}, turn and turn about"
    )
    with stage.places() as places:
        met = [each for place in places for each in _compare(place, options.events)]
    report.finish(met)


def _compare(place: Place, many: int) -> list[bool]:
    few_url, many_url = place.new(), place.new()
    clock = SettableClock(STARTS + timedelta(days=1))
    few, much = stage.open_house(few_url, clock), stage.open_house(many_url, clock)
    asked = [_Asked(few, few_url, FEW), _Asked(much, many_url, many)]
    print(place.name)
    met = []
    for reader in READERS:
        for name, query in PAGES.items():
            took = asyncio.run(_medians(asked, reader, query))
            ratio = took[1] / took[0]
            shown = f"{reader}: {name}"
            report.line(shown, f"{took[0] * 1e3:.2f} / {took[1] * 1e3:.2f} ms")
            met.append(report.ratio("many, of few", ratio, AT_MOST, at_most=True))
    few.close()
    much.close()
    return met


class _Asked:
    """One filled database, and keys to the application on it."""

    def __init__(self, house: House, url: str, count: int) -> None:
        stage.furnish(house)
        self.middle = _fill(house, count)
        parts = serving.parts(
            house, stage.read_settings(url), is_alive=lambda: True, what_is_ill=list
        )
        self.app: FastAPI = create_app(parts)
        keys = ApiKeys(house.database, house.clock)
        self.headers = {
            role: {
                "Authorization": "Bearer "
                + keys.add(stage.OPERATOR, name="Bench", role=role, facilities=facilities).key
            }
            for role, facilities in READERS.items()
        }

    async def ask(self, client: httpx.AsyncClient, reader: str, query: Mapping[str, str]) -> float:
        told = dict(query)
        if "cursor" in told:
            told["cursor"] = cursors.write(f"events {told.get('order', 'asc')}", (self.middle,))
        began = time.perf_counter()
        answer = await client.get("/api/v1/events", params=told, headers=self.headers[reader])
        took = time.perf_counter() - began
        items = answer.json()["items"]
        assert answer.status_code == 200, answer.text
        kind = query.get("kind")
        assert len(items) == int(query.get("limit", cursors.USUAL)), "not a full page"
        assert all(kind in (None, each["kind"]) for each in items)
        assert reader != "facility" or {each["facility_code"] for each in items} == {stage.FACILITY}
        return took


async def _medians(asked: Sequence[_Asked], reader: str, query: Mapping[str, str]) -> list[float]:
    took: list[list[float]] = [[] for _ in asked]
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(each.app), base_url="http://localhost")
        for each in asked
    ]
    for turn in range(ROUNDS + 5):
        for place, each in enumerate(asked):
            spent = await each.ask(clients[place], reader, query)
            # Statements are made, and planned, the first few times.
            if turn >= 5:
                took[place].append(spent)
    for client in clients:
        await client.aclose()
    return [statistics.median(each) for each in took]


def _fill(house: House, count: int) -> str:
    """Write that many events, copies of a few real ones; return the id in the middle."""
    hold = stage.register(house, "FIRST", first_rung_at=STARTS + timedelta(days=1, hours=1))
    database = house.database
    models = [
        dict(zip(NAMES, row, strict=True))
        for row in stage.rows_of(database, "event", NAMES, "id", f"hold_id = '{hold.id}'")
    ]
    middle = ""
    for start in range(0, count, PIECE):
        rows = list(_copies(models, range(start, min(start + PIECE, count))))
        stage.insert_rows(database, "event", NAMES, rows)
        if start <= count // 2:
            middle = rows[min(count // 2 - start, len(rows) - 1)][NAMES.index("id")]
    _settle(database)
    return middle


def _copies(models: Sequence[dict[str, Any]], numbers: range) -> Iterator[list[Any]]:
    made = ids.time_ordered(STARTS + timedelta(seconds=numbers.start), len(numbers))
    for number, event_id in zip(numbers, made, strict=True):
        model = models[number % len(models)]
        place = number // len(models) % FACILITIES
        facility = stage.FACILITY if place == 0 else f"F{place:02d}"
        body = orjson.loads(model["body"]) | {"id": event_id, "facility_code": facility}
        changes = {
            "id": event_id,
            "facility_code": facility,
            "step": None if model["step"] is None else f"{model['step']}/{number}",
            "body": orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(),
        }
        row = model | changes
        yield [row[name] for name in NAMES]


def _settle(database: Database) -> None:
    """Let the database know its tables, as it does by itself within a minute of such a load."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.exec_driver_sql("VACUUM ANALYZE event")
        return
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    main()
