"""The pages of people who signed in, put together."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute

from web import rules
from web.frame import Frame
from web.pages import (
    account,
    board,
    corrections,
    deliveries,
    events,
    help_page,
    hold,
    new_hold,
    packet,
    paper_record,
    record,
    reports,
    status,
    stay,
    wall,
)
from web.pages.administration import routes as administration
from web.parts import Parts


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes.

    Args:
        parts: What they read and record through.
        frame: What they are shown in.
    """
    router = APIRouter(include_in_schema=False)
    made = (
        account.routes(parts, frame),
        administration.routes(parts, frame),
        board.routes(parts, frame),
        wall.routes(parts, frame),
        events.routes(parts, frame),
        deliveries.routes(parts, frame),
        status.routes(parts, frame),
        reports.routes(parts, frame),
        # Before the pages of holds: `new` is no name of one.
        new_hold.routes(parts, frame),
        paper_record.routes(parts, frame),
        hold.routes(parts, frame),
        record.routes(parts, frame),
        corrections.routes(parts, frame),
        packet.routes(parts, frame),
        help_page.routes(frame),
        stay.routes(frame),
    )
    for each in made:
        # As they are: included, each would be worked out again, which takes most of a start.
        router.routes.extend(each.routes)
    frame.lead_to(
        {
            route.path: rules.let_in(route.dependant)
            for route in router.routes
            if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        }
    )
    return router
