"""The event log: what was observed, listed page by page and exported whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from scheduler.domain.actors import Actor
from scheduler.domain.events import Kind
from scheduler.event_log import Filter, Form, Span
from web.api import cursors, schemas, writing
from web.api.cursors import Page, Paged
from web.api.holds import HoldName, as_json
from web.api.schemas import Body, Instant, Text
from web.api.shapes import EVENT_EXAMPLE, Event
from web.identity import Asks
from web.parts import Parts

LIST = "events"
NEWEST_FIRST = "desc"
MEDIA_TYPES = {Form.JSONL: "application/jsonl", Form.CSV: "text/csv; charset=utf-8"}

Order = Annotated[
    Literal["asc", "desc"],
    Field(description="In the order of recording, or the last recorded first."),
]


class HoldsEvents(Paged):
    """Which page of a hold's events."""

    order: Order = "asc"


class EventFilter(Body):
    """Which events."""

    kind: Kind | None = None
    facility_code: Text | None = None
    hold_id: Annotated[Text | None, Field(description="By the hold's id.")] = None
    since: Annotated[Instant | None, Field(description="That happened then or later.")] = None
    until: Annotated[Instant | None, Field(description="That happened before.")] = None

    def wanted(self) -> Filter:
        """Return it as the log takes it."""
        return Filter(
            kind=self.kind,
            facility_code=self.facility_code,
            hold_id=None if self.hold_id is None else self.hold_id.strip().upper(),
            since=schemas.read_instant(self.since, "since"),
            until=schemas.read_instant(self.until, "until"),
        )


class PagedFilter(EventFilter, HoldsEvents):
    """Which events, and which page of them."""


class ExportFilter(EventFilter):
    """Which events, and how they are written."""

    format: Annotated[Form, Field(description="JSON Lines are exact; CSV is for spreadsheets.")] = (
        Form.JSONL
    )


def routes(parts: Parts) -> APIRouter:
    """Return the routes of events."""
    router = writing.router(tags=["events"])
    declared = schemas.listing("A page of events.", EVENT_EXAMPLE)

    def listed(actor: Actor, wanted: Filter, asked: HoldsEvents) -> Response:
        name, newest_first = f"{LIST} {asked.order}", asked.order == NEWEST_FIRST
        place = cursors.read(name, asked.cursor, 1)
        span = Span(limit=asked.limit + 1, is_newest_first=newest_first)
        if place is not None:
            span = span._replace(before=place[0]) if newest_first else span._replace(after=place[0])
        found = parts.event_log.seen_by(actor).page(wanted, span)
        cut = cursors.page(name, found, asked.limit, _id)
        return as_json(cut.data(lambda event: event))

    @router.get(
        "/events",
        operation_id="listEvents",
        summary="List events",
        response_model=Page[Event],
        responses={**declared, **schemas.reading()},
    )
    def list_(caller: Asks, asked: Annotated[PagedFilter, Query()]) -> Response:
        """List the events that the key may see, in the order of recording.

        A reader that keeps the last `next_cursor` goes on from there. What two clients
        record within the same moment may come in another order than it was committed
        in: go on from a few events back, and drop those whose `id` is known.
        """
        return listed(caller.actor, asked.wanted(), asked)

    @router.get(
        "/holds/{name}/events",
        operation_id="listHoldEvents",
        summary="List a hold's events",
        response_model=Page[Event],
        responses={**declared, **schemas.reading(404, 409)},
    )
    def of_hold(name: HoldName, caller: Asks, asked: Annotated[HoldsEvents, Query()]) -> Response:
        """List what was observed about one hold."""
        hold = parts.views.seen_by(caller.actor).hold(name).hold
        return listed(caller.actor, Filter(hold_id=hold.id), asked)

    @router.get(
        "/events/export",
        operation_id="exportEvents",
        summary="Export the event log",
        response_class=StreamingResponse,
        responses={**EXPORTED, **schemas.reading()},
    )
    def export(caller: Asks, asked: Annotated[ExportFilter, Query()]) -> StreamingResponse:
        """Take a copy of the log: all the events that the key may see, or a filter's.

        That it was taken, by whom and how much, is an event itself: it is in the next
        export. A bare export is JSON Lines in the order of recording.
        """
        log = parts.event_log.seen_by(caller.actor)
        pieces = log.export(caller.actor, asked.format, asked.wanted())
        name = f"events.{asked.format}"
        return StreamingResponse(
            pieces,
            media_type=MEDIA_TYPES[asked.format],
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return router


EXPORTED: schemas.Responses = {
    200: {
        "description": "The events, one a line.",
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


def _id(event: dict[str, Any]) -> cursors.Place:
    return (event["id"],)
