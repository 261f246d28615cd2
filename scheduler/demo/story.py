"""What happens to the holds: an opening that shows every ending, and then goes on by chance.

Hours count from the moment a hold is lodged. Where time must run out, nobody
does anything: the product's worker brings it about.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.demo.part import Part
from scheduler.demo.places import FOX, JAILS, JUNI, LARK, SALT, Jail
from scheduler.demo.receivers import WebhookReceiver
from scheduler.errors import HoldError
from scheduler.registry import Registry

BEGINS_AT = datetime(2025, 8, 28, 12, tzinfo=UTC)
"""Thursday 08:00 in New York, before the Labor Day weekend: the regulation, which
excludes weekends and holidays, and the agency's form then give two limits."""
LASTS = timedelta(hours=90)
"""By then the opening has shown every ending."""
FIRST_NEWCOMER = 7.0
BETWEEN_NEWCOMERS = (4.0, 9.0)
SEED = 48

Deed = Callable[[], None]
Script = list[tuple[float, Deed]]
"""Hours after the lodging, and what is done then."""


# Scripts of the opening.


def transferred_in_time(part: Part, *, starts: float = 10, comes: float = 43) -> Script:
    """Everything as it should be, and an agent who says he comes, and comes."""
    return [
        (0, part.lodge),
        (0.5, part.serve),
        (0.7, part.receive_warrant),
        (starts - 4, part.notify),
        (starts, part.start_clock),
        (starts + 24.3, part.acknowledge),
        (comes, part.transfer),
    ]


def released_with_notice(part: Part, *, starts: float = 16, ends: float = 28) -> Script:
    """The agency was told and did not come; the person goes before the limit."""
    return [
        (0, part.lodge),
        (0.4, part.serve),
        (0.9, part.receive_warrant),
        (starts - 4, part.notify),
        (starts, part.start_clock),
        (ends, part.release),
    ]


def cancelled(part: Part, *, ends: float = 23) -> Script:
    """The agency withdraws the detainer."""
    return [(0, part.lodge), (0.6, part.serve), (ends, part.cancel)]


def forgotten(part: Part, *, starts: float = 2, found: float = 52.7) -> Script:
    """Nobody is told and nobody comes: the limit passes with the person still held."""
    return [
        (0, part.lodge),
        (0.3, part.serve),
        (0.5, part.receive_warrant),
        (starts, part.start_clock),
        (found, lambda: part.release("found in a count")),
    ]


def served_late(part: Part, *, starts: float = 3, served: float = 15, ends: float = 34) -> Script:
    """The clock runs before the person has been served: no authority on record."""
    return [
        (0, part.lodge),
        (starts, part.start_clock),
        (starts + 2, part.receive_warrant),
        (served, part.serve),
        (served + 1, part.notify),
        (ends, part.transfer),
    ]


def unconfirmed(part: Part, clock: Clock, *, forecast: float = 9) -> Script:
    """The expected release comes and nobody confirms it for a while."""
    expected: list[datetime] = []

    def lodge() -> None:
        expected.append(clock.now() + timedelta(hours=forecast))
        part.lodge_expecting(expected[0])

    return [
        (0, lodge),
        (0.5, part.serve),
        (0.8, part.receive_warrant),
        (forecast + 6, lambda: part.confirm_release(expected[0])),
        (forecast + 7, part.notify),
        (forecast + 26, part.transfer),
    ]


def past_the_ceiling(part: Part, *, starts: float = 28, comes: float = 96) -> Script:
    """Two readings of the law: the earlier limit passes, the policy's own is days away."""
    return [
        (0, part.lodge),
        (0.5, part.serve),
        (starts - 3, part.notify),
        (starts, part.start_clock),
        (comes, part.transfer),
    ]


def lapsed(part: Part, *, served: float = 2, comes: float = 68) -> Script:
    """The window runs from the warrant and ends while local custody goes on.

    The first reminder is passed on down the duty list until somebody answers.
    """
    acknowledged = [(served + rung, part.acknowledge) for rung in (26.2, 36.2, 40.2, 44.2, 46.1)]
    return [
        (0, part.lodge),
        (served, part.serve_warrant),
        *acknowledged,
        (comes - 2, part.notify),
        (comes, part.transfer),
    ]


def fetched_early(part: Part, *, served: float = 2, comes: float = 20) -> Script:
    """The warrant is served, and the agent comes before the first reminder."""
    return [
        (0, part.lodge),
        (served, part.serve_warrant),
        (comes - 1, part.notify),
        (comes, part.transfer),
    ]


def ordered_late(part: Part, *, order: float = 1.5, comes: float = 26) -> Script:
    """The window runs from the lodging; the judicial official's order comes after it."""
    return [
        (0, part.lodge),
        (0.4, part.serve),
        (order, part.receive_order),
        (comes - 3, part.notify),
        (comes, part.transfer),
    ]


