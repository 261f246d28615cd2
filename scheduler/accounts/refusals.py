"""Refusals of somebody who is known: what they asked for was not theirs to do."""

from __future__ import annotations

from scheduler.clock import Clock
from scheduler.domain.actors import Actor
from scheduler.domain.events import Event, Kind
from scheduler.store import journal
from scheduler.store.engine import Database
from scheduler.store.journal import Moment, Nothing


class Refusals:
    """Puts refusals on the log.

    Args:
        database: Where it is.
        clock: Asked once a call.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def tell(self, actor: Actor, what: str, *, source: str) -> None:
        """Record a refusal.

        Args:
            actor: Who asked.
            what: They asked for: a method and a route, never a path with what stands in it.
            source: Where the request came from.
        """
        now = self._database.now(self._clock)
        event = Event(Kind.ACCESS_REFUSED, now, {"source": source, "what": what})
        with self._database.write() as connection:
            journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))
