"""The event log: what was observed, in plain sentences, the last recorded first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from scheduler.domain.events import Kind
from scheduler.domain.instants import rfc3339
from scheduler.event_log import Filter, Span
from scheduler.open_holds import FacilityRecord
from web import spans, telling
from web.api import cursors
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.pages import filters
from web.pages.filters import Filters
from web.parts import Parts
from web.telling import Told
from web.voice import Voice, marked, voice

A_PAGE: Final = 50
LIST: Final = "events desc"
"""As the interface calls it: a cursor of one is one of the other."""
NO_SUCH_KIND: Final = marked("{typed} is no kind of event. Choose one of the list.")


class Asked(BaseModel, populate_by_name=True):
    """The address's query, as it came."""

    kind: str = ""
    facility_code: str = ""
    hold: str = ""
    from_: str = Field("", alias="from")
    to: str = ""
    cursor: str = ""

    def typed(self) -> dict[str, str]:
        """Return what was asked for, by the names of the fields."""
        return self.model_dump(by_alias=True)

    def query(self, **changed: str) -> str:
        """Return the address's query with changes, without what asks for nothing."""
        told = {**self.typed(), **changed}
        return urlencode({name: text for name, text in told.items() if text})


class Line(NamedTuple):
    """An event as it is read, and what it is about."""

    told: Told
    hold_id: str
    hold_ref: str
    facility: str
    actor: str


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/events", response_class=HTMLResponse)
    def show(asks: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
        values = _values(parts, asks, asked)
        status = 422 if values["wrong"] or values["is_astray"] else 200
        return frame.page(asks, "events.html", values, here="events", status=status)

    return router


def _values(parts: Parts, asks: Person, asked: Asked) -> dict[str, Any]:
    said = voice(reader_from(asks).manner)
    theirs = parts.open_holds.seen_by(asks.actor).facilities()
    zone = _zone(theirs, asked.facility_code)
    told = Filters(parts, asks, theirs, said)
    wanted = _wanted(told, asked, zone)
    before = told.before(LIST, asked.cursor)
    found = cursors.PageOf[dict[str, Any]]([], None)
    if told.are_good:
        span = Span(before=before, limit=A_PAGE + 1, is_newest_first=True)
        rows = parts.event_log.seen_by(asks.actor).page(wanted, span)
        found = cursors.page(LIST, rows, A_PAGE, lambda event: (str(event["id"]),))
    zones = telling.Zones(theirs)
    return {
        "lines": [_line(event, zones, said) for event in found.rows],
        "typed": asked.typed(),
        "problems": dict.fromkeys(asked.typed(), "") | told.problems,
        "wrong": {name: told.problems[name] for name in asked.typed() if name in told.problems},
        "is_astray": told.is_astray,
        "older": asked.query(cursor=found.next_cursor) if found.next_cursor else "",
        "newest": asked.query(cursor="") if asked.cursor else None,
        "exported": _exported(wanted),
        "kinds": filters.choices(sorted(telling.kinds(said).items(), key=_by_words), said),
        "facilities": filters.choices([(each.code, each.name) for each in theirs], said),
        "zone": zone,
    }


def _by_words(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _zone(facilities: Sequence[FacilityRecord], code: str) -> str:
    """Return the zone that days and times are typed in: of the jail asked for, or of all."""
    zones = {each.timezone for each in facilities if code in ("", each.code)}
    return zones.pop() if len(zones) == 1 else telling.ELSEWHERE


def _wanted(told: Filters, asked: Asked, zone: str) -> Filter:
    if asked.kind and asked.kind not in set(Kind):
        told.refuse("kind", NO_SUCH_KIND, typed=asked.kind)
    facility_code = told.facility("facility_code", asked.facility_code)
    since = told.keep("from", lambda: spans.begins(asked.from_, zone, told.said))
    until = told.keep("to", lambda: spans.ends(asked.to, zone, told.said))
    if since is not None and until is not None and until <= since:
        told.refuse("to", marked("It ends before it begins. Exchange the two."))
    return Filter(
        kind=asked.kind or None,
        facility_code=facility_code,
        hold_id=told.hold("hold", asked.hold, facility_code),
        since=since,
        until=until,
    )


def _exported(wanted: Filter) -> str:
    """Return the query that asks the interface for a copy of the same."""
    told = {
        "kind": wanted.kind,
        "facility_code": wanted.facility_code,
        "hold_id": wanted.hold_id,
        "since": wanted.since and rfc3339(wanted.since),
        "until": wanted.until and rfc3339(wanted.until),
    }
    return urlencode({name: text for name, text in told.items() if text})


def _line(event: Mapping[str, Any], zones: Mapping[str | None, str], said: Voice) -> Line:
    return Line(
        telling.told(event, zones[event["facility_code"]], said),
        event["hold_id"] or "",
        event["hold_ref"] or "",
        event["facility_code"] or "",
        event["actor"],
    )
