"""Reading for somebody: what is not theirs is not there."""

from __future__ import annotations

from copy import copy
from typing import Self

from scheduler.domain.actors import Actor
from scheduler.store import directory
from scheduler.store.directory import Sight
from scheduler.store.engine import Connection


class Reading:
    """Something that is read; all of it, until it is asked for as somebody sees it."""

    _reader: Actor | None = None

    def seen_by(self, reader: Actor) -> Self:
        """Return the same as somebody may see it: what is not theirs is not there."""
        seen: Self = copy(self)
        seen._reader = reader
        return seen

    def _sight(self, connection: Connection) -> Sight:
        return None if self._reader is None else directory.sight(connection, self._reader)
