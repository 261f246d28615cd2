from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from notifiers.recording import RecordingNotifier
from scheduler import wiring
from scheduler.store import journal, workers
from scheduler.worker.lanes import PER_ENDPOINT
from scheduler.worker.service import Service
from tests.support.house import Premises
from tests.support.live import Live, live
from tests.support.postgres import PostgresServer
from tests.support.receiver import Answer, Fault, Receiver


def seen(premises: Premises) -> dict[str, workers.WorkerSeen]:
    with premises.database.read() as connection:
        return {each.id: each for each in workers.seen(connection)}


def start(premises: Premises, worker_id: str, *, host: str = "jail-1") -> None:
    with premises.database.write() as connection:
        workers.start(connection, worker_id, host=host, pid=7, now=premises.clock.now())


# Who is at work.


def test_a_worker_that_starts_does_not_wipe_another_on_the_same_host(premises: Premises) -> None:
    start(premises, "first")
    premises.clock.tick(minutes=1)

    start(premises, "second")

    assert set(seen(premises)) == {"first", "second"}


def test_workers_of_days_ago_are_forgotten_but_only_on_their_own_host(premises: Premises) -> None:
    start(premises, "old")
    start(premises, "elsewhere", host="jail-2")
    premises.clock.tick(days=2)

    start(premises, "new")

    assert set(seen(premises)) == {"elsewhere", "new"}


def test_a_look_and_a_stop_are_recorded(premises: Premises) -> None:
    start(premises, "first")
    looked_at = premises.clock.tick(seconds=5)
    with premises.database.write() as connection:
        workers.looked(connection, "first", looked_at, is_suspect=True)
        workers.stopped(connection, "first", looked_at + timedelta(seconds=1))

    first = seen(premises)["first"]
    assert (first.looked_at, first.clock_suspect) == (looked_at, True)
    assert first.stopped_at == looked_at + timedelta(seconds=1)


# A whole worker, on real time.


def started(place: Live, hold_ref: str, **due: float) -> str:
    """Register a hold that expires so long from now; return its id."""
    return place.register(hold_ref, place.clock.now() + timedelta(**due)).id


def test_a_worker_told_to_stop_gives_sends_four_seconds_and_hands_the_rest_back(
    migrated_url: str, tmp_path: Path
) -> None:
    with Receiver() as receiver, live(migrated_url, tmp_path, receiver.url) as place:
        receiver.answer_always(Answer(fault=Fault.SLOW))
        with place.worker() as worker:
            names = {started(place, f"R-{number}", seconds=0.1) for number in range(PER_ENDPOINT)}
            receiver.wait_for(PER_ENDPOINT)
            told_at = place.clock.monotonic()
            # Due a second after the request to stop: nobody takes it up any more.
            late = started(place, "LATE", seconds=1)

            code = worker.terminate(within_s=6.0)

            took_s = place.clock.monotonic() - told_at
        with place.house.database.read() as connection:
            rows = connection.execute(sa.select(journal.DELIVERY)).all()
            (seen,) = workers.seen(connection)
        expired = {event["hold_id"] for event in place.events("hold_expired")}

    print(f"stopped in {took_s:.2f} s")  # noqa: T201 -- a figure for the report
    assert code == 0
    assert 3.5 <= took_s <= 6.0
    assert {row.hold_id for row in rows} == names
    assert {(row.state, row.possible_duplicate) for row in rows} == {("waiting", True)}
    assert expired == names
    assert late not in expired
    assert seen.stopped_at is not None


def test_an_idle_worker_told_to_stop_is_gone_at_once(sqlite_url: str, tmp_path: Path) -> None:
    with live(sqlite_url, tmp_path) as place, place.worker() as worker:
        told_at = place.clock.monotonic()

        code = worker.terminate(within_s=6.0)

        assert code == 0
        assert place.clock.monotonic() - told_at < 2.5


@contextmanager
def running(place: Live) -> Iterator[Service]:
    """Run a worker in this process that sends to nobody."""
    ways = {"webhook": RecordingNotifier()}
    worker = wiring.build_worker(place.house, place.settings, ways=ways)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        # A stop waits no longer than it may; the database here is closed right after.
        for thread in worker._threads:
            thread.join(10.0)


def wait_for_expiry(place: Live, hold_id: str, within_s: float = 15.0) -> None:
    """Wait until a hold's expiry is on record."""
    never, ends = threading.Event(), place.clock.monotonic() + within_s
    while hold_id not in {event["hold_id"] for event in place.events("hold_expired")}:
        assert place.clock.monotonic() < ends, f"{hold_id} did not expire in {within_s} s"
        place.clock.wait(never, 0.02)


def test_a_worker_outlives_the_loss_of_every_session(
    postgres_server: PostgresServer, migrated_postgres_url: str, tmp_path: Path
) -> None:
    """As at a fail-over: the schedule must not end with its connections."""
    with live(migrated_postgres_url, tmp_path) as place, running(place):
        wait_for_expiry(place, started(place, "BEFORE", seconds=0.1))
        database = place.house.database.engine.url.database
        assert database is not None
        assert postgres_server.disconnect_all(database) >= 2

        name = started(place, "AFTER", seconds=0.1)

        wait_for_expiry(place, name)


def test_a_worker_outlives_a_crash_of_the_database(
    postgres_server: PostgresServer, migrated_postgres_url: str, tmp_path: Path
) -> None:
    with live(migrated_postgres_url, tmp_path) as place, running(place):
        name = started(place, "R-1", seconds=1.0)
        postgres_server.crash()
        place.clock.wait(threading.Event(), 1.2)
        postgres_server.start()

        wait_for_expiry(place, name)

        (event,) = place.events("hold_expired")
        assert event["data"].get("late_by_s", 0) <= 10


def test_a_worker_reports_that_it_looks(migrated_url: str, tmp_path: Path) -> None:
    with live(migrated_url, tmp_path) as place:
        with running(place) as worker:
            wait_for_expiry(place, started(place, "R-1", seconds=0.1))
            idle_s = worker.idle_s
            with place.house.database.read() as connection:
                (at_work,) = workers.seen(connection)
        with place.house.database.read() as connection:
            (after,) = workers.seen(connection)

    assert idle_s < 5.0
    assert at_work.stopped_at is None
    assert after.stopped_at is not None
    assert not after.clock_suspect
