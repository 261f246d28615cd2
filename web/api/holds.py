"""Holds: registered, listed, read, explained."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from scheduler import intake
from scheduler.domain.explanation import explanation_data
from scheduler.domain.hold import Outcome, Status
from scheduler.domain.instants import rfc3339
from scheduler.views import HoldPlace, HoldView, HoldWanted, hold_object
from web.api import cursors, schemas, writing
from web.api.cursors import Page, Paged
from web.api.schemas import Body, Instant, LongText, Text
from web.api.shapes import HOLD_EXAMPLE, Explanation, Hold, Subject
from web.identity import Asks
from web.parts import Parts
from web.rules import Records

LIST = "holds"

HoldName = Annotated[
    Text,
    Path(
        description="The hold's id, or its facility's reference where that has no slash.",
        examples=[HOLD_EXAMPLE["id"]],
    ),
]
"""The parameter of every route about one hold."""

ETAG = {"ETag": "The hold's `version`, in quotes: `If-Match` of a correction takes it."}


class Registration(Body):
    """A detainer as it came in, with whatever else is known by then."""

    facility_code: Text
    hold_ref: Annotated[
        Text,
        Field(min_length=1, description="What the facility calls it; a second detainer: `REF/2`."),
    ]
    detainer_type: Annotated[Text, Field(description="The form, as `I-247A`.")]
    lodged_at: Annotated[Instant, Field(description="When the detainer was received.")]
    served_at: Annotated[
        Instant | None, Field(description="When a copy was served on the person.")
    ] = None
    warrant_served_at: Instant | None = None
    would_release_at: Annotated[
        Instant | None,
        Field(
            description="When the person would otherwise have been released: the clock starts. "
            "One still to come is taken as `expected_release_at`."
        ),
    ] = None
    expected_release_at: Annotated[
        Instant | None, Field(description="A forecast, up to two years ahead.")
    ] = None
    notice_given_at: Annotated[
        Instant | None, Field(description="When the facility told the agency of the release.")
    ] = None
    reason: Annotated[
        LongText | None, Field(description="Needed for facts more than 72 h back.")
    ] = None
    policy: Annotated[
        Text | None, Field(description="Instead of the facility's own, by its id.")
    ] = None
    subject_name: Annotated[
        Text | None, Field(repr=False, description="Encrypted at once, and in no event or alert.")
    ] = None
    a_number: Annotated[Text | None, Field(repr=False, description="The same.")] = None
    outcome: Annotated[
        Outcome | None,
        Field(description="Of a record kept on paper: registered and closed in one."),
    ] = None
    outcome_at: Instant | None = None


REGISTRATION_EXAMPLE = {
    "facility_code": "OAK",
    "hold_ref": "2026-0417",
    "detainer_type": "I-247A",
    "lodged_at": "2026-03-01T10:20:00-05:00",
    "served_at": "2026-03-01T11:05:00-05:00",
    "reason": "Entered from the paper log after the outage.",
}


def shown(
    view: HoldView, status: int = 200, *, warnings: Collection[str] = (), location: bool = False
) -> Response:
    """Return the answer that shows one hold.

    There is no 304 for it: the version, which is the tag, counts what people record, and
    a hold that has expired meanwhile must not read as if nothing had changed.
    """
    headers = {"ETag": f'"{view.hold.version}"'}
    if location:
        headers["Location"] = f"{writing.PREFIX}/holds/{view.hold.id}"
    return as_json(hold_object(view, warnings), status, headers)


def as_json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return data as JSON."""
    return Response(orjson.dumps(data), status, headers, media_type="application/json")


def show_hold(
    description: str, status: int = 200, headers: Mapping[str, str] = ETAG, **more: Any
) -> schemas.Responses:
    """Declare the answer that shows one hold."""
    return schemas.answer(status, description, example=HOLD_EXAMPLE, headers=headers, **more)


def routes(parts: Parts) -> APIRouter:
    """Return the routes of holds."""
    router = writing.router(prefix="/holds", tags=["holds"])
    _add_register(router, parts)
    _add_list(router, parts)
    _add_show(router, parts)
    return router


def _add_register(router: APIRouter, parts: Parts) -> None:
    headers = {**ETAG, "Location": "Where the hold is."}

    @router.post(
        "",
        operation_id="registerHold",
        summary="Register a hold",
        status_code=201,
        response_model=Hold,
        responses={
            **show_hold("It is on record now.", 201, headers, links=LINKS),
            200: {**show_hold("The same as before.")[200], "model": Hold},
            **schemas.writing(404),
        },
        openapi_extra=schemas.body_example(REGISTRATION_EXAMPLE),
    )
    @writing.answers_again
    def register(caller: Records, told: Registration) -> Response:
        """Put a detainer on record, with every fact that is known by then.

        The same registration again answers 200 with the hold that is there; the same
        reference with other fields answers 409, whose `hold` says where that one is.
        """
        now = caller.at or parts.views.now()
        asked = intake.read_registration(told.model_dump(), "UTC", now)
        done = parts.registry.register_hold(asked, caller.actor)
        is_new = done.is_new or writing.is_done()
        warnings = (*asked.notes, *done.warnings)
        return shown(done.view, 201 if is_new else 200, warnings=warnings, location=is_new)


