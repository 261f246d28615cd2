"""What the signs mean, and which keys move about."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from web.frame import Frame
from web.identity import SignedIn


def routes(frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/help", response_class=HTMLResponse)
    def show(asks: SignedIn) -> Response:
        return frame.page(asks, "help.html", {}, here="help")

    return router
