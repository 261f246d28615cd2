"""Endpoints that fail, and what is known of them, for tests of delivery."""

from __future__ import annotations

from datetime import datetime

from scheduler.store.directory import CHANNEL
from tests.support.house import Premises
from tests.support.switchboard import BROKEN, Switchboard


def health(premises: Premises, channel_id: str) -> tuple[int, datetime | None]:
    """Return the failures running and when an endpoint is probed next."""
    with premises.database.read() as connection:
        row = connection.execute(CHANNEL.select().where(CHANNEL.c.id == channel_id)).one()
    return row.failed_rounds, row.probe_at


def deliver_for(premises: Premises, seconds: int, *, step: int = 1) -> None:
    for _ in range(0, seconds, step):
        premises.deliver(seconds=step)


def opened(premises: Premises, hooks: Switchboard) -> str:
    """Let an endpoint fail until its breaker opens, just now; return its channel."""
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    premises.register("OPENS")
    while health(premises, channel)[1] is None:
        premises.deliver(seconds=5)
    return channel
