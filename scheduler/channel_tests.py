"""Tries a channel by a test message through the outbox: for whoever may not send by themselves."""

from __future__ import annotations

from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.events import Event, Kind
from scheduler.errors import HoldStateError
from scheduler.store import channel_tests, directory, journal
from scheduler.store.channel_tests import Tested
from scheduler.store.engine import Database
from scheduler.store.journal import Moment, Nothing

__all__ = ["SHOWN", "Tested", "order", "results"]

SHOWN = 5
"""Tests of a channel that are told of."""


def order(database: Database, clock: Clock, actor: Actor, channel_id: str) -> str:
    """Let the worker send a test message through a channel, and through no other.

    Returns:
        The id of its delivery, which shows what became of it.

    Raises:
        HoldNotFoundError: There is no such channel.
        HoldStateError: It is switched off.
        NotAllowedError: The actor may not change settings.
    """
    require_may(actor, Deed.ADMINISTER)
    now = database.now(clock)
    with database.write() as connection:
        channel = directory.get(connection, "channel", channel_id)
        if channel["disabled_at"] is not None:
            raise HoldStateError(f"channel {channel_id}: it is switched off; nothing is sent by it")
        event = Event(
            Kind.CHANNEL_TESTED, now, {"channel_id": channel_id, "channel": channel["kind"]}
        )
        [event_id] = journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))
        delivery_id = channel_tests.insert(connection, channel, event_id, now)
        database.notify(connection)
    return delivery_id


def results(database: Database, actor: Actor, channel_id: str) -> list[Tested]:
    """Return what became of the last test messages of a channel, the newest first.

    Raises:
        NotAllowedError: The actor may not change settings.
    """
    require_may(actor, Deed.ADMINISTER)
    with database.read() as connection:
        return channel_tests.of_channel(connection, channel_id, SHOWN)
