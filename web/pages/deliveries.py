"""Alerts on their way, arrived and given up; an administrator has one sent again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.errors import HoldStateError
from scheduler.views import Views
from web import refused, telling
from web.api import cursors
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn
from web.pages import filters
from web.pages.filters import Filters
from web.parts import Parts
from web.rules import AdministersPages
from web.telling import Sent
from web.voice import marked, voice

A_GROUP: Final = 50
LIST: Final = "delivery"
"""As the interface calls it: a cursor of one is one of the other."""


class Fate(NamedTuple):
    """What became of some alerts.

    Attributes:
        title: Of their group.
        states: Those in it.
    """

    title: str
    states: tuple[str, ...]


FATES: Final[Mapping[str, Fate]] = {
    "dead": Fate(marked("Dead-lettered"), ("dead",)),
    "waiting": Fate(marked("Waiting"), ("waiting", "sending")),
    "delivered": Fate(marked("Delivered"), ("delivered",)),
    "superseded": Fate(marked("Superseded"), ("superseded",)),
    "recorded": Fate(marked("Recorded, not sent"), ("recorded",)),
}
"""In the order of the page: what needs somebody comes first."""
NO_SUCH_STATE: Final = marked("{typed} is no state of an alert. Choose one of the list.")
NO_SUCH_CHANNEL: Final = marked("{typed} is no kind of channel. Choose one of the list.")


class Asked(BaseModel):
    """The address's query, as it came."""

    state: str = ""
    channel: str = ""
    hold: str = ""
    cursor: str = ""

    def query(self, **changed: str) -> str:
        """Return the address's query with changes, without what asks for nothing."""
        told = {**self.model_dump(), **changed}
        return urlencode({name: text for name, text in told.items() if text})


class Wanted(NamedTuple):
    """The same, read."""

    fates: tuple[str, ...]
    channel: str | None
    hold_id: str | None
    before: str | None


class Group(NamedTuple):
    """Those of one fate, the last first; `older` asks for what follows, where anything does."""

    title: str
    sent: tuple[Sent, ...]
    older: str


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of deliveries."""
    router = APIRouter()

    @router.get("/deliveries", response_class=HTMLResponse)
    def show(asks: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
        values = _values(parts, asks, asked)
        status = 422 if values["wrong"] or values["is_astray"] else 200
        return frame.page(asks, "deliveries.html", values, here="deliveries", status=status)

    def asking(asks: Person, name: str, why: str = "", status: int = 200) -> Response:
        said = voice(reader_from(asks).manner)
        row = parts.views.seen_by(asks.actor).delivery(name)
        values = {"sent": telling.sent(row, _zones(parts, asks), said), "refused": why}
        return frame.page(asks, "resend.html", values, here="deliveries", status=status)

    @router.get("/deliveries/{name}/resend", response_class=HTMLResponse)
    def ask(asks: AdministersPages, name: str) -> Response:
        return asking(asks, name)

    @router.post("/deliveries/{name}/resend", response_class=HTMLResponse)
    def resend(asks: Sends, name: str) -> Response:
        try:
            parts.resend(asks.actor, name)
        except HoldStateError as exc:
            said = voice(reader_from(asks).manner)
            return asking(asks, name, refused.told(exc, said, telling.ELSEWHERE), 409)
        return RedirectResponse("/deliveries?state=waiting", 303)

    return router


def _values(parts: Parts, asks: Person, asked: Asked) -> dict[str, Any]:
    said, views = voice(reader_from(asks).manner), parts.views.seen_by(asks.actor)
    theirs = parts.open_holds.seen_by(asks.actor).facilities()
    told = Filters(parts, asks, theirs, said)
    wanted = _wanted(told, asked)
    groups = []
    for fate in wanted.fates if told.are_good else ():
        found = _page(views, wanted, FATES[fate].states)
        sent = tuple(telling.sent(row, telling.Zones(theirs), said) for row in found.rows)
        older = asked.query(state=fate, cursor=found.next_cursor) if found.next_cursor else ""
        groups.append(Group(said.say(FATES[fate].title), sent, older))
    titles = [(name, said.say(fate.title)) for name, fate in FATES.items()]
    return {
        "groups": [group for group in groups if group.sent],
        "typed": asked.model_dump(),
        "problems": dict.fromkeys(Asked.model_fields, "") | told.problems,
        "wrong": told.problems,
        "is_astray": told.is_astray,
        "newest": asked.query(cursor="") if asked.cursor else None,
        "narrows": bool(asked.query()),
        "states": filters.choices(titles, said),
        "channels": filters.choices(
            [(kind, said.say(name)) for kind, name in telling.CHANNELS.items()], said
        ),
    }


def _wanted(told: Filters, asked: Asked) -> Wanted:
    if asked.state and asked.state not in FATES:
        told.refuse("state", NO_SUCH_STATE, typed=asked.state)
    if asked.channel and asked.channel not in telling.CHANNELS:
        told.refuse("channel", NO_SUCH_CHANNEL, typed=asked.channel)
    before = told.before(LIST, asked.cursor)
    if before is not None and not asked.state:
        # A place is one of a group's.
        told.is_astray = True
    fates = (asked.state,) if asked.state else tuple(FATES)
    return Wanted(fates, asked.channel or None, told.hold("hold", asked.hold), before)


def _page(views: Views, wanted: Wanted, states: Iterable[str]) -> cursors.PageOf[Mapping[str, Any]]:
    """Return a page of a group: each of its states by itself comes from an index of its own."""
    rows: list[Mapping[str, Any]] = []
    for state in states:
        rows += views.deliveries(
            hold=wanted.hold_id,
            state=state,
            channel_kind=wanted.channel,
            before=wanted.before,
            limit=A_GROUP + 1,
        )
    rows.sort(key=_key, reverse=True)
    return cursors.page(LIST, rows, A_GROUP, lambda row: (_key(row),))


def _key(row: Mapping[str, Any]) -> str:
    return str(row["id"])


def _zones(parts: Parts, asks: Person) -> telling.Zones:
    return telling.Zones(parts.open_holds.seen_by(asks.actor).facilities())