def _add_list(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "",
        operation_id="listHolds",
        summary="List holds",
        response_model=Page[Hold],
        responses={
            **schemas.listing("A page of holds.", HOLD_EXAMPLE),
            **schemas.reading(),
        },
    )
    def list_(
        caller: Asks,
        asked: Annotated[HoldFilter, Query()],
    ) -> Response:
        """List the holds that the key may see.

        Open ones come first, by the next limit that has not passed; then those whose
        clock has not started; then the closed, the last first. The pages of one list
        keep the order of its first page.
        """
        views = parts.views.seen_by(caller.actor)
        place = cursors.read(LIST, asked.cursor, 4)
        as_of = views.now() if place is None else schemas.read_cursor_instant(place[0])
        after = None if place is None else _place(place)
        found = views.page(asked.wanted(), after=after, limit=asked.limit + 1, as_of=as_of)
        cut = cursors.page(LIST, found, asked.limit, lambda view: _told(view, as_of))
        return as_json(cut.data(hold_object))


class HoldFilter(Paged):
    """Which holds."""

    facility_code: Text | None = None
    status: Annotated[list[Status] | None, Field(description="In one of these states.")] = None
    open: Annotated[bool | None, Field(description="With no outcome on record, or with one.")] = (
        None
    )
    hold_ref: Annotated[Text | None, Field(description="Of this reference, at any facility.")] = (
        None
    )
    since: Annotated[Instant | None, Field(description="Lodged then or later.")] = None
    until: Annotated[Instant | None, Field(description="Lodged before.")] = None

    def wanted(self) -> HoldWanted:
        """Return it as the record takes it."""
        return HoldWanted(
            facility_codes=None if self.facility_code is None else {self.facility_code.strip()},
            statuses=self.status,
            is_open=self.open,
            hold_ref=None if self.hold_ref is None else self.hold_ref.strip(),
            lodged_since=schemas.read_instant(self.since, "since"),
            lodged_until=schemas.read_instant(self.until, "until"),
        )


def _told(view: HoldView, as_of: datetime) -> cursors.Place:
    place = view.place(as_of)
    return rfc3339(as_of), str(int(place.stretch)), rfc3339(place.at), place.hold_id


def _place(told: cursors.Place) -> HoldPlace:
    stretch = int(told[1]) if told[1] in {"0", "1", "2", "3"} else 0
    return HoldPlace(stretch, schemas.read_cursor_instant(told[2]), told[3])


def _add_show(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "/{name}",
        operation_id="showHold",
        summary="Show a hold",
        response_model=Hold,
        responses={**show_hold("The hold."), **schemas.reading(404, 409)},
    )
    def show(name: HoldName, caller: Asks) -> Response:
        """Show a hold as it stands."""
        return shown(parts.views.seen_by(caller.actor).hold(name))

    @router.get(
        "/{name}/explanation",
        operation_id="explainHold",
        summary="Explain a hold's limits",
        response_model=Explanation,
        responses=schemas.reading(404, 409),
    )
    def explain(name: HoldName, caller: Asks) -> Response:
        """Show the arithmetic step by step with its sources, and what other policies would say."""
        return as_json(explanation_data(parts.views.seen_by(caller.actor).explanation(name)))

    @router.get(
        "/{name}/subject",
        operation_id="showSubject",
        summary="Show who is held",
        response_model=Subject,
        responses=schemas.reading(404, 409),
    )
    def subject(name: HoldName, caller: Asks) -> Response:
        """Show the name and the A-number, if they were entered. That they were shown is an event."""
        person = parts.subjects.show(caller.actor, name)
        told = {
            "subject_name": None if person is None else person.name,
            "a_number": None if person is None else person.a_number,
        }
        return as_json(told)


LINKS = schemas.links(
    "name",
    "showHold",
    "listHoldEvents",
    "explainHold",
    "showSubject",
    "recordService",
    "recordWarrant",
    "recordPaper",
    "startClock",
    "recordNotice",
    "recordTransfer",
    "recordRelease",
    "recordCancellation",
    "recordDeclination",
    "recordOutcome",
    "recordCitizenshipClaim",
    "correctEntry",
    "acknowledgeAlert",
    "logCall",
)
"""What can be done with a hold that was registered, for readers of the document."""
