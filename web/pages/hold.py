"""One hold: where it stands, what happened, and who was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler import sentences
from scheduler.open_holds import up_to_now
from scheduler.views import EventFilter, HoldView
from web import words
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.pages import record
from web.parts import Parts
from web.voice import Voice, marked, voice

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
STATES = {
    "waiting": marked("Waiting"),
    "sending": marked("On its way"),
    "delivered": marked("Delivered"),
    "superseded": marked("Overtaken by a later one"),
    "dead": marked("Not delivered"),
    "recorded": marked("Recorded, not sent"),
}
LONGEST_LIST = 200


class Told(NamedTuple):
    """An event as it is read."""

    at: datetime
    text: str


class Alert(NamedTuple):
    """An alert and what became of it."""

    title: str
    to: str
    due_at: datetime
    state: str


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
    said = voice(reader_from(asks).manner)
    found = parts.views.seen_by(asks.actor).deliveries(hold=view.hold.id, limit=LONGEST_LIST)
    return {
        "view": view,
        "lead": words.lead(view, said),
        "lacks": list(words.missing(view, said)),
        "facts": [
            (said.say(title), at)
            for field, title in FACTS
            if (at := getattr(view.hold, field)) is not None
        ],
        "happened": list(_happened(parts, asks, view, said))[::-1],
        "may_record": [(name, said.say(title)) for name, title in record.offered(asks.actor, view)],
        "alerts": [_alert(row, said) for row in found],
    }


def _happened(parts: Parts, asks: Person, view: HoldView, said: Voice) -> Iterator[Told]:
    zone = view.facility.timezone
    log = parts.event_log.seen_by(asks.actor)
    for event in log.events(EventFilter(hold_id=view.hold.id)):
        text = sentences.sentence(
            event, zone, say=said.say, tell=lambda instant: said.when(instant, zone)
        )
        yield Told(sentences.instant_of(event["occurred_at"]), text)


def _alert(row: Mapping[str, Any], said: Voice) -> Alert:
    state, title = STATES[row["state"]], sentences.alert_title(row["type"])
    return Alert(
        said.say(title),
        f"{row['contact_name']}, {row['channel_kind']}",
        sentences.instant_of(row["due_at"]),
        said.say(state),
    )
