"""Deliveries: the alerts that went out, are on their way, or were given up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from web.api import cursors, schemas, writing
from web.api.cursors import AsksPage, Page
from web.api.schemas import At, Text
from web.identity import Asks
from web.parts import Parts
from web.rules import Administers

Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$", description="The delivery's id.")]
State = Literal["waiting", "sending", "delivered", "superseded", "dead", "recorded"]


class Delivery(BaseModel):
    """One alert on its way to one channel."""

    id: str
    hold_id: Annotated[str | None, Field(description="None of a test message.")]
    facility_code: Annotated[str | None, Field(description="Of the hold's facility.")]
    event_id: str
    type: str
    also: Annotated[list[str], Field(description="Less urgent alerts that it stands for.")]
    state: State
    contact_id: str
    contact_name: str
    channel_id: str
    channel_kind: str
    due_at: At
    written_at: At
    attempts: int
    first_attempt_at: At | None
    attempt_at: Annotated[At | None, Field(description="When it is tried next.")]
    ended_at: At | None
    delivered_at: At | None
    delay_s: Annotated[float | None, Field(description="Seconds from due to delivered.")]
    acknowledged_at: At | None
    possible_duplicate: bool


class Try(BaseModel):
    """One try to deliver, and what came of it."""

    number: int
    started_at: At
    duration_ms: int
    result: str
    status: int | None
    answer: Annotated[str, Field(description="The first kilobyte of what the receiver said.")]


class Tried(Delivery):
    """A delivery with each of its tries."""

    tries: list[Try]


DELIVERY = {
    "id": "019ca1f2-7d2a-7c11-8a3b-5f0e2b9d4c10",
    "hold_id": "7Q3KM4X",
    "facility_code": "OAK",
    "event_id": "019ca1f2-7d2a-7b02-9c4d-1a2b3c4d5e6f",
    "type": "hold.reminder",
    "also": [],
    "state": "dead",
    "contact_id": "7Q3KM4",
    "contact_name": "Duty officer",
    "channel_id": "9T5MP6",
    "channel_kind": "webhook",
    "due_at": "2026-03-04T13:00:00Z",
    "written_at": "2026-03-04T13:00:00Z",
    "attempts": 1,
    "first_attempt_at": "2026-03-04T13:00:00Z",
    "attempt_at": None,
    "ended_at": "2026-03-04T13:00:01Z",
    "delivered_at": None,
    "delay_s": None,
    "acknowledged_at": None,
    "possible_duplicate": False,
}
_TRY = {
    "number": 1,
    "started_at": "2026-03-04T13:00:00Z",
    "duration_ms": 812,
    "result": "failed",
    "status": 410,
    "answer": "gone",
}
TRIED = {**DELIVERY, "tries": [_TRY]}


def routes(parts: Parts) -> APIRouter:
    """Return the routes of deliveries."""
    router = writing.router(prefix="/deliveries", tags=["deliveries"])

    @router.get(
        "",
        response_model=Page[Delivery],
        responses=schemas.reading(404) | schemas.listing("Deliveries, the last first.", DELIVERY),
    )
    def list_deliveries(
        caller: Asks,
        asked: AsksPage,
        *,
        state: Annotated[State | None, Query(description="In this state only.")] = None,
        hold_id: Annotated[
            Text | None, Query(description="About one hold: its id or reference.")
        ] = None,
        facility_code: Annotated[
            Text | None, Query(max_length=32, description="About holds of one facility.")
        ] = None,
    ) -> dict[str, Any]:
        """List what was sent and is to be sent: all of it, or what is about your holds."""
        before = cursors.read("delivery", asked.cursor, 1)
        rows = parts.views.seen_by(caller.actor).deliveries(
            hold=hold_id,
            facility_code=facility_code,
            state=state,
            before=None if before is None else before[0],
            limit=asked.limit + 1,
        )
        found = cursors.page("delivery", rows, asked.limit, lambda row: (str(row["id"]),))
        return found.data(dict)

    @router.get(
        "/{delivery_id}",
        response_model=Tried,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=TRIED),
    )
    def show_delivery(delivery_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a delivery with each of its tries."""
        return parts.views.seen_by(caller.actor).delivery(delivery_id)

    @router.post(
        "/{delivery_id}/resend",
        response_model=Tried,
        responses=schemas.writing(404)
        | schemas.answer(
            200, "It waits to be sent.", example={**TRIED, "state": "waiting", "ended_at": None}
        ),
    )
    def resend_delivery(delivery_id: Id, caller: Administers) -> dict[str, Any]:
        """Send again what was given up or superseded; the worker takes it up at once."""
        parts.resend(caller.actor, delivery_id)
        return parts.views.seen_by(caller.actor).delivery(delivery_id)

    return router
