"""Dated holidays added to the federal ones, and the open holds that each change moves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from scheduler.kept_holidays import FIELDS, holiday_object
from web.api import cursors, moves, schemas, writing
from web.api.cursors import AsksPage, Page
from web.api.directory import made
from web.api.directory_shapes import Id
from web.api.moves import Agreed, Moves
from web.api.schemas import MADE, At, Text, links
from web.identity import Asks
from web.parts import Parts
from web.rules import Administers, Oversees

Day = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\d$",
        json_schema_extra={"format": "date"},
        description="A date at the facility.",
        examples=["2026-06-19"],
    ),
]
Policies = Annotated[
    list[Annotated[Text, Field(max_length=60)]],
    Field(max_length=100, description="For these alone; none is all."),
]
States = Annotated[
    list[Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]],
    Field(max_length=60, description="In these alone; none is all."),
]
Facilities = Annotated[
    list[Annotated[Text, Field(max_length=32)]],
    Field(max_length=500, description="At these alone; none is all."),
]


class Holiday(BaseModel):
    """A date that does not count where holidays do not; an empty scope reaches everything."""

    id: str
    day: str
    name: str
    source: str
    policies: list[str]
    states: list[str]
    facilities: list[str]
    disabled_at: At | None


class Changed(BaseModel):
    """A holiday as it is now, and what that moved."""

    holiday: Holiday
    moves: Moves


class NewHoliday(Agreed):
    """A holiday as it is added."""

    day: Day
    name: Annotated[Text, Field(description="What is kept.")]
    source: Annotated[Text, Field(description="The statute or order that says so.")]
    policies: Policies = Field(default_factory=list)
    states: States = Field(default_factory=list)
    facilities: Facilities = Field(default_factory=list)


class HolidayEdit(Agreed):
    """What is to be changed; what is left out stays, and an empty scope reaches everything."""

    day: Day | None = None
    name: Text | None = None
    source: Text | None = None
    policies: Policies | None = None
    states: States | None = None
    facilities: Facilities | None = None


HOLIDAY = {
    "id": "6P2JL3",
    "day": "2026-06-19",
    "name": "Day of mourning",
    "source": "Executive Order 1",
    "policies": [],
    "states": ["NC"],
    "facilities": [],
    "disabled_at": None,
}
_UNNAMED = {"name": "unnamed", "source": "none yet"}
CHANGED = {"holiday": HOLIDAY, "moves": moves.MOVES}


def _drafted(
    *,
    day: Annotated[Day | None, Query()] = None,
    name: Annotated[Text | None, Query()] = None,
    source: Annotated[Text | None, Query()] = None,
    policies: Annotated[Policies | None, Query()] = None,
    states: Annotated[States | None, Query()] = None,
    facilities: Annotated[Facilities | None, Query()] = None,
) -> dict[str, Any]:
    values = (day, name, source, policies, states, facilities)
    return dict(zip(FIELDS, values, strict=True))


Drafted = Annotated[dict[str, Any], Depends(_drafted)]
"""A holiday as somebody thinks of having it."""


def routes(parts: Parts) -> APIRouter:
    """Return the routes of holidays."""
    router = writing.router(prefix="/holidays", tags=["holidays"])
    kept = parts.holidays

    def shown(caller: Asks, holiday_id: str) -> dict[str, Any]:
        return holiday_object(kept.seen_by(caller.actor).get(holiday_id))

    @router.get(
        "",
        response_model=Page[Holiday],
        responses=schemas.reading() | schemas.listing("Holidays, by date.", HOLIDAY),
    )
    def list_holidays(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List the dates that were added; those of the holidays file are not among them."""
        rows = kept.seen_by(caller.actor).all()
        found = cursors.cut("holiday", rows, asked, lambda row: f"{row.day.isoformat()} {row.id}")
        return found.data(holiday_object)

    @router.get(
        "/{holiday_id}",
        response_model=Holiday,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=HOLIDAY),
    )
    def show_holiday(holiday_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a date that was added."""
        return shown(caller, holiday_id)

    @router.get(
        "/{holiday_id}/moves-of-editing",
        response_model=Moves,
        responses=schemas.reading(403, 404, 409)
        | schemas.answer(200, "What it would move.", example=moves.MOVES),
    )
    def show_moves_of_editing(holiday_id: Id, caller: Oversees, draft: Drafted) -> dict[str, Any]:
        """Show the open holds that another date, name, source or scope would reach."""
        return moves.data(kept.moves_of_editing(holiday_id, draft))

    @router.get(
        "/{holiday_id}/moves-of-disabling",
        response_model=Moves,
        responses=schemas.reading(403, 404, 409)
        | schemas.answer(200, "What it would move.", example=moves.MOVES),
    )
    def show_moves_of_disabling(holiday_id: Id, caller: Oversees) -> dict[str, Any]:
        """Show the open holds for which the date would count again."""
        return moves.data(kept.moves_of_disabling(holiday_id))

    @router.post(
        "",
        status_code=201,
        response_model=Changed,
        responses=schemas.writing(404)
        | schemas.answer(
            201,
            "It was added.",
            example=CHANGED,
            headers=MADE,
            links=links(
                "holiday_id",
                "showHoliday",
                "showMovesOfEditing",
                "showMovesOfDisabling",
                "editHoliday",
                "disableHoliday",
                found="holiday/id",
            ),
        ),
        openapi_extra=schemas.body_example(
            {
                "day": "2026-06-19",
                "name": "Day of mourning",
                "source": "Executive Order 1",
                "states": ["NC"],
                "reason": "Proclaimed by the governor.",
                "confirm": True,
            }
        ),
    )
    def add_holiday(body: NewHoliday, caller: Administers, response: Response) -> dict[str, Any]:
        """Add a date that does not count where holidays do not; look at what it moves first."""
        record, moved = kept.add(caller.actor, body.model_dump(include=set(FIELDS)), body.agreement)
        made(response, "holidays", record.id)
        return {"holiday": holiday_object(record), "moves": moves.data(moved)}

    @router.patch(
        "/{holiday_id}",
        response_model=Changed,
        responses=schemas.writing(404) | schemas.answer(200, "As it is now.", example=CHANGED),
        openapi_extra=schemas.body_example(
            {"day": "2026-06-22", "reason": "Moved by the order of 1 June."}
        ),
    )
    def edit_holiday(holiday_id: Id, body: HolidayEdit, caller: Administers) -> dict[str, Any]:
        """Change a holiday, and what open holds have of it."""
        told = body.model_dump(include=set(FIELDS))
        record, moved = kept.edit(caller.actor, holiday_id, told, body.agreement)
        return {"holiday": holiday_object(record), "moves": moves.data(moved)}

    @router.post(
        "/{holiday_id}/disable",
        response_model=Changed,
        responses=schemas.writing(404) | schemas.answer(200, "It is withdrawn.", example=CHANGED),
        openapi_extra=schemas.body_example({"reason": "Revoked.", "confirm": True}),
    )
    def disable_holiday(holiday_id: Id, body: Agreed, caller: Administers) -> dict[str, Any]:
        """Withdraw a holiday: it stays on record, and counts for no hold any more."""
        moved = kept.disable(caller.actor, holiday_id, body.agreement)
        return {"holiday": shown(caller, holiday_id), "moves": moves.data(moved)}

    return router


def drafts(parts: Parts) -> APIRouter:
    """Return the route that tells what a further date would move."""
    router = writing.router(tags=["holidays"])
    kept = parts.holidays

    @router.get(
        "/holiday-moves",
        response_model=Moves,
        responses=schemas.reading(403, 404, 409)
        | schemas.answer(200, "What it would move.", example=moves.MOVES),
    )
    def show_moves_of_adding(caller: Oversees, draft: Drafted) -> dict[str, Any]:
        """Show the open holds that a further date would reach."""
        # What it is called moves nothing, and may not be known yet.
        told = {name: value or _UNNAMED.get(name) for name, value in draft.items()}
        return moves.data(kept.moves_of_adding(told))

    return router
