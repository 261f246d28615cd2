"""One lane for each endpoint, so that a slow or dead one delays nobody else.

An endpoint sends two alerts at a time, but the last ten of the fifty places are for
endpoints that send none yet. One whose last try failed sends one, and all such
together have at most twenty places: black holes never fill the pool. Lanes hold a
few claimed alerts each; more would lie under a lease for nothing.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Iterator

from scheduler.store.claims import Claimed

AT_MOST = 50
"""Sends under way at once."""
FAILING_AT_MOST = 20
"""Of these, at endpoints whose last try failed."""
FOR_THE_FIRST = 10
"""Of these, left to endpoints that have nothing under way. Thirty that stop answering
while two are on their way to each would otherwise take every place there is."""
PER_ENDPOINT = 2
DEPTH = 8
"""Claimed for one endpoint at once, those under way included."""
REFILLED_AT = 4
"""A lane that holds more is left to run down: claims are fewer and larger so."""

Key = tuple[str, int]


def _urgency(claimed: Claimed) -> int:
    return claimed.urgency


class _Lane:
    def __init__(self) -> None:
        self.queue: list[Claimed] = []
        self.under_way: dict[Key, Claimed] = {}
        self.is_failing = False

    def __len__(self) -> int:
        return len(self.queue) + len(self.under_way)

    @property
    def depth(self) -> int:
        return 1 if self.is_failing else DEPTH

    @property
    def width(self) -> int:
        return 1 if self.is_failing else PER_ENDPOINT

    def start(self) -> Claimed:
        claimed = self.queue.pop(0)
        self.under_way[key(claimed)] = claimed
        return claimed


class Lanes:
    """What this process has claimed, endpoint by endpoint."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    @property
    def claims(self) -> list[Claimed]:
        """Everything under a lease of this process."""
        return [*self.sent, *self.unsent]

    @property
    def sent(self) -> list[Claimed]:
        """What is being sent."""
        return [each for lane in self._lanes.values() for each in lane.under_way.values()]

    @property
    def unsent(self) -> list[Claimed]:
        """What waits for its turn."""
        return [each for lane in self._lanes.values() for each in lane.queue]

    def room(self, failing: Collection[str]) -> Room:
        """Return what may be claimed now.

        Args:
            failing: Endpoints whose last try failed, whoever made it.
        """
        for channel_id, lane in self._lanes.items():
            lane.is_failing = channel_id in failing
        return Room({name: len(lane) for name, lane in self._lanes.items()}, failing)

    def add(self, claimed: Claimed) -> None:
        """Queue what was claimed, before what is less urgent."""
        lane = self._lane(claimed.channel_id)
        lane.is_failing = claimed.failed_rounds > 0
        insort(lane.queue, claimed, key=_urgency)

    def ready(self) -> Iterator[Claimed]:
        """Take what may be sent now, the most urgent first, one of each endpoint at a turn."""
        places = _Places(self._lanes.values())
        while lanes := [lane for lane in self._lanes.values() if places.has_one_for(lane)]:
            for lane in sorted(lanes, key=lambda lane: lane.queue[0].urgency):
                if places.has_one_for(lane):
                    places.take(lane)
                    yield lane.start()

    def finish(self, claimed: Claimed, *, is_failing: bool) -> list[Claimed]:
        """Note that a send ended, and whether its endpoint fails.

        Returns:
            What waited behind it at an endpoint that fails, to be given back: it
            has somewhere else to go meanwhile.
        """
        lane = self._lane(claimed.channel_id)
        lane.under_way.pop(key(claimed), None)
        lane.is_failing = is_failing
        given_back: list[Claimed] = []
        if is_failing:
            given_back, lane.queue = lane.queue, []
        if not lane:
            del self._lanes[claimed.channel_id]
        return given_back

    def resume(self, claimed: Claimed) -> None:
        """Note that a send still counts as under way: its end could not be recorded."""
        self._lane(claimed.channel_id).under_way[key(claimed)] = claimed

    def clear(self) -> None:
        """Forget everything: it was given back."""
        self._lanes.clear()

    def _lane(self, channel_id: str) -> _Lane:
        return self._lanes.setdefault(channel_id, _Lane())


class Room:
    """Counts down what may still be claimed, endpoint by endpoint.

    Args:
        claimed: How much is claimed for each endpoint.
        failing: Endpoints whose last try failed.
    """

    def __init__(self, claimed: dict[str, int], failing: Collection[str]) -> None:
        self._claimed = claimed
        self._failing = frozenset(failing)
        self._failing_left = FAILING_AT_MOST - sum(
            count for name, count in claimed.items() if name in self._failing
        )

    @property
    def without(self) -> set[str]:
        """Return the endpoints for which nothing more is to be claimed."""
        full = {name for name, count in self._claimed.items() if not self._wants_more(name, count)}
        return full if self._failing_left > 0 else full | self._failing

    def take(self, channel_id: str) -> bool:
        """Take a place for one more alert, if there is one."""
        count = self._claimed.get(channel_id, 0)
        is_failing = channel_id in self._failing
        if count >= self._depth(channel_id) or (is_failing and self._failing_left <= 0):
            return False
        self._claimed[channel_id] = count + 1
        self._failing_left -= is_failing
        return True

    def _wants_more(self, channel_id: str, count: int) -> bool:
        return count <= REFILLED_AT and count < self._depth(channel_id)

    def _depth(self, channel_id: str) -> int:
        return 1 if channel_id in self._failing else DEPTH


class _Places:
    """The places that are taken, counted once and kept up to date."""

    def __init__(self, lanes: Iterable[_Lane]) -> None:
        self._taken = 0
        self._failing = 0
        for lane in lanes:
            self._count(lane, len(lane.under_way))

    def has_one_for(self, lane: _Lane) -> bool:
        if not lane.queue or len(lane.under_way) >= lane.width:
            return False
        if lane.is_failing and self._failing >= FAILING_AT_MOST:
            return False
        return self._taken < (AT_MOST - FOR_THE_FIRST if lane.under_way else AT_MOST)

    def take(self, lane: _Lane) -> None:
        self._count(lane, 1)

    def _count(self, lane: _Lane, places: int) -> None:
        self._taken += places
        if lane.is_failing:
            self._failing += places


def key(claimed: Claimed) -> Key:
    """Tell claims apart: one alert may be claimed anew while an old send still hangs."""
    return claimed.id, claimed.fence
