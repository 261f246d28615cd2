"""What a change of the law's data would move: shown first, done when somebody agrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from scheduler.amendments import Agreement, Move, move_object
from web.api.schemas import At, Body, LongText

MOST = 200
"""Holds that one answer names; all of them are counted."""


class Moved(BaseModel):
    """An open hold that a change reaches, with its limits before and after."""

    hold_id: str
    hold_ref: str
    facility_code: str
    moves: Annotated[bool, Field(description="A limit changes.")]
    old_deadline_at: At | None
    new_deadline_at: At | None
    old_ceiling_at: At | None
    new_ceiling_at: At | None
    timezone: str


class Moves(BaseModel):
    """What a change reaches."""

    reached: Annotated[int, Field(description="Open holds that it reaches.")]
    moved: Annotated[int, Field(description="Those of them whose limits it changes.")]
    holds: Annotated[list[Moved], Field(description=f"The first {MOST} of them.")]


class Agreed(Body):
    """Why, and that whoever asks has looked at what it moves."""

    reason: Annotated[LongText, Field(description="It stays on the record of every hold.")]
    confirm: Annotated[
        bool, Field(description="Needed where open holds are reached: look at them first.")
    ] = False

    @property
    def agreement(self) -> Agreement:
        """What was agreed to."""
        return Agreement(self.reason, is_given=self.confirm)


MOVES = {
    "reached": 1,
    "moved": 1,
    "holds": [
        {
            "hold_id": "7Q3KM4",
            "hold_ref": "2026-1190",
            "facility_code": "OAK",
            "moves": True,
            "old_deadline_at": "2026-03-04T17:00:00Z",
            "new_deadline_at": "2026-03-05T17:00:00Z",
            "old_ceiling_at": "2026-03-04T17:00:00Z",
            "new_ceiling_at": "2026-03-04T17:00:00Z",
            "timezone": "America/New_York",
        }
    ],
}


def data(found: Sequence[Move]) -> dict[str, Any]:
    """Return what a change reaches, as it is sent."""
    return {
        "reached": len(found),
        "moved": sum(move.moves for move in found),
        "holds": [move_object(move) for move in found[:MOST]],
    }
