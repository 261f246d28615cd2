"""Screens on walls: a board that hangs where nobody is signed in (decision 0013).

A person's session ends when nobody touches it, as it must. A screen has a secret address
instead, made by an administrator for some facilities: whoever opens it once has a browser
that may watch their board, and nothing else, until the screen is ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson

from scheduler import directory_values as values_of
from scheduler.accounts.scopes import read_scope
from scheduler.accounts.sessions import digest
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, Role, require_may
from scheduler.errors import HoldNotFoundError, NotSignedInError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, ids, walls
from scheduler.store.engine import Database

NOUN = "wall"
PREFIX = "wall:"
"""What a screen is called as an actor; it writes nothing."""


class NewWall(NamedTuple):
    """A screen as it was made; its address is shown this once."""

    id: str
    url: str


class Walls:
    """Makes, reads and ends screens.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        base_url: Where browsers reach the application.
    """

    def __init__(self, database: Database, clock: Clock, *, base_url: str) -> None:
        self._database = database
        self._clock = clock
        self._base_url = base_url

    def add(self, actor: Actor, *, name: str, facilities: Collection[str]) -> NewWall:
        """Make a screen.

        Args:
            actor: An administrator.
            name: Where it hangs.
            facilities: Codes, of those whose board it shows.

        Raises:
            InvalidHoldError: A value is wrong.
            HoldNotFoundError: There is no such facility.
        """
        require_may(actor, Deed.ADMINISTER)
        token, now = secrets.token_urlsafe(32), self._database.now(self._clock)
        wall_id, shown = ids.speakable(), values_of.name(name)
        with self._database.write() as connection:
            granted = read_scope(connection, Role.FACILITY, facilities)
            codes = accounts.columns(granted)["facility_codes"]
            values = {
                "id": wall_id,
                "name": shown,
                "token_hash": digest(token),
                "facility_codes": codes,
                "created_at": now,
            }
            walls.add(connection, values)
            for field, told in (("name", shown), ("facility_codes", codes)):
                tell(connection, actor, now, Changed(NOUN, wall_id, field, "", told))
        return NewWall(wall_id, f"{self._base_url}/wall/{token}")

    def end(self, actor: Actor, wall_id: str) -> None:
        """End a screen now; it stays on record.

        Raises:
            HoldNotFoundError: There is none under that id, or it has ended.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            if not walls.end(connection, wall_id, now):
                raise HoldNotFoundError(f"wall '{wall_id}': there is none, or it has ended")
            tell(connection, actor, now, Changed(NOUN, wall_id, "disabled_at", "", str(now)))

    def all(self) -> list[dict[str, Any]]:
        """Return every screen, without what opens it."""
        with self._database.read() as connection:
            rows = walls.all_of(connection)
        return [
            {
                "id": row["id"],
                "name": row["name"],
                "facility_codes": orjson.loads(row["facility_codes"]),
                "created_at": row["created_at"],
                "disabled_at": row["disabled_at"],
            }
            for row in rows
        ]

    def who(self, token: str) -> Actor:
        """Return what a screen is to the record: it sees what staff of its facilities see.

        Raises:
            NotSignedInError: It is none, or has ended.
        """
        with self._database.read() as connection:
            row = walls.find(connection, digest(token)) if token else None
        if row is None:
            raise NotSignedInError("wall: there is no such screen, or it has ended")
        codes = frozenset(orjson.loads(row["facility_codes"]))
        return Actor(PREFIX + row["id"], Role.FACILITY, codes)
