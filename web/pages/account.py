"""How pages look to a reader: language, hours, single keys. They change it themselves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from web.frame import Frame
from web.identity import Sends, SignedIn
from web.parts import Parts


class Preferences(BaseModel):
    """The form's fields; a box that is not ticked is not sent."""

    language: str = ""
    hours: str = "24"
    single_keys: str = ""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    def show(asks: SignedIn, saved: str = "") -> Response:
        values = {"account": asks.account, "is_saved": saved == "yes"}
        return frame.page(asks, "account.html", values, here="account")

    @router.post("/account")
    def change(asks: Sends, form: Annotated[Preferences, Form()]) -> Response:
        parts.users.set_preferences(
            asks.actor,
            asks.account.id,
            language=form.language or None,
            twelve_hour=form.hours == "12",
            single_keys=bool(form.single_keys),
        )
        return RedirectResponse("/account?saved=yes", 303)

    return router
