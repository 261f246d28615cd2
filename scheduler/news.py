"""What just happened, read once for a whole process, however many watch in it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from scheduler.clock import Clock
from scheduler.domain.actors import Actor
from scheduler.domain.events import Kind
from scheduler.silence import is_silent
from scheduler.store import directory, wakeup, workers
from scheduler.store.directory import Sight
from scheduler.store.engine import Connection, Database
from scheduler.store.latest import Latest, Seen

logger = logging.getLogger(__name__)

__all__ = ["Item", "News", "Sight", "Watcher"]

PAUSE_S = 0.1
"""After a look: what is committed meanwhile is seen at one look."""
LOOK_EVERY_S = {"sqlite": 1.0, "postgresql": 0.5}
"""Without being woken. Of what time brings on a server nobody is woken."""
WORKERS_EVERY_S = 5.0
ENDS_WITHIN_S = 0.5
MAY_CHANGE_SIGHT = frozenset({Kind.SETTING_CHANGED.value, Kind.USER_SIGNED_OUT.value})


class Item(NamedTuple):
    """One event about a hold."""

    event_id: str
    kind: str
    hold_id: str
    facility_code: str


class Watcher(Protocol):
    """Whoever is told; every call comes from the thread that looks."""

    def happened(self, items: Sequence[Item]) -> None:
        """Take what happened, in the order in which it was seen."""

    def sight_may_have_changed(self) -> None:
        """Ask again what anybody may see: a setting was changed, or somebody signed out."""

    def worker(self, *, runs: bool) -> None:
        """Take whether the timekeeper looks; told at first, and when it changes."""

    def ended(self) -> None:
        """Nothing more is told."""


class News:
    """Looks for what is new, and tells one watcher of it.

    It costs nothing until there is a watcher.

    Args:
        database: Where events are kept.
        clock: The holds'.
        real: The world's.
    """

    def __init__(self, database: Database, clock: Clock, real: Clock) -> None:
        self._database = database
        self._clock = clock
        self._real = real
        self._latest = Latest(database, real)
        self._watcher: Watcher | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self._workers_at = real.monotonic() - WORKERS_EVERY_S
        self._worker_runs: bool | None = None
        self._is_well = True

    def tell(self, watcher: Watcher) -> None:
        """Look from now on, and tell of what is new; only the first call counts."""
        with self._lock:
            if self._threads or self._stop.is_set():
                return
            self._watcher = watcher
            with self._database.read() as connection:
                self._latest.begin(connection)
            self._threads = [
                threading.Thread(target=self._run, name="news", daemon=True),
                threading.Thread(
                    target=wakeup.watch,
                    args=(self._database, self._wake.set, self._stop),
                    name="news-wake",
                    daemon=True,
                ),
            ]
            for thread in self._threads:
                thread.start()

    def wake(self) -> None:
        """Look now: something was committed in this process."""
        self._wake.set()

    def close(self) -> None:
        """Look no more, and say so to the watcher."""
        with self._lock:
            self._stop.set()
            self._wake.set()
            if self._watcher is not None:
                self._watcher.ended()
            for thread in self._threads:
                thread.join(ENDS_WITHIN_S)

    def sight(self, actor: Actor) -> Sight:
        """Return the facilities that somebody sees; None is all of them."""
        with self._database.read() as connection:
            return directory.sight(connection, actor)

    def _run(self) -> None:
        patience_s = LOOK_EVERY_S["sqlite" if self._database.is_sqlite else "postgresql"]
        while not self._stop.is_set():
            self._wake.clear()
            try:
                while self._look():
                    pass
                self._is_well = True
            except Exception:
                # Boards ask anew every half minute meanwhile. Once: it is tried twice a second.
                if self._is_well:
                    logger.exception("What happens is not seen", extra={"action": "news_failed"})
                self._is_well = False
            self._stop.wait(PAUSE_S)
            self._wake.wait(patience_s)

    def _look(self) -> bool:
        """Look once and tell; say whether there was anything."""
        with self._database.read() as connection:
            seen = self._latest.read(connection)
            worker_runs = self._look_at_workers(connection)
        watcher = self._watcher
        if watcher is None or self._stop.is_set():
            return False
        if any(each.kind in MAY_CHANGE_SIGHT for each in seen):
            watcher.sight_may_have_changed()
        items = _about_holds(seen)
        if items:
            watcher.happened(items)
        if worker_runs is not self._worker_runs:
            self._worker_runs = worker_runs
            watcher.worker(runs=bool(worker_runs))
        return bool(seen)

    def _look_at_workers(self, connection: Connection) -> bool | None:
        """Say whether any worker looks, every few seconds."""
        now = self._real.monotonic()
        if now - self._workers_at < WORKERS_EVERY_S:
            return self._worker_runs
        self._workers_at = now
        present = self._database.now(self._clock, connection)
        return any(
            seen.stopped_at is None and not is_silent(self._clock, present - seen.looked_at)
            for seen in workers.seen(connection)
        )


def _about_holds(seen: Sequence[Seen]) -> list[Item]:
    """Leave out what is about no hold: no board shows it."""
    return [
        Item(each.id, each.kind, each.hold_id, each.facility_code)
        for each in seen
        if each.hold_id is not None and each.facility_code is not None
    ]
