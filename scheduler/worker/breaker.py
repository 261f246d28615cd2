"""The breaker: an endpoint that fails five rounds running is tried once a minute.

It counts rounds, not parallel posts: two that fail at once are one failure. An
endpoint is never switched off; what it misses goes another way meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.store.endpoints import Health

OPENS_AFTER = 5
PROBE_EVERY = timedelta(seconds=60)
FALLS_BACK_AFTER = 2
"""Failed rounds after which what waits for the endpoint also goes another way."""


class Try(NamedTuple):
    """One try at an endpoint, and what was known of it when it was claimed."""

    channel_id: str
    started_at: datetime
    succeeded: bool
    known: Health


class Learned(NamedTuple):
    """What a round of tries taught, and whether it opened the breaker."""

    channel_id: str
    health: Health
    opened: bool


class Breaker:
    """Judges endpoints by their tries."""

    def __init__(self) -> None:
        self._known: dict[str, Health] = {}
        self._judged_at: dict[str, datetime] = {}

    def is_failing(self, channel_id: str) -> bool:
        """Say whether an endpoint's last try failed, as far as this process knows."""
        return self._known.get(channel_id, Health()).is_failing

    def learn(self, tries: Iterable[Try], now: datetime) -> list[Learned]:
        """Judge endpoints by tries that came back together.

        Returns:
            Those of which something changed.
        """
        rounds: dict[str, list[Try]] = {}
        for each in tries:
            rounds.setdefault(each.channel_id, []).append(each)
        judged = (self._judge(channel_id, mine, now) for channel_id, mine in rounds.items())
        return [learned for learned in judged if learned is not None]

    def _judge(self, channel_id: str, tries: list[Try], now: datetime) -> Learned | None:
        known = self._known.get(channel_id, tries[-1].known)
        if any(each.succeeded for each in tries):
            return self._keep(channel_id, known, Health(), now)
        judged_at = self._judged_at.get(channel_id)
        if judged_at is not None and all(each.started_at < judged_at for each in tries):
            return None  # they were under way when the last round was counted
        rounds = known.failed_rounds + 1
        probe_at = now + PROBE_EVERY if rounds >= OPENS_AFTER else None
        return self._keep(
            channel_id, known, Health(rounds, known.failing_since or now, probe_at), now
        )

    def _keep(
        self, channel_id: str, known: Health, health: Health, now: datetime
    ) -> Learned | None:
        self._known[channel_id] = health
        self._judged_at[channel_id] = now
        if health == known:
            return None
        opened = known.failed_rounds < OPENS_AFTER <= health.failed_rounds
        return Learned(channel_id, health, opened)
