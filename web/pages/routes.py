"""The pages of people who signed in, put together."""

from __future__ import annotations

from fastapi import APIRouter

from web.frame import Frame
from web.pages import board
from web.parts import Parts


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes.

    Args:
        parts: What they read and record through.
        frame: What they are shown in.
    """
    router = APIRouter(include_in_schema=False)
    for made in (board.routes(parts, frame),):
        router.include_router(made)
    return router