def declined(part: Part, *, ends: float = 5) -> Script:
    """The jail will not hold."""
    return [(0, part.lodge), (ends, part.decline)]


# The ones that come later, by chance.


def newcomer(part: Part, clock: Clock, chance: Random) -> Script:
    """Choose what happens to a hold that chance brings."""
    by_jail: dict[str, list[Callable[[], Script]]] = {
        LARK.code: [lambda: ordered_late(part, comes=chance.uniform(6, 40))],
        JUNI.code: [
            lambda: cancelled(part, ends=chance.uniform(4, 30)),
            lambda: declined(part, ends=chance.uniform(3, 9)),
            lambda: fetched_early(part, comes=chance.uniform(8, 22)),
        ],
    }
    starts = chance.uniform(5, 30)
    anywhere: list[Callable[[], Script]] = [
        lambda: transferred_in_time(part, starts=starts, comes=starts + chance.uniform(25, 46)),
        lambda: transferred_in_time(part, starts=starts, comes=starts + chance.uniform(25, 46)),
        lambda: released_with_notice(part, starts=starts, ends=starts + chance.uniform(4, 40)),
        lambda: cancelled(part, ends=chance.uniform(6, 40)),
        lambda: served_late(part, ends=chance.uniform(20, 45)),
        lambda: unconfirmed(part, clock, forecast=chance.uniform(6, 20)),
        lambda: forgotten(part, found=chance.uniform(51, 55)),
    ]
    return chance.choice(by_jail.get(part.jail.code, anywhere))()


class _Cue(NamedTuple):
    at: datetime
    order: int
    deed: Deed


class Story:
    """Plays the deeds when their hour has come.

    Args:
        registry: The product's own.
        clock: The simulated one.
        webhooks: It refuses one alert, so that a second try is seen.
    """

    def __init__(self, registry: Registry, clock: Clock, webhooks: WebhookReceiver) -> None:
        self._registry = registry
        self._clock = clock
        self._chance = Random(SEED)  # noqa: S311 -- makes up a story, guards nothing
        self._cues: list[_Cue] = []
        self._order = itertools.count()
        self._numbers = itertools.count(2041)
        self._plan_opening(webhooks)
        self._plan(BEGINS_AT + timedelta(hours=FIRST_NEWCOMER), [(0, self._bring_newcomer)])

    def next_at(self) -> datetime:
        """Return when the next deed is to be done; there always is one."""
        return self._cues[0].at

    def play(self, now: datetime) -> list[str]:
        """Do what is to be done by now.

        Returns:
            What the product refused, in its own words: a clock that ran on
            while this machine slept can make a deed come too late.
        """
        refused: list[str] = []
        while self._cues[0].at <= now:
            cue = heapq.heappop(self._cues)
            try:
                cue.deed()
            except HoldError as exc:
                refused.append(str(exc))
        return refused

    def _plan_opening(self, webhooks: WebhookReceiver) -> None:
        clock = self._clock

        def refused_at_first(part: Part) -> Script:
            # A hold that stays open: the second try comes seconds later by the
            # world's clock, which may be days here, and must not be overtaken.
            return [(0, lambda: webhooks.refuse_next(part.ref)), *past_the_ceiling(part)]

        self._cast(FOX, 0.2, forgotten)
        self._cast(FOX, 1.0, transferred_in_time)
        self._cast(LARK, 1.5, ordered_late)
        self._cast(FOX, 2.0, released_with_notice)
        self._cast(JUNI, 2.5, lapsed)
        self._cast(FOX, 3.0, cancelled)
        self._cast(FOX, 4.0, served_late)
        self._cast(FOX, 5.0, lambda part: unconfirmed(part, clock))
        self._cast(SALT, 6.0, refused_at_first)

    def _cast(self, jail: Jail, hours: float, script: Callable[[Part], Script]) -> None:
        self._plan(BEGINS_AT + timedelta(hours=hours), script(self._part(jail)))

    def _part(self, jail: Jail) -> Part:
        ref = f"{jail.code[0]}-{next(self._numbers)}"
        return Part(self._registry, self._clock, jail, ref)

    def _bring_newcomer(self) -> None:
        now = self._clock.now()
        part = self._part(self._chance.choice(JAILS))
        self._plan(now, newcomer(part, self._clock, self._chance))
        pause = timedelta(hours=self._chance.uniform(*BETWEEN_NEWCOMERS))
        self._plan(now + pause, [(0, self._bring_newcomer)])

    def _plan(self, begins_at: datetime, script: Script) -> None:
        for hours, deed in script:
            at = begins_at + timedelta(hours=hours)
            heapq.heappush(self._cues, _Cue(at, next(self._order), deed))
