"""The pages of administration, put together: what is administered stands in `MADE`."""

from __future__ import annotations

from fastapi import APIRouter

from web.frame import Frame
from web.pages.administration import channels, directory, law, machines, pages, people, year
from web.pages.administration.nouns import Nouns
from web.parts import Parts

MADE = (
    directory.facilities,
    directory.offices,
    directory.contacts,
    channels.channels,
    law.holidays,
    law.policies,
    people.users,
    machines.api_keys,
    machines.walls,
)
"""What makes each noun, in the order of the index."""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes.

    Args:
        parts: What they read and change through.
        frame: What they are shown in.
    """
    router = APIRouter()
    nouns = Nouns(make(parts) for make in MADE)
    made = [pages.index(frame, nouns), year.routes(parts, frame)]
    for each in [*made, *(pages.routes(parts, frame, nouns, noun) for noun in nouns)]:
        router.routes.extend(each.routes)
    return router
