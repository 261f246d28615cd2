"""Schedulers to measure beside, each set up the way that favours it."""

from __future__ import annotations

import pickle
import threading
import time
from datetime import UTC, datetime

import sqlalchemy as sa
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from scheduler.store.engine import database_url

_LONG_AGO = datetime(2026, 3, 2, tzinfo=UTC)


class Counter:
    """Counts firings, and tells when there were enough."""

    def __init__(self) -> None:
        self.fired = 0
        self.wanted = 0
        self.enough = threading.Event()
        self._lock = threading.Lock()

    def expect(self, wanted: int) -> None:
        self.fired, self.wanted = 0, wanted
        self.enough.clear()

    def count(self) -> None:
        with self._lock:
            self.fired += 1
            if self.fired >= self.wanted:
                self.enough.set()


COUNTER = Counter()


def fire() -> None:
    """The job: no event, no outbox row, nothing but a count."""
    COUNTER.count()


def apscheduler_drain_s(url: str, jobs: int, *, within_s: float = 60.0) -> float:
    """Return how long APScheduler 3 takes to run `jobs` one-off jobs due at one instant.

    From resuming until the last one has run. No lateness drops a job. Putting
    them in its table is not counted.
    """
    engine = _fast_engine(url)
    store = SQLAlchemyJobStore(engine=engine)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_jobstore(store)
    scheduler.start(paused=True)
    first = scheduler.add_job(fire, DateTrigger(_LONG_AGO), misfire_grace_time=None)
    _multiply(store, first.id, jobs)
    COUNTER.expect(jobs)
    began = time.perf_counter()
    scheduler.resume()
    assert COUNTER.enough.wait(within_s), f"APScheduler ran {COUNTER.fired} of {jobs} jobs"
    took = time.perf_counter() - began
    scheduler.shutdown()
    assert COUNTER.fired == jobs
    return took


def _multiply(store: SQLAlchemyJobStore, job_id: str, count: int) -> None:
    table = store.jobs_t
    with store.engine.begin() as connection:
        original = connection.execute(sa.select(table).where(table.c.id == job_id)).one()
        state = pickle.loads(original.job_state)  # noqa: S301 - written by this process just now
        copies = [
            {
                "id": f"copy-{number}",
                "next_run_time": original.next_run_time,
                "job_state": pickle.dumps({**state, "id": f"copy-{number}"}),
            }
            for number in range(count - 1)
        ]
        connection.execute(sa.insert(table), copies)


def _fast_engine(url: str) -> sa.Engine:
    """Open a database without waiting for the disk, as the product's is for the measurement."""
    address = database_url(url)
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(address, connect_args={"options": "-c synchronous_commit=off"})
    engine = sa.create_engine(address)

    def prepare(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()

    sa.event.listen(engine, "connect", prepare)
    return engine
