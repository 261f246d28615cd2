"""Workers are killed at random while a thousand holds fall due: nothing lost, nothing twice."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from scheduler.store import journal
from tests.support import worker_process
from tests.support.live import Live, live
from tests.support.receiver import Receiver

HOLDS = 1000
AT_ONE_INSTANT = 300
FACILITIES = [f"JAIL{number:02d}" for number in range(20)]
"""Each has a channel of its own: an endpoint is sent two alerts at a time."""
LIFE_S = (0.02, 1.3)
"""How long a worker is let live, at least and at most; it needs 0.2 to 0.5 to get going."""
TAKE_OVER_S = 15.0

KILLS = [10, pytest.param(100, marks=pytest.mark.nightly)]


def due_instants(begin: datetime, kills: int, chance: Random) -> list[datetime]:
    """Return a burst at one instant, and others over the time in which workers are killed."""
    span = timedelta(seconds=kills * sum(LIFE_S) / 2)
    burst = begin + span * chance.random()
    spread = [begin + span * chance.random() for _ in range(HOLDS - AT_ONE_INSTANT)]
    return [burst] * AT_ONE_INSTANT + spread


def kill_at_random(
    place: Live, nursery: worker_process.Nursery, kills: int, chance: Random, *, at_once: int
) -> None:
    """Keep so many workers running, and kill one after another."""
    never = threading.Event()
    running = [nursery.start() for _ in range(at_once)]
    for _ in range(kills):
        place.clock.wait(never, chance.uniform(*LIFE_S))
        victim = chance.randrange(at_once)
        worker_process.kill(running[victim])
        running[victim] = nursery.start()
    for worker in running:
        worker_process.kill(worker)


def wait_for_all(receiver: Receiver, count: int, again: Counter[str]) -> Counter[str]:
    """Wait until so many different alerts have arrived; return how often each did.

    Args:
        receiver: Where they arrive.
        count: Of different ones.
        again: Alerts that must come more often than they had when the last worker
            started: nobody recorded that they were sent.
    """
    wanted = 0
    while True:
        arrived = receiver.wait_for(wanted, timeout_s=2 * TAKE_OVER_S)
        times = Counter(request.headers["webhook-id"] for request in arrived)
        once_more = sum(times[key] <= before for key, before in again.items())
        missing = max(count - len(times), once_more)
        if missing <= 0:
            return times
        wanted = len(arrived) + missing


def in_hand(place: Live) -> list[str]:
    """Return the alerts that the dead workers had in hand."""
    table = journal.DELIVERY
    with place.house.database.read() as connection:
        rows = connection.execute(sa.select(table.c.id).where(table.c.state == "sending"))
        return list(rows.scalars())


def check_record(place: Live, holds: list[str], times: Counter[str]) -> None:
    """Check what is on record against what was due and what arrived."""
    assert Counter(e["hold_id"] for e in place.events("hold_expired")) == Counter(holds)
    assert Counter(e["hold_id"] for e in place.events("over_detention_alarm")) == Counter(holds)
    with place.house.database.read() as connection:
        rows = connection.execute(sa.select(journal.DELIVERY)).all()
        steps = connection.execute(sa.select(journal.EVENT.c.hold_id, journal.EVENT.c.step)).all()
    assert max(Counter(step for step in steps if step.step is not None).values()) == 1
    assert Counter(row.hold_id for row in rows) == Counter(holds)
    assert {row.state for row in rows} == {"delivered"}
    assert {row.id for row in rows} == set(times)
    assert Counter(e["data"]["alert"] for e in place.events("alert_sent")) == Counter(set(times))
    # What came twice says that it may have.
    flagged = {row.id for row in rows if row.possible_duplicate}
    assert {key for key, count in times.items() if count > 1} <= flagged
    for event in place.events("hold_expired"):
        recorded_at, occurred_at = (
            datetime.fromisoformat(event[name]) for name in ("recorded_at", "occurred_at")
        )
        assert recorded_at >= occurred_at


def story(url: str, folder: Path, kills: int, chance: Random, *, at_once: int) -> str:
    """Let a thousand holds fall due under workers that are killed; return the figures."""
    nursery = worker_process.Nursery(url, folder)
    with Receiver() as receiver, live(url, folder, receiver.url, FACILITIES) as place:
        begin = place.clock.now() + timedelta(seconds=0.5)
        due = due_instants(begin, kills, chance)
        holds = [
            hold_id
            for number, code in enumerate(FACILITIES)
            for hold_id in place.register_all(due[number :: len(FACILITIES)], code)
        ]
        kill_at_random(place, nursery, kills, chance, at_once=at_once)
        before = Counter(request.headers["webhook-id"] for request in receiver.requests)
        again = Counter({key: before[key] for key in in_hand(place)})
        with place.worker() as last:
            times = wait_for_all(receiver, HOLDS, again)
            assert last.terminate(within_s=6.0) == 0
        check_record(place, holds, times)
    twice = sum(count - 1 for count in times.values())
    return (
        f"{kills + at_once} kills, {len(before)} of {HOLDS} sent before the last start, "
        f"{len(again)} then in hand, {twice} sent twice"
    )


@pytest.mark.parametrize("kills", KILLS)
def test_a_worker_killed_at_random_loses_nothing_and_writes_nothing_twice(
    migrated_url: str, tmp_path: Path, chance: Random, kills: int
) -> None:
    figures = story(migrated_url, tmp_path, kills, chance, at_once=1)

    print(f"{migrated_url.partition(':')[0]}: {figures}")  # noqa: T201 -- for the report


@pytest.mark.parametrize("kills", KILLS)
def test_two_workers_on_one_server_killed_at_random_lose_nothing_and_write_nothing_twice(
    migrated_postgres_url: str, tmp_path: Path, chance: Random, kills: int
) -> None:
    figures = story(migrated_postgres_url, tmp_path, kills, chance, at_once=2)

    print(f"two on postgresql: {figures}")  # noqa: T201 -- for the report
