"""A new hold: entered between two telephone calls, with its deadline shown before it counts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from scheduler.domain.actors import Deed, require_may
from web.frame import Frame
from web.identity import Sends
from web.pages.entering import Asked, Entering, HoldForm
from web.parts import Parts
from web.rules import EntersHolds


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the form."""
    router = APIRouter()
    page = Entering(parts, frame, template="new_hold.html", here="new-hold")

    @router.get("/holds/new", response_class=HTMLResponse)
    def show(asks: EntersHolds) -> Response:
        return page.form(asks, HoldForm(), Asked(None, {}, {}))

    @router.post("/holds/new", response_class=HTMLResponse)
    def register(asks: Sends, form: Annotated[HoldForm, Form()]) -> Response:
        require_may(asks.actor, Deed.FACT)
        return page.enter(asks, form)

    # What `Show deadline first` answers, without the page around it, for the page's script.
    @router.post("/holds/new/preview", response_class=HTMLResponse)
    def preview(asks: Sends, form: Annotated[HoldForm, Form()]) -> Response:
        require_may(asks.actor, Deed.FACT)
        return page.preview(asks, form)

    return router
