"""The proof of notice for one hold, as a page made to be printed."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.papers.document import NONE_ON_RECORD
from web.frame import Frame
from web.identity import SignedIn
from web.parts import Parts


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/holds/{name}/packet", response_class=HTMLResponse)
    def show(asks: SignedIn, name: str) -> Response:
        hold = parts.views.seen_by(asks.actor).hold(name).hold
        if name != hold.id:
            return RedirectResponse(f"/holds/{hold.id}/packet", 303)
        document = parts.papers.packet(hold.id, made_by=asks.actor.name, actor=asks.actor)
        values = {
            "document": document,
            "back": f"/holds/{hold.id}",
            "ref": hold.hold_ref,
            "empty": NONE_ON_RECORD,
        }
        return frame.page(asks, "paper.html", values, here="packet")

    return router
