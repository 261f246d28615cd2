"""The board with a thousand open holds against one with ten, for each row that is shown.

`GET /` is asked of the whole application in this process by a deputy who is signed in: the
first page, a hundred rows of the thousand, every one without a paper and with two limits.
Also printed: what a browser is sent before it has painted, with everything that the page
names.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx

from benchmarks.support import report, stage
from benchmarks.support.stage import Place
from scheduler import intake
from scheduler.clock import SettableClock
from scheduler.commands import serving
from scheduler.commands.people import people
from scheduler.domain.instants import rfc3339
from scheduler.wiring import House
from web.app import create_app
from web.cookies import SessionCookie
from web.pages.board import A_PAGE

FEW, MANY = 10, 1_000
AT_MOST = 1.5
FIRST_PAINT = 100_000
ROUNDS = 40
WARMING = 5
STARTS = datetime(2026, 3, 2, 14, tzinfo=UTC)
NAMED = re.compile(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"')


def main() -> None:
    report.conditions(
        f"{FEW} and {MANY:,} open holds, {A_PAGE} rows a page, medians of {ROUNDS}, turn and turn "
        "about"
    )
    with stage.places() as places:
        met = [each for place in places for each in asyncio.run(_compare(place))]
    report.finish(met)


async def _compare(place: Place) -> list[bool]:
    clock = SettableClock(STARTS)
    desks = [_Desk(place.new(), clock, count) for count in (FEW, MANY)]
    print(place.name)
    for_each = await _medians(desks)
    size = await desks[1].first_paint()
    report.line(
        "a row, of few / of many", " / ".join(f"{each * 1e3:.2f}" for each in for_each), "ms"
    )
    met = [report.ratio("many, of few", for_each[1] / for_each[0], AT_MOST, at_most=True)]
    report.line("first paint", f"{size / 1000:.1f} KB")
    met.append(report.ratio("of 100 KB", size / FIRST_PAINT, 1.0, at_most=True))
    for desk in desks:
        await desk.close()
    return met


class _Desk:
    """A house with so many open holds, and somebody signed in who reads its board."""

    def __init__(self, url: str, clock: SettableClock, count: int) -> None:
        self._house = stage.open_house(url, clock)
        settings = stage.read_settings(url)
        stage.furnish(self._house)
        _lodge(self._house, count)
        parts = serving.parts(self._house, settings, is_alive=lambda: True, what_is_ill=list)
        who = people(self._house, settings)
        account = who.users.add(
            stage.OPERATOR,
            email="desk@example.gov",
            name="Desk",
            role="facility",
            facilities=[stage.FACILITY],
        )
        with self._house.database.write() as connection:
            token = who.sessions.begin(connection, account, clock.now())
        self._rows = min(count, A_PAGE)
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(parts)),
            base_url="http://localhost",
            headers={"Cookie": f"{SessionCookie(settings.base_url).name}={token}"},
        )

    async def ask(self) -> float:
        """Ask for the board; return the seconds for each row."""
        began = time.perf_counter()
        answer = await self._client.get("/")
        took = time.perf_counter() - began
        assert answer.status_code == 200, answer.text
        assert answer.text.count("data-id=") == self._rows
        return took / self._rows

    async def first_paint(self) -> int:
        """Return the bytes of the page and of all that it names, as they are sent."""
        page = await self._client.get("/")
        named = [name for name in NAMED.findall(page.text) if name.startswith("/")]
        return len(page.content) + sum([await self._sent(name) for name in named])

    async def _sent(self, name: str) -> int:
        async with self._client.stream("GET", name) as answer:
            assert answer.status_code == 200, name
            return sum([len(part) async for part in answer.aiter_raw()])

    async def close(self) -> None:
        await self._client.aclose()
        self._house.close()


def _lodge(house: House, count: int) -> None:
    """Register a hold without a paper, whose ceiling comes first, and put its like beside it."""
    starts = rfc3339(STARTS - timedelta(hours=1))
    told = {"facility_code": stage.FACILITY, "hold_ref": "FIRST", "policy": "8-cfr-287.7d"}
    told |= {"lodged_at": starts, "would_release_at": starts}
    asked = intake.read_registration(told, "America/New_York", house.clock.now())
    hold = house.registry.register_hold(asked, stage.OPERATOR).hold
    stage.multiply(house.database, hold.id, count - 1)


async def _medians(desks: Sequence[_Desk]) -> list[float]:
    took: list[list[float]] = [[] for _ in desks]
    for turn in range(WARMING + ROUNDS):
        for place, desk in enumerate(desks):
            spent = await desk.ask()
            # Templates are compiled, and statements planned, the first few times.
            if turn >= WARMING:
                took[place].append(spent)
    return [statistics.median(each) for each in took]


if __name__ == "__main__":
    main()
