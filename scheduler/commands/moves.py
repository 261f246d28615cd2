"""A change of the law's data: the open holds it moves are listed, then somebody agrees."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import output

if TYPE_CHECKING:
    from scheduler.amendments import Agreement, Move

Yes = Annotated[bool, typer.Option("--yes", help="Agree to what would be listed and asked.")]

Moves = Sequence[dict[str, Any]]


def data(found: Iterable[Move]) -> Moves:
    """Return each hold with its limits before and after; instants in UTC."""
    from scheduler.amendments import move_object

    return [move_object(move) for move in found]


def agreement(reason: str) -> Agreement:
    """Return the agreement of whoever has looked and said yes."""
    from scheduler.amendments import Agreement

    return Agreement(reason, is_given=True)


def is_agreed(found: Moves, *, yes: bool, as_json_: bool) -> bool:
    """List what would move and ask; nothing moved needs no asking.

    Raises:
        HoldStateError: There is nobody to ask, and nobody agreed beforehand.
    """
    from scheduler.errors import HoldStateError

    if yes or not found:
        return True
    if not as_json_:
        _show(found)
    if not sys.stdin.isatty():
        raise HoldStateError(
            f"this change reaches {len(found)} open holds, and nothing was changed; "
            "look at them, then say --yes"
        )
    typer.confirm("Change these holds?", abort=True)
    return True


def show_applied(found: Moves, *, as_json_: bool, **more: object) -> None:
    """Say what was changed."""
    if as_json_:
        output.as_json({**more, "applied": True, "holds": list(found)})
        return
    _show(found)
    output.line(f"Done; {len(found)} open holds were changed.")


def _show(found: Moves) -> None:
    if not found:
        return
    headings = (
        "hold",
        "reference",
        "facility",
        "deadline was",
        "becomes",
        "ceiling was",
        "becomes",
    )
    output.table(headings, map(_row, found))


def _row(move: dict[str, Any]) -> tuple[str | None, ...]:
    instants = ("old_deadline_at", "new_deadline_at", "old_ceiling_at", "new_ceiling_at")
    told = (_local(move[name], move["timezone"]) for name in instants)
    return (move["hold_id"], move["hold_ref"], move["facility_code"], *told)


def _local(text: str | None, zone: str) -> str | None:
    from scheduler.domain.instants import local_text

    if text is None:
        return None
    return local_text(datetime.fromisoformat(text), zone, year=True, midnight=False)
