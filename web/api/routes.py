"""The interface for machines: every route of `/api/v1`, put together."""

from __future__ import annotations

from fastapi import APIRouter

from web.api import (
    api_keys,
    calendar_feeds,
    channels,
    corrections,
    deadlines,
    deliveries,
    directory,
    events,
    facts,
    holds,
    holidays,
    policies,
    reports,
    users,
    walls,
)
from web.parts import Parts

MADE = (
    holds.routes,
    facts.routes,
    corrections.routes,
    events.routes,
    reports.routes,
    deadlines.routes,
    directory.facilities,
    directory.offices,
    directory.contacts,
    channels.routes,
    policies.routes,
    holidays.routes,
    holidays.drafts,
    users.routes,
    api_keys.routes,
    calendar_feeds.routes,
    walls.routes,
    deliveries.routes,
)
"""What makes the routes of each kind of thing."""


def routes(parts: Parts) -> APIRouter:
    """Return the routes.

    Args:
        parts: What they read and record through.
    """
    router = APIRouter()
    for make in MADE:
        # As they are: included, each would be worked out twice more.
        router.routes.extend(make(parts).routes)
    return router
