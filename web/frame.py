"""The frame of every page of somebody signed in: where they may go, the alarm, the timekeeper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from fastapi.responses import HTMLResponse

from scheduler.domain.actors import Actor, Role
from scheduler.open_holds import OpenHold, OpenHolds
from scheduler.views import Views
from web.identity import Person
from web.reader import Reader
from web.rendering import Pages
from web.voice import Voice, marked, voice

PLACES: Final = (
    ("board", "/", marked("Board")),
    ("new-hold", "/holds/new", marked("New hold")),
    ("events", "/events", marked("Event log")),
    ("reports", "/reports", marked("Reports")),
    ("deliveries", "/deliveries", marked("Deliveries")),
    ("administration", "/administration", marked("Administration")),
    ("status", "/status", marked("Status")),
)
"""Name, address and title of each place. Who is led there is whom its route lets in."""


class Place(NamedTuple):
    """Where a reader may go."""

    name: str
    href: str
    title: str


class Alarm(NamedTuple):
    """What is past the limit in a reader's scope; never dismissed.

    Attributes:
        holds: How many.
        hold_id: The one that passed it first.
        hold_ref: Its reference.
        since: When it passed it.
    """

    holds: int
    hold_id: str
    hold_ref: str
    since: datetime


class Ending(NamedTuple):
    """When somebody will be signed out, if they ask for nothing until then.

    Attributes:
        left_s: Seconds.
        at: The same as a time of day, in words.
        may_stay: It can be put off; it cannot at the end of twelve hours.
    """

    left_s: int
    at: str
    may_stay: bool


class Framed(NamedTuple):
    """What the frame shows.

    Attributes:
        now: UTC, the server's instant that the page counts from.
        here: The name of the place.
        places: Where the reader may go.
        alarm: None where nothing is past the limit.
        zone: Of the clock in the header; empty where the reader's facilities have several.
        looked_at: When a worker's deadline thread last looked.
        looked_ago: How long before the page was made, in words.
        stopped: No alert goes out.
        pace: How many of the holds' seconds pass in one of the reader's.
        ending: Of the reader's session; None where nobody is signed in.
    """

    now: datetime
    here: str
    places: tuple[Place, ...]
    alarm: Alarm | None
    zone: str
    looked_at: datetime | None
    looked_ago: str
    stopped: bool
    pace: float
    ending: Ending | None = None


class Frame:
    """Puts pages into the frame.

    Args:
        views: The whole record; each reader sees theirs.
        open_holds: The same.
        pages: Fills the templates.
        is_silent: Says whether the timekeeper, not having looked for so long, has stopped.
        pace: Of the holds' clock: 1, unless it is a demo's.
    """

    def __init__(
        self,
        views: Views,
        open_holds: OpenHolds,
        pages: Pages,
        *,
        is_silent: Callable[[timedelta], bool],
        pace: float = 1.0,
    ) -> None:
        self._is_silent = is_silent
        self._pace = pace
        self._views = views
        self._open_holds = open_holds
        self._pages = pages
        self._let_in: Mapping[str, frozenset[Role]] = {}

    def lead_to(self, let_in: Mapping[str, frozenset[Role]]) -> None:
        """Tell which addresses there are, and whom each lets in: nobody is led to another."""
        self._let_in = let_in

    def places(self, role: Role, said: Voice) -> tuple[Place, ...]:
        """Return where somebody may go, in their language."""
        return tuple(
            Place(name, href, said.say(title))
            for name, href, title in PLACES
            if role in self._let_in.get(href, ())
        )

    def page(
        self,
        asks: Person,
        template: str,
        values: Mapping[str, Any],
        *,
        here: str,
        status: int = 200,
    ) -> HTMLResponse:
        """Return a page in its frame.

        Args:
            asks: Who reads it, as the route got them.
            template: It extends `frame.html`.
            values: What is put into it; `frame` and `reader` are there too.
            here: The place of `PLACES` it belongs to, or a name that is none.
            status: Of the answer.
        """
        framed = self.framed(asks, here)
        told = {"frame": framed, **values}
        return self._pages.page(template, told, status, reader=reader_from(asks))

    def bare(
        self, actor: Actor, reader: Reader, template: str, values: Mapping[str, Any]
    ) -> HTMLResponse:
        """Return a page that leads nowhere: for the screen on a wall, where nobody is signed in."""
        told = {"frame": self._framed(actor, reader, "wall"), **values}
        return self._pages.page(template, told, reader=reader)

    def framed(self, asks: Person, here: str) -> Framed:
        """Return what the frame shows."""
        framed = self._framed(asks.actor, reader_from(asks), here)
        return framed._replace(ending=_ending(asks, framed))

    def _framed(self, actor: Actor, reader: Reader, here: str) -> Framed:
        said = voice(reader.manner)
        theirs = self._open_holds.seen_by(actor)
        now, looked_at = self._views.now(), self._views.last_look_at()
        ago = None if looked_at is None else max(now - looked_at, timedelta(0))
        zones = {facility.timezone for facility in theirs.facilities()}
        return Framed(
            now=now,
            here=here,
            places=self.places(actor.role, said),
            alarm=_alarm(theirs.past_limit()),
            zone=zones.pop() if len(zones) == 1 else "",
            looked_at=looked_at,
            looked_ago="" if ago is None else told_ago(ago, said),
            stopped=ago is None or self._is_silent(ago),
            pace=self._pace,
        )


def _ending(asks: Person, framed: Framed) -> Ending:
    session, said = asks.session, voice(reader_from(asks).manner)
    # The holds' clock may be a fast one; the time of day is told as the header tells it.
    zone = framed.zone or asks.account.timezone or "UTC"
    at = said.clock(framed.now + session.left, zone, framed.now)
    is_last = session.ends_at >= session.last_ends_at
    return Ending(int(session.left.total_seconds()), at, not is_last)


def reader_from(asks: Person) -> Reader:
    """Return who reads, from who asks."""
    account = asks.account
    return Reader(
        language=account.language,
        twelve_hour=account.twelve_hour,
        single_keys=account.single_keys,
        timezone=account.timezone,
        name=account.name,
        role=asks.actor.role,
        csrf=asks.session.csrf,
    )


def told_ago(ago: timedelta, said: Voice) -> str:
    """Return a short time past: in seconds below two minutes, in minutes below an hour."""
    if ago < timedelta(minutes=2):
        return f"{ago // timedelta(seconds=1)}\N{NO-BREAK SPACE}s"
    if ago < timedelta(hours=1):
        return f"{ago // timedelta(minutes=1)}\N{NO-BREAK SPACE}min"
    return said.gone(ago)


def _alarm(passed: Sequence[OpenHold]) -> Alarm | None:
    if not passed:
        return None
    first = passed[0].view
    return Alarm(
        len(passed), first.hold.id, first.hold.hold_ref, first.hold.expired_at or first.now
    )
