"""Who is held: shown to whoever may see the hold, each time on record."""

from __future__ import annotations

from scheduler.clock import Clock
from scheduler.domain.actors import Actor
from scheduler.domain.events import Event, Kind
from scheduler.errors import StoreError
from scheduler.store import directory, holds, journal, people
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Database
from scheduler.store.journal import Moment, Nothing
from scheduler.store.people import PersonRecord

__all__ = ["PersonRecord", "Subjects"]


class Subjects:
    """Opens what was entered about the people held.

    Args:
        database: Where it is kept, encrypted.
        clock: Asked once a call.
        cipher: Opens it; None where the key is not known.
    """

    def __init__(self, database: Database, clock: Clock, cipher: Cipher | None) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher

    def show(self, actor: Actor, name: str) -> PersonRecord | None:
        """Return who is held, or None where nothing was entered; that it was shown is an event.

        Raises:
            HoldNotFoundError: No such hold, or not the actor's.
            StoreError: There is no key, or another one.
        """
        if self._cipher is None:
            raise StoreError("person's data: HOLDCLOCK_DATA_KEY is needed to read it; set the key")
        with self._database.write() as connection:
            hold_id = directory.hold_id(connection, name, directory.sight(connection, actor))
            person = people.read(connection, self._cipher, hold_id)
            if person is None:
                return None
            stored = holds.find(connection, hold_id)
            now = self._database.now(self._clock, connection)
            event = Event(Kind.SUBJECT_SHOWN, now)
            subject = Nothing() if stored is None else stored.hold
            journal.append(connection, [(subject, event)], Moment(now, actor.name))
        return person
