"""Deadlines worked out from a start: pure calculation, about no hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from web.api import schemas, writing
from web.api.holds import as_json
from web.api.schemas import Body, Instant, Text
from web.api.shapes import Deadline
from web.identity import Asks
from web.parts import Parts


class Question(Body):
    """A policy, a start, a place."""

    policy: Annotated[Text, Field(description="By its id.", examples=["i-247a"])]
    from_: Annotated[
        Instant,
        Field(
            alias="from",
            description="The instant that starts this policy's clock.",
            examples=["2026-03-02T09:00:00-05:00"],
        ),
    ]
    timezone: Annotated[
        Text, Field(description="The facility's IANA zone.", examples=["America/New_York"])
    ]


def routes(parts: Parts) -> APIRouter:
    """Return the route of deadlines."""
    router = writing.router(tags=["deadlines"])

    @router.get(
        "/deadlines",
        operation_id="workOutDeadline",
        summary="Work out a deadline",
        response_model=Deadline,
        responses=schemas.reading(),
    )
    def work_out(_: Asks, asked: Annotated[Question, Query()]) -> Response:
        """Say when a policy's window would end, step by step. Nothing is recorded."""
        return as_json(parts.deadline(asked.model_dump(by_alias=True)))

    return router
