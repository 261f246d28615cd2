"""One's own account: how pages look, where one is signed in, and the calendar feed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.errors import HoldNotFoundError
from web import telling
from web.frame import Frame
from web.identity import Person, Sends, SignedIn
from web.pages import credentials
from web.pages.credentials import HERE
from web.parts import Parts
from web.source import source_of
from web.voice import marked

SAVED: Final[Mapping[str, str]] = {
    "yes": marked("Saved."),
    "password": marked("Your password was changed. Every other session of yours has ended."),
    "sessions": marked("Every other session of yours has ended."),
    "feed": marked("Your calendar feed has ended."),
}
"""What is said of a change that was made, by what the address carries."""


class Preferences(BaseModel):
    """The form's fields; a box that is not ticked is not sent."""

    language: str = ""
    hours: str = "24"
    single_keys: str = ""
    timezone: str = ""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the page, and of the forms that it leads to."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    def show(asks: SignedIn, saved: str = "") -> Response:
        values = {
            "account": asks.account,
            "found": parts.users.get(asks.account.id),
            "sessions": parts.sessions.of(asks.session),
            "zone": frame.framed(asks, HERE).zone or telling.ELSEWHERE,
            "feed_at": parts.calendar_feeds.made_at(asks.account.id),
            "saved": SAVED.get(saved, ""),
        }
        return frame.page(asks, "account.html", values, here=HERE)

    @router.post("/account")
    def change(asks: Sends, form: Annotated[Preferences, Form()]) -> Response:
        parts.users.set_preferences(
            asks.actor,
            asks.account.id,
            language=form.language or None,
            twelve_hour=form.hours == "12",
            single_keys=bool(form.single_keys),
            timezone=form.timezone,
        )
        return RedirectResponse("/account?saved=yes", 303)

    @router.post("/account/end-other-sessions")
    def end_others(request: Request, asks: Sends) -> Response:
        parts.sign_in.sign_out_others(asks.session, source=source_of(request))
        return RedirectResponse("/account?saved=sessions", 303)

    router.include_router(_feed(parts, frame))
    router.include_router(credentials.routes(parts, frame))
    return router


def _feed(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of one's own calendar feed; its address is shown once."""
    router = APIRouter()
    path = "/account/calendar-feed"

    def page(asks: Person, **more: Any) -> Response:
        feed_at = parts.calendar_feeds.made_at(asks.account.id)
        values = {"feed_at": feed_at, "url": "", **more}
        return frame.page(asks, "account_feed.html", values, here=HERE)

    @router.get(path, response_class=HTMLResponse)
    def ask(asks: SignedIn) -> Response:
        return page(asks)

    @router.post(path, response_class=HTMLResponse)
    def make(asks: Sends) -> Response:
        return page(asks, url=parts.calendar_feeds.add(asks.actor, asks.account.id).url)

    @router.post(f"{path}/end")
    def end(asks: Sends) -> Response:
        # After a double click it has ended already.
        with suppress(HoldNotFoundError):
            parts.calendar_feeds.end(asks.actor, asks.account.id)
        return RedirectResponse("/account?saved=feed", 303)

    return router
