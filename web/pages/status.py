"""Whether everything runs, in one sentence first; then what was looked at."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from web.frame import Frame
from web.identity import SignedIn
from web.parts import Parts


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/status", response_class=HTMLResponse)
    def show(asks: SignedIn) -> Response:
        values = {"ill": list(parts.what_is_ill())}
        return frame.page(asks, "status.html", values, here="status")

    return router
