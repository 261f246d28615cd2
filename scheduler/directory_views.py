"""Facilities, offices, contacts, channels and duty lists, as somebody may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from scheduler import duty_list
from scheduler.clock import Clock
from scheduler.domain.instants import spelled
from scheduler.duty_list import Duty
from scheduler.store import directory_rows
from scheduler.store.directory_rows import EVERYWHERE, Places
from scheduler.store.engine import Connection, Database, RowMapping
from scheduler.store.reading import Reading

_KEPT_AS_JSON = ("ladder", "schedule", "quiet_hours", "kinds", "aliases")


class DirectoryViews(Reading):
    """Every way to read who holds, who is told, and how; never a secret.

    Args:
        database: Where it is kept.
        clock: Asked who is on duty now.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _places(self, connection: Connection) -> Places:
        if self._reader is None:
            return EVERYWHERE
        return directory_rows.places(connection, self._reader)

    def get(self, noun: str, name: str) -> dict[str, Any]:
        """Return one by its code or id.

        Args:
            noun: `facility`, `office`, `contact` or `channel`.
            name: Its code or id.

        Raises:
            HoldNotFoundError: There is none.
        """
        with self._database.read() as connection:
            return _shown(directory_rows.get(connection, noun, name, self._places(connection)))

    def all_of(self, noun: str) -> list[dict[str, Any]]:
        """Return all of a noun, by code or id."""
        return self.page(noun)

    def page(
        self, noun: str, *, after: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return some of a noun, by code or id.

        Args:
            noun: As `get`.
            after: The code or id that the page before ended with.
            limit: At most so many.
        """
        with self._database.read() as connection:
            seen = self._places(connection)
            rows = directory_rows.page(connection, noun, seen, after=after, limit=limit)
            return [_shown(row) for row in rows]

    def duty(self, office: str) -> Duty:
        """Return who is on duty at an office now, and whom an alert goes on to.

        Raises:
            HoldNotFoundError: There is no such office.
        """
        now = self._database.now(self._clock)
        with self._database.read() as connection:
            directory_rows.get(connection, "office", office, self._places(connection))
            return duty_list.of_office(connection, office, now)


def directory_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as machines read it: instants in UTC, and lists as what they are."""
    shown = spelled(row)
    for field in _KEPT_AS_JSON:
        if shown.get(field):
            shown[field] = orjson.loads(shown[field])
    return shown


def _shown(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items() if name != "secrets"}
