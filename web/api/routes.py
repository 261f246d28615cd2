"""The interface for machines: every route of `/api/v1`, put together."""

from __future__ import annotations

from fastapi import APIRouter

from web.api import holds
from web.parts import Parts

PREFIX = "/api/v1"


def routes(parts: Parts) -> APIRouter:
    """Return the routes.

    Args:
        parts: What they read and record through.
    """
    router = APIRouter(prefix=PREFIX)
    for made in (holds.routes(parts),):
        router.include_router(made)
    return router
