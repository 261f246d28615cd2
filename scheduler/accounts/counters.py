"""Where the `limits` library keeps its counts: the product's own database, so that all agree.

A key is kept as a digest: addresses of people and machines are no part of the record.
"""

from __future__ import annotations

import logging
import math
import threading
from datetime import datetime, timedelta
from hashlib import sha256

from limits.storage import Storage

from scheduler.clock import Clock
from scheduler.store import rates
from scheduler.store.engine import UNAVAILABLE, Database
from scheduler.store.rates import Asked, Counter

logger = logging.getLogger(__name__)

SETTLED_EVERY_S = 1.0


class Counters(Storage):
    """Counts each time in a transaction of its own: exact, for what people do.

    Args:
        database: Opened.
        clock: By which windows end.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__()
        self._database = database
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Return what the storage itself may fail with."""
        return UNAVAILABLE

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the count of the window that runs.

        Args:
            key: Whose.
            expiry: The window's length in seconds.
            amount: How often.
        """
        name = _digest(key)
        with self._database.write() as connection:
            now = self._database.now(self._clock, connection)
            asked = {name: Asked(amount, now + timedelta(seconds=expiry))}
            return rates.add(connection, asked, now)[name].asked

    def get(self, key: str) -> int:
        """Return a count without adding to it."""
        counter = self._read(key)
        return 0 if counter is None else counter.asked

    def get_expiry(self, key: str) -> float:
        """Return when a key's window ends, in seconds of Unix time."""
        counter = self._read(key)
        return self._clock.now().timestamp() if counter is None else counter.ends_at.timestamp()

    def check(self) -> bool:
        """Say whether the database answers."""
        self._read("")
        return True

    def reset(self) -> int | None:
        """Forget every count."""
        with self._database.write() as connection:
            return rates.forget(connection)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._database.write() as connection:
            rates.forget(connection, _digest(key))

    def _read(self, key: str) -> Counter | None:
        with self._database.read() as connection:
            now = self._database.now(self._clock, connection)
            return rates.read(connection, _digest(key), now)


class _Count:
    """One key's count: what the database knows, and what it has not been told yet."""

    def __init__(self, ends_at: datetime) -> None:
        self.ends_at = ends_at
        self.settled = 0
        self.unsettled = 0


class SettledCounters(Counters):
    """Counts in the process, and settles with the database at most once a second.

    For machines, whose requests must not cost a commit each. Whoever asks first after
    a second pays for all. What other processes counted since is not seen before that:
    together they let through at most one second's share of each more than the limit.

    Args:
        database: Opened.
        clock: By which windows end.
        real: By which a second has passed.
    """

    def __init__(self, database: Database, clock: Clock, real: Clock) -> None:
        super().__init__(database, clock)
        self._real = real
        self._lock = threading.Lock()
        self._settling = threading.Lock()
        self._counts: dict[str, _Count] = {}
        self._settled_at = -math.inf

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the count as far as this process knows it; see `Counters.incr`."""
        name, now = _digest(key), self._clock.now()
        with self._lock:
            count = self._counts.get(name)
            if count is None or count.ends_at <= now:
                count = self._counts[name] = _Count(now + timedelta(seconds=expiry))
            count.unsettled += amount
            known = count.settled + count.unsettled
            asked = self._unsettled(now) if self._is_time() else {}
        if not asked:
            return known
        with self._settling:
            found = self._settle(asked, now)
        return found[name].asked if name in found else known

    def get(self, key: str) -> int:
        with self._lock:
            count = self._counts.get(_digest(key))
        is_over = count is None or count.ends_at <= self._clock.now()
        return 0 if count is None or is_over else count.settled + count.unsettled

    def get_expiry(self, key: str) -> float:
        with self._lock:
            count = self._counts.get(_digest(key))
        return (self._clock.now() if count is None else count.ends_at).timestamp()

    def _is_time(self) -> bool:
        now = self._real.monotonic()
        # One at a time: an older answer must not be taken after a newer one.
        if now - self._settled_at < SETTLED_EVERY_S or self._settling.locked():
            return False
        self._settled_at = now
        return True

    def _unsettled(self, now: datetime) -> dict[str, Asked]:
        """Take what the database is to be told, and forget the windows that are over."""
        for name in [name for name, count in self._counts.items() if count.ends_at <= now]:
            del self._counts[name]
        taken: dict[str, Asked] = {}
        for name, count in self._counts.items():
            if count.unsettled:
                taken[name] = Asked(count.unsettled, count.ends_at)
                # Counted on meanwhile, or the limit would be open while the database works.
                count.settled, count.unsettled = count.settled + count.unsettled, 0
        return taken

    def _settle(self, asked: dict[str, Asked], now: datetime) -> dict[str, Counter]:
        try:
            with self._database.write() as connection:
                found = rates.add(connection, asked, now)
        except UNAVAILABLE:
            # The request itself will tell; the limit goes by what this process knows.
            logger.warning("Counts could not be settled", extra={"action": "counts_unsettled"})
            return {}
        with self._lock:
            for name, counter in found.items():
                count = self._counts.get(name)
                if count is not None:
                    count.settled, count.ends_at = counter.asked, counter.ends_at
        return found


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
