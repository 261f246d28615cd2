"""One lane for each endpoint, so that a slow or dead one delays nobody else.

An endpoint sends two alerts at a time. One whose last try failed sends one, and
all such together take at most twenty of the fifty places: black holes never fill
the pool. Lanes hold a few claimed alerts each; more would lie under a lease for
nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

from scheduler.store.outbox import Claimed

AT_MOST = 50
"""Sends under way at once."""
FAILING_AT_MOST = 20
"""Of these, at endpoints whose last try failed."""
PER_ENDPOINT = 2
DEPTH = 8
"""Claimed for one endpoint at once, those under way included."""

Key = tuple[str, int]


class _Lane:
    def __init__(self) -> None:
        self.queue: deque[Claimed] = deque()
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

    def full(self) -> Collection[str]:
        """Return the endpoints for which nothing more is to be claimed."""
        return [channel for channel, lane in self._lanes.items() if len(lane) >= lane.depth]

    def room(self, channel_id: str, *, is_failing: bool) -> int:
        """Return how many more may be claimed for an endpoint."""
        lane = self._lane(channel_id)
        lane.is_failing = is_failing
        return lane.depth - len(lane)

    def add(self, claimed: Claimed) -> None:
        """Queue what was claimed."""
        self._lane(claimed.channel_id).queue.append(claimed)

    def ready(self) -> Iterator[Claimed]:
        """Take what may be sent now, the most urgent first, one of each endpoint at a turn."""
        while True:
            lanes = [lane for lane in self._lanes.values() if self._may_send(lane)]
            if not lanes:
                return
            for lane in sorted(lanes, key=lambda lane: lane.queue[0].urgency):
                if not self._may_send(lane):
                    continue
                claimed = lane.queue.popleft()
                lane.under_way[key(claimed)] = claimed
                yield claimed

    def finish(self, claimed: Claimed, *, is_failing: bool) -> None:
        """Note that a send ended, and whether its endpoint fails."""
        lane = self._lane(claimed.channel_id)
        lane.under_way.pop(key(claimed), None)
        lane.is_failing = is_failing
        if not lane:
            del self._lanes[claimed.channel_id]

    def resume(self, claimed: Claimed) -> None:
        """Note that a send still counts as under way: its end could not be recorded."""
        self._lane(claimed.channel_id).under_way[key(claimed)] = claimed

    def clear(self) -> None:
        """Forget everything: it was given back."""
        self._lanes.clear()

    def _may_send(self, lane: _Lane) -> bool:
        if not lane.queue or len(lane.under_way) >= lane.width:
            return False
        if len(self.sent) >= AT_MOST:
            return False
        return not lane.is_failing or self._failing_under_way() < FAILING_AT_MOST

    def _failing_under_way(self) -> int:
        return sum(len(lane.under_way) for lane in self._lanes.values() if lane.is_failing)

    def _lane(self, channel_id: str) -> _Lane:
        return self._lanes.setdefault(channel_id, _Lane())


def key(claimed: Claimed) -> Key:
    """Tell claims apart: one alert may be claimed anew while an old send still hangs."""
    return claimed.id, claimed.fence
