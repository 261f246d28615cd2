"""Holds: registered, listed, read."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from scheduler.views import hold_object
from web.identity import Asks
from web.parts import Parts


def routes(parts: Parts) -> APIRouter:
    """Return the routes of holds."""
    router = APIRouter(prefix="/holds", tags=["holds"])

    @router.get("/{name}")
    def show(name: str, caller: Asks) -> dict[str, Any]:
        """Show a hold, by its id or its facility's reference."""
        return hold_object(parts.views.seen_by(caller.actor).hold(name))

    return router
