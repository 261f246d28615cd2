"""One hold: where it stands and why, what happened, who was told, and what may be recorded now."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.domain.clock_duties import alarm_due
from scheduler.domain.explanation import Reading
from scheduler.domain.policy import Paper
from scheduler.errors import StoreError
from scheduler.open_holds import up_to_now
from scheduler.subjects import PersonRecord
from scheduler.views import EventFilter, HoldView
from web import telling, words
from web.coming import coming
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn
from web.pages import corrections, record
from web.parts import Parts
from web.voice import Voice, marked, voice

FACTS: Final = (
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
LONGEST_LIST: Final = 200
ENDS: Final = ("release", "transfer", "cancellation")
"""What is most likely to end a hold: asked for first where the limit has passed."""
NO_KEY: Final = marked("It cannot be read here: the key to it is missing. Tell an administrator.")


class Shown(NamedTuple):
    """Who is held, as it was entered, after it was asked for.

    Attributes:
        problem: Why it cannot be shown.
    """

    person: PersonRecord | None
    problem: str = ""


class Happened(NamedTuple):
    """An event, and who wrote it."""

    told: telling.Told
    actor: str


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of holds."""
    router = APIRouter()

    @router.get("/holds/{name}", response_class=HTMLResponse)
    def show(asks: SignedIn, name: str) -> Response:
        view = up_to_now(parts.views.seen_by(asks.actor).hold(name))
        if name != view.hold.id:
            return RedirectResponse(f"/holds/{view.hold.id}", 303)
        return frame.page(asks, "hold.html", _values(parts, asks, view), here="hold")

    # By POST, since it is put on record that somebody looked: no link or reload does that.
    @router.post("/holds/{name}/person", response_class=HTMLResponse)
    def show_person(asks: Sends, name: str) -> Response:
        view = up_to_now(parts.views.seen_by(asks.actor).hold(name))
        try:
            shown = Shown(parts.subjects.show(asks.actor, view.hold.id))
        except StoreError:
            shown = Shown(None, NO_KEY)
        values = _values(parts, asks, view) | {"shown": shown}
        return frame.page(asks, "hold.html", values, here="hold")

    return router


def _values(parts: Parts, asks: Person, view: HoldView) -> dict[str, Any]:
    said, theirs = voice(reader_from(asks).manner), parts.views.seen_by(asks.actor)
    explained = theirs.explanation(view.hold.id, telling.speech(said))
    may_record = {name: said.say(title) for name, title in record.offered(asks.actor, view)}
    is_past = view.hold.outcome is None and words.lead(view, said).look == "stop"
    return {
        "view": view,
        "lead": words.lead(view, said),
        "boxes": words.boxes(view, explained, said),
        "lacks": list(words.missing(view, said)),
        "served_late": said.say(words.SERVED_LATE) if _is_served_late(view) else "",
        "asked": words.confirmation(view, said),
        "next_alarm": alarm_due(view.hold, view.rules) if is_past else None,
        "facts": [
            (said.say(title), at, field if field in corrections.KNOWN else "")
            for field, title in FACTS
            if (at := getattr(view.hold, field)) is not None
        ],
        "may_correct": corrections.may_correct(asks.actor),
        "explained": explained,
        "readings": _worked_out(explained.policy, *explained.checked),
        "coming": [] if is_past else coming(view, said),
        "happened": _happened(parts, asks, view, said),
        "may_record": may_record,
        "first": [name for name in ENDS if name in may_record] if is_past else [],
        "alerts": _alerts(parts, asks, view, said),
        "at_most": LONGEST_LIST,
        "shown": None,
    }


def _is_served_late(view: HoldView) -> bool:
    hold = view.hold
    is_running = hold.outcome is None and hold.started_at is not None
    return is_running and Paper.SERVED in view.papers_missing


def _worked_out(*readings: Reading) -> list[Reading]:
    return [each for each in readings if each.steps]


def _happened(parts: Parts, asks: Person, view: HoldView, said: Voice) -> list[Happened]:
    events = parts.event_log.seen_by(asks.actor).events(EventFilter(hold_id=view.hold.id))
    zone = view.facility.timezone
    return [Happened(telling.told(each, zone, said), each["actor"]) for each in events][::-1]


def _alerts(parts: Parts, asks: Person, view: HoldView, said: Voice) -> list[telling.Sent]:
    theirs = parts.views.seen_by(asks.actor)
    found = theirs.deliveries(hold=view.hold.id, limit=LONGEST_LIST)
    zones, tries = telling.Zones([view.facility]), theirs.tries(view.hold.id)
    return [telling.sent(row, zones, said, tries.get(row["id"], ())) for row in found]
