"""Costly things that several threads use, a bounded number of which are kept."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar


class Closeable(Protocol):
    """Whatever holds connections."""

    def close(self) -> None: ...


T = TypeVar("T", bound=Closeable)


class Shared(Generic[T]):
    """Keeps the things used last, and closes each that falls out once nobody uses it.

    Closing at once would cut the deliveries of other threads in the middle.

    Args:
        at_most: How many idle ones are kept.
    """

    def __init__(self, *, at_most: int) -> None:
        self._at_most = at_most
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._users: dict[int, int] = {}
        self._fallen: list[T] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many are open."""
        with self._lock:
            return len(self._kept) + len(self._fallen)

    @contextlib.contextmanager
    def using(self, key: str, make: Callable[[], T]) -> Iterator[T]:
        """Lend the thing of that key, made if there is none yet."""
        thing = self._take(key, make)
        try:
            yield thing
        finally:
            self._give_back(thing)

    def close(self) -> None:
        """Close what nobody uses; what is in use closes when it is given back."""
        with self._lock:
            self._fallen += self._kept.values()
            self._kept.clear()
            idle = self._take_idle()
        _close(idle)

    def _take(self, key: str, make: Callable[[], T]) -> T:
        with self._lock:
            thing = self._kept.get(key)
            if thing is None:
                # Under the lock: two threads at once must not make two of them.
                thing = self._kept[key] = make()
            self._kept.move_to_end(key)
            self._users[id(thing)] = self._users.get(id(thing), 0) + 1
            while len(self._kept) > self._at_most:
                self._fallen.append(self._kept.popitem(last=False)[1])
            idle = self._take_idle()
        _close(idle)
        return thing

    def _give_back(self, thing: T) -> None:
        with self._lock:
            self._users[id(thing)] -= 1
            if not self._users[id(thing)]:
                del self._users[id(thing)]
            idle = self._take_idle()
        _close(idle)

    def _take_idle(self) -> list[T]:
        idle = [thing for thing in self._fallen if id(thing) not in self._users]
        self._fallen = [thing for thing in self._fallen if id(thing) in self._users]
        return idle


def _close(things: list[Closeable] | list[T]) -> None:
    # Outside the lock: an encrypted connection says goodbye when it is closed.
    for thing in things:
        thing.close()
