"""The event log: what was observed, in plain sentences, the last recorded first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, field_validator

from scheduler.domain.events import Kind
from scheduler.event_log import Filter, Span
from scheduler.intake import LONGEST_TEXT
from web import telling
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.parts import Parts
from web.telling import Told
from web.voice import Voice, marked, voice

A_PAGE: Final = 50
ALL: Final = marked("All")


class Asked(BaseModel):
    """The address's query; what is unknown finds nothing, and says so."""

    kind: str = ""
    facility_code: str = ""
    hold_id: str = ""
    before: str = ""

    @field_validator("*")
    @classmethod
    def _plain(cls, text: str) -> str:
        # What no column can hold asks for nothing.
        return text if text.isprintable() and len(text) <= LONGEST_TEXT else ""

    def query(self, **changed: str) -> str:
        """Return the address's query with changes, without what asks for nothing."""
        told = {**self.model_dump(), **changed}
        return urlencode({name: text for name, text in told.items() if text})

    def wanted(self) -> Filter:
        """Return it as the log takes it."""
        return Filter(
            kind=self.kind or None,
            facility_code=self.facility_code or None,
            hold_id=self.hold_id.strip().upper() or None,
        )


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
        return frame.page(asks, "events.html", _values(parts, asks, asked), here="events")

    return router


def _values(parts: Parts, asks: Person, asked: Asked) -> dict[str, Any]:
    said = voice(reader_from(asks).manner)
    span = Span(limit=A_PAGE + 1, is_newest_first=True)
    if asked.before:
        span = span._replace(before=asked.before)
    found = parts.event_log.seen_by(asks.actor).page(asked.wanted(), span)
    theirs = parts.open_holds.seen_by(asks.actor).facilities()
    zones = telling.Zones(theirs)
    more = found[A_PAGE - 1]["id"] if len(found) > A_PAGE else ""
    everything = [("", said.say(ALL))]
    return {
        "lines": [_line(event, zones, said) for event in found[:A_PAGE]],
        "asked": asked.model_dump(),
        "older": asked.query(before=more) if more else "",
        "newest": asked.query(before="") if asked.before else None,
        "exported": asked.query(before=""),
        "kinds": everything + [(str(kind), str(kind)) for kind in Kind],
        "facilities": everything + [(each.code, each.name) for each in theirs],
        "no_problems": dict.fromkeys(Asked.model_fields, ""),
    }


def _line(event: Mapping[str, Any], zones: Mapping[str | None, str], said: Voice) -> Line:
    return Line(
        telling.told(event, zones[event["facility_code"]], said),
        event["hold_id"] or "",
        event["hold_ref"] or "",
        event["facility_code"] or "",
        event["actor"],
    )
