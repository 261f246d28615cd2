"""Who wrote what is on the log, as colleagues know them; and who was first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scheduler import sentences
from scheduler.domain.actors import Actor
from scheduler.errors import HoldNotFoundError
from scheduler.views import EventFilter, HoldView
from web import telling
from web.parts import Parts
from web.voice import Voice, marked

USER: Final = "user:"
BY_TIME: Final = frozenset({"timekeeper"})
"""Nobody typed what these wrote."""
FIRST: Final = marked("{name} was first, at {at}: {what} Your entry was not saved; it is below.")
YOURS: Final = marked("That is on record already, by you, at {at}: {what}")


def name_of(parts: Parts, actor: str) -> str:
    """Return what the account of an event's actor is called; of others the actor as it stands."""
    if not actor.startswith(USER):
        return actor
    try:
        return str(parts.users.get(actor.removeprefix(USER))["name"])
    except HoldNotFoundError:
        return actor


def first(parts: Parts, actor: Actor, view: HoldView, said: Voice) -> str:
    """Say who wrote last about a hold, and what; empty where nobody did."""
    found = EventFilter(hold_id=view.hold.id)
    last: Mapping[str, Any] | None = None
    for event in parts.event_log.seen_by(actor).events(found):
        last = last if event["actor"] in BY_TIME else event
    if last is None:
        return ""
    zone = view.facility.timezone
    at = said.clock(sentences.instant_of(last["recorded_at"]), zone, view.now)
    what = telling.told(last, zone, said).text
    if last["actor"] == actor.name:
        return said.say(YOURS, at=at, what=what)
    return said.say(FIRST, name=name_of(parts, last["actor"]), at=at, what=what)
