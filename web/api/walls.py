"""Screens on walls, as an administrator's system makes and ends them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from scheduler.domain.instants import spelled
from web.api import cursors, schemas, writing
from web.api.api_keys import Codes
from web.api.cursors import AsksPage, Page
from web.api.schemas import At, Body, Text
from web.api.users import Id
from web.parts import Parts
from web.rules import Administers, Oversees


class NewWall(Body):
    """A screen to be made."""

    name: Annotated[Text, Field(description="Where it hangs.", examples=["Booking desk"])]
    facility_codes: Annotated[Codes, Field(description="Whose board it shows.", min_length=1)]


class Wall(BaseModel):
    """A screen, without what opens it."""

    id: str
    name: str
    facility_codes: list[str]
    created_at: At
    disabled_at: At | None


class WallMade(BaseModel):
    """A screen as it was made."""

    id: str
    url: Annotated[str, Field(description="Shown this once: opened in the screen's browser.")]


_WALL = {
    "id": "7Q3KM4X",
    "name": "Booking desk",
    "facility_codes": ["OAK"],
    "created_at": "2026-03-02T14:00:00Z",
    "disabled_at": None,
}
_MADE = {
    "id": "7Q3KM4X",
    "url": "https://holds.example.gov/wall/wzW8X2c0Q5v1nqk7mFh3r9TtYb4dJpLs6uAeGxZoBiE",
}


def routes(parts: Parts) -> APIRouter:
    """Return the routes of screens."""
    router = writing.router(prefix="/walls", tags=["walls"])
    walls = parts.walls

    @router.get(
        "",
        response_model=Page[Wall],
        responses=schemas.reading(403) | schemas.listing("Screens, by id.", _WALL),
    )
    def list_walls(caller: Oversees, asked: AsksPage) -> dict[str, Any]:
        """List every screen, without what opens it."""
        return cursors.cut("wall", walls.all(), asked, lambda row: str(row["id"])).data(spelled)

    @router.post(
        "",
        status_code=201,
        response_model=WallMade,
        responses=schemas.writing(404) | schemas.answer(201, "It was made.", example=_MADE),
        openapi_extra=schemas.body_example({"name": "Booking desk", "facility_codes": ["OAK"]}),
    )
    def add_wall(body: NewWall, caller: Administers) -> dict[str, Any]:
        """Make a screen. Its address is shown this once, and kept as a hash."""
        made = walls.add(caller.actor, name=body.name, facilities=body.facility_codes)
        return made._asdict()

    @router.delete(
        "/{wall_id}",
        status_code=204,
        responses=schemas.writing(404) | {204: {"description": "It has ended."}},
    )
    def end_wall(wall_id: Id, caller: Administers) -> None:
        """End a screen: it shows nothing any more."""
        walls.end(caller.actor, wall_id)

    return router
