"""The breaker: an endpoint that fails five rounds running is tried once a minute.

It counts rounds, not parallel posts: a failure counts only where none was counted
since its alert was claimed. What was counted stands on the channel's row, so that
every process counts together and a restart forgets nothing. An endpoint is never
switched off; what it misses goes another way meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.store.endpoints import LONGEST_REST, Health

OPENS_AFTER = 5
PROBE_EVERY = timedelta(seconds=60)
"""How often an endpoint is tried while its breaker is open, unless it asked for longer."""
FALLS_BACK_AFTER = 2
"""Failed rounds after which what waits for the endpoint also goes another way."""

_WELL = Health()


class Try(NamedTuple):
    """One try at an endpoint.

    Attributes:
        known_rounds: Failures running when its alert was claimed.
        asked: How long the receiver asked to be left alone.
    """

    channel_id: str
    succeeded: bool
    known_rounds: int
    asked: timedelta | None = None


class Learned(NamedTuple):
    """What tries taught about an endpoint."""

    channel_id: str
    before: Health
    health: Health

    @property
    def opened(self) -> bool:
        """Say whether it opened the breaker."""
        return self.before.failed_rounds < OPENS_AFTER <= self.health.failed_rounds


def learn(tries: Iterable[Try], unwell: Mapping[str, Health], now: datetime) -> list[Learned]:
    """Judge endpoints by tries that came back together.

    Args:
        tries: At any number of endpoints.
        unwell: The endpoints on record as failing.
        now: By the clock of pauses.

    Returns:
        Those of which something changed.
    """
    rounds: dict[str, list[Try]] = {}
    for each in tries:
        rounds.setdefault(each.channel_id, []).append(each)
    judged = (
        Learned(channel_id, before, _judge(mine, before, now))
        for channel_id, mine in rounds.items()
        for before in (unwell.get(channel_id, _WELL),)
    )
    return [learned for learned in judged if learned.health != learned.before]


def _judge(tries: list[Try], before: Health, now: datetime) -> Health:
    if any(each.succeeded for each in tries):
        return _WELL
    if all(each.known_rounds != before.failed_rounds for each in tries):
        return before  # they were under way when the last round was counted
    rounds = before.failed_rounds + 1
    probe_at = now + _rest(tries) if rounds >= OPENS_AFTER else None
    return Health(rounds, before.failing_since or now, probe_at)


def _rest(tries: list[Try]) -> timedelta:
    asked = (each.asked for each in tries if each.asked is not None)
    return min(max([PROBE_EVERY, *asked]), LONGEST_REST)
