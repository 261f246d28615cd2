"""Every change of a setting or an account, told on the event log with its old and new value."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from scheduler.domain.actors import Actor
from scheduler.domain.events import Event, Kind, Value
from scheduler.store import journal
from scheduler.store.engine import Connection
from scheduler.store.journal import Moment, Nothing

HIDDEN = frozenset({"address", "secrets", "email", "password", "second_factor"})
"""That these changed is on the log, and nothing of what they are: it is kept for good."""


class Changed(NamedTuple):
    """What was changed: of a noun, the one of that name, this field."""

    noun: str
    name: str
    field: str
    old: Any
    new: Any


def tell(connection: Connection, actor: Actor, now: datetime, changed: Changed) -> None:
    """Write a change to the log, in the transaction that makes it."""
    data: dict[str, Value] = {
        "noun": changed.noun,
        "name": changed.name,
        "field": changed.field,
        "old": _told(changed.field, changed.old),
        "new": _told(changed.field, changed.new),
    }
    event = Event(Kind.SETTING_CHANGED, now, data)
    journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))


def _told(field: str, value: Any) -> Value:
    if field in HIDDEN:
        return "(not shown)"
    return value if isinstance(value, bool | int | str) else str(value or "")
