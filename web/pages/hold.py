"""One hold: where it stands, what happened, and who was told."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.open_holds import up_to_now
from scheduler.views import EventFilter, HoldView
from web import telling, words
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.pages import record
from web.parts import Parts
from web.voice import marked, voice

FACTS = (
    ("lodged_at", marked("Received")),
    ("served_at", marked("Served")),
    ("warrant_received_at", marked("Warrant received")),
    ("warrant_served_at", marked("Warrant served")),
    ("judicial_order_at", marked("Judicial order")),
    ("would_release_at", marked("Would have been released")),
    ("expected_release_at", marked("Release expected")),
    ("notice_given_at", marked("Notice to the agency")),
    ("acknowledged_at", marked("Acknowledged")),
    ("arrival_at", marked("Agents due")),
)
LONGEST_LIST = 200


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of holds."""
    router = APIRouter()

    @router.get("/holds/{name}", response_class=HTMLResponse)
    def show(asks: SignedIn, name: str) -> Response:
        view = up_to_now(parts.views.seen_by(asks.actor).hold(name))
        if name != view.hold.id:
            return RedirectResponse(f"/holds/{view.hold.id}", 303)
        return frame.page(asks, "hold.html", _values(parts, asks, view), here="hold")

    return router


def _values(parts: Parts, asks: Person, view: HoldView) -> dict[str, Any]:
    said, zone = voice(reader_from(asks).manner), view.facility.timezone
    events = parts.event_log.seen_by(asks.actor).events(EventFilter(hold_id=view.hold.id))
    found = parts.views.seen_by(asks.actor).deliveries(hold=view.hold.id, limit=LONGEST_LIST)
    zones = telling.Zones([view.facility])
    return {
        "view": view,
        "lead": words.lead(view, said),
        "lacks": list(words.missing(view, said)),
        "facts": [
            (said.say(title), at)
            for field, title in FACTS
            if (at := getattr(view.hold, field)) is not None
        ],
        "happened": [telling.told(event, zone, said) for event in events][::-1],
        "may_record": [(name, said.say(title)) for name, title in record.offered(asks.actor, view)],
        "alerts": [telling.sent(row, zones, said) for row in found],
    }
