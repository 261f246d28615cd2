"""What a change of the law's data would move, for whoever is to say yes: old beside new limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from scheduler.amendments import Move, fingerprint
from scheduler.domain import instants

SEEN: Final = "seen"
"""The field that says which moves were looked at."""
BACK: Final = "back"
"""The button that returns the form as it was typed."""
MOST: Final = 200
"""Holds that one page lists; all of them are counted."""


class Limit(NamedTuple):
    """One limit of a hold before and after.

    Attributes:
        old: None where the clock has not started, or there is none.
        by: How much later or earlier, in words; empty where it stays.
        is_over: It was to come, and would be past at once.
    """

    old: datetime | None
    new: datetime | None
    by: str
    is_over: bool


class Moved(NamedTuple):
    """A hold that a change reaches."""

    hold_id: str
    hold_ref: str
    facility: str
    zone: str
    deadline: Limit
    ceiling: Limit


class Told(NamedTuple):
    """What a change reaches.

    Attributes:
        reached: How many open holds, whether or not a limit of theirs moves.
        moved: Those whose limits move, the earliest new one first; at most `MOST`.
        moves: How many those are.
        over: How many would be past a limit at once.
        seen: The fingerprint of all of it.
    """

    reached: int
    moved: Sequence[Moved]
    moves: int
    over: int
    seen: str


def told(found: Sequence[Move], now: datetime) -> Told:
    """Return what a change reaches, as its page shows it."""
    moved = sorted((_moved(move, now) for move in found if move.moves), key=_next_limit)
    over = sum(each.deadline.is_over or each.ceiling.is_over for each in moved)
    return Told(len(found), moved[:MOST], len(moved), over, fingerprint(found))


def _moved(move: Move, now: datetime) -> Moved:
    hold, limits, facility = move.hold, move.limits, move.facility
    return Moved(
        hold.id,
        hold.hold_ref,
        facility.name,
        facility.timezone,
        _limit(hold.deadline_at, limits.deadline_at, now),
        _limit(hold.ceiling_at, limits.ceiling_at, now),
    )


def _limit(old: datetime | None, new: datetime | None, now: datetime) -> Limit:
    by = ""
    if old is not None and new is not None and old != new:
        by = f"{instants.duration_text(abs(new - old))} {'later' if new > old else 'earlier'}"
    is_over = new is not None and new <= now and (old is None or now < old)
    return Limit(old, new, by, is_over)


def _next_limit(moved: Moved) -> tuple[bool, datetime | None, str]:
    at = moved.ceiling.new or moved.deadline.new
    return at is None, at, moved.hold_id
