"""Calendar feeds, as an administrator's system makes and ends them for an account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from web.api import schemas, writing
from web.api.schemas import Body, Text
from web.api.users import Id
from web.parts import Parts
from web.rules import Administers


class NewCalendarFeed(Body):
    """Whose feed is to be made."""

    account: Annotated[
        Text, Field(description="The account's id or mail address.", examples=["7Q3KM4X"])
    ]


class CalendarFeed(BaseModel):
    """A feed as it was made."""

    account_id: str
    url: Annotated[str, Field(description="Shown this once: whoever has it reads the feed.")]


_MADE = {
    "account_id": "7Q3KM4X",
    "url": ("https://holds.example.gov/calendar/wzW8X2c0Q5v1nqk7mFh3r9TtYb4dJpLs6uAeGxZoBiE.ics"),
}


def routes(parts: Parts) -> APIRouter:
    """Return the routes of calendar feeds."""
    router = writing.router(prefix="/calendar-feeds", tags=["calendar-feeds"])
    feeds = parts.calendar_feeds

    @router.post(
        "",
        status_code=201,
        response_model=CalendarFeed,
        responses=schemas.writing(404) | schemas.answer(201, "It was made.", example=_MADE),
    )
    def add_calendar_feed(body: NewCalendarFeed, caller: Administers) -> dict[str, Any]:
        """Make an account's calendar feed; the one it had ends."""
        return feeds.add(caller.actor, body.account)._asdict()

    @router.delete(
        "/{account_id}",
        status_code=204,
        responses=schemas.writing(404) | {204: {"description": "It has ended."}},
    )
    def end_calendar_feed(account_id: Id, caller: Administers) -> None:
        """End an account's calendar feed."""
        feeds.end(caller.actor, account_id)

    return router
