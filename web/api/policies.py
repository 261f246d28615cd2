"""Policies: the rules on record with their sources, and a new law brought to open holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from scheduler.domain.policy import policy_data
from scheduler.errors import HoldNotFoundError
from web.api import cursors, moves, schemas, writing
from web.api.cursors import AsksPage, Page
from web.api.moves import Agreed, Moves
from web.identity import Asks
from web.parts import Parts
from web.rules import Administers, Oversees

Id = Annotated[str, Path(pattern=r"^[a-z0-9.-]{1,60}$", description="The policy's id.")]


class Policy(BaseModel):
    """A policy with its source, and how well that was checked; durations in words, as `48 h`."""

    model_config = ConfigDict(extra="allow")

    id: str
    version: int
    title: str
    anchor: str
    limit: str | None
    excludes: list[str]
    notice: str
    source: str
    mark: str
    enabled: bool
    reaches_open: bool


POLICY = {
    "id": "i-247a",
    "version": 1,
    "title": "Form I-247A: every hour counts",
    "anchor": "would_release_at",
    "limit": "48 h",
    "excludes": [],
    "notice": "requested",
    "source": "Form I-247A",
    "mark": "V",
    "enabled": True,
    "reaches_open": False,
}


def routes(parts: Parts) -> APIRouter:
    """Return the routes of policies."""
    router = writing.router(prefix="/policies", tags=["policies"])
    book = parts.book

    def known(policy_id: str) -> str:
        if policy_id not in book:
            raise HoldNotFoundError(f"policy '{policy_id}': there is none on record")
        return policy_id

    @router.get(
        "",
        response_model=Page[Policy],
        responses=schemas.reading() | schemas.listing("Policies, by id.", POLICY),
    )
    def list_policies(caller: Asks, asked: AsksPage) -> dict[str, Any]:
        """List every policy on record, those that are switched off included."""
        rows = cursors.cut("policy", book.values(), asked, lambda policy: policy.id)
        return rows.data(policy_data)

    @router.get(
        "/{policy_id}",
        response_model=Policy,
        responses=schemas.reading(404) | schemas.answer(200, "It.", example=POLICY),
    )
    def show_policy(policy_id: Id, caller: Asks) -> dict[str, Any]:
        """Show a policy with its source. Counsel must confirm it before it is used."""
        return policy_data(book[known(policy_id)])

    @router.get(
        "/{policy_id}/moves",
        response_model=Moves,
        responses=schemas.reading(403, 404)
        | schemas.answer(200, "What it would move.", example=moves.MOVES),
    )
    def show_policy_moves(policy_id: Id, caller: Oversees) -> dict[str, Any]:
        """Show the open holds that a law reaches, with their limits before and after."""
        return moves.data(parts.amendments.policy_moves(known(policy_id)))

    @router.post(
        "/{policy_id}/apply",
        response_model=Moves,
        responses=schemas.writing(404) | schemas.answer(200, "What it moved.", example=moves.MOVES),
        openapi_extra=schemas.body_example({"reason": "S.L. 2025-85", "confirm": True}),
    )
    def apply_policy(policy_id: Id, body: Agreed, caller: Administers) -> dict[str, Any]:
        """Bring a law to the open holds it reaches."""
        return moves.data(
            parts.amendments.apply_policy(caller.actor, known(policy_id), body.agreement)
        )

    return router
