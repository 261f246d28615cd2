"""A record kept on paper while the system was away, entered in one go, its end with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse

from scheduler.domain.actors import Deed, require_may
from web.frame import Frame
from web.identity import Sends
from web.pages.entering import Asked, Entering, PaperForm
from web.parts import Parts
from web.rules import EntersHolds


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the form."""
    router = APIRouter()
    page = Entering(parts, frame, template="paper_record.html", here="paper-record")

    @router.get("/holds/paper", response_class=HTMLResponse)
    def show(asks: EntersHolds) -> Response:
        return page.form(asks, PaperForm(), Asked(None, {}, {}))

    @router.post("/holds/paper", response_class=HTMLResponse)
    def enter(asks: Sends, form: Annotated[PaperForm, Form()]) -> Response:
        require_may(asks.actor, Deed.FACT)
        return page.enter(asks, form)

    return router
