"""Whether this process lives, and whether it can serve: asked by whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from scheduler.health import Check
from web import problems

UNWELL = 503


def routes(
    *, is_alive: Callable[[], bool], what_is_ill: Callable[[], Sequence[Check]]
) -> APIRouter:
    """Return the two routes.

    Args:
        is_alive: Whether the deadline thread looks, where one runs in this process.
        what_is_ill: The checks that fail of those that serving needs.
    """
    router = APIRouter()

    @router.api_route("/livez", methods=["GET", "HEAD"])
    def livez() -> Response:
        if is_alive():
            return JSONResponse({"status": "alive"})
        return problems.as_json(
            UNWELL,
            "The deadline thread does not look",
            detail="It has not looked for 30 s. Restart this process.",
        )

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> Response:
        ill = what_is_ill()
        if not ill:
            return JSONResponse({"status": "ready"})
        # What was found may name holds, and anybody may ask: `doctor` tells it.
        failing = [{"name": check.name, "mend": check.mend} for check in ill]
        detail = "Run `holdclock doctor` for more."
        return problems.as_json(UNWELL, "Not ready", detail=detail, failing=failing)

    return router
