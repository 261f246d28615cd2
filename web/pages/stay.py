"""Whether somebody will be signed out soon; they may put it off without leaving what they type."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from web.frame import Frame
from web.identity import Sends, SignedIn


def routes(frame: Frame) -> APIRouter:
    """Return the routes, which every page's script asks."""
    router = APIRouter()

    # Asked by the script: it puts nothing off.
    @router.get("/stay", response_class=HTMLResponse)
    def show(asks: SignedIn) -> Response:
        return frame.page(asks, "stay.html", {}, here="stay")

    @router.post("/stay", response_class=HTMLResponse)
    def stay(asks: Sends) -> Response:
        return frame.page(asks, "stay.html", {}, here="stay")

    return router
