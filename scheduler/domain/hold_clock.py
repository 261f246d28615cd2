"""The clock of a hold, worked out from what is on record, and what goes when it moves."""

from __future__ import annotations

from typing import Any

from scheduler.domain import window
from scheduler.domain.duty import Changes
from scheduler.domain.hold import Hold, Rules, anchors
from scheduler.domain.window import NO_LIMITS, Limits

WINDOW_MARKS: dict[str, Any] = {
    "ceiling_reached_at": None,
    "lapsed_at": None,
    "reminded_to": None,
    "deadline_reminded_to": None,
    "escalate_at": None,
    "escalated": 0,
}
"""What hangs on one window of the clock. The expiry is withdrawn, not cleared."""


def clock(hold: Hold, rules: Rules) -> Changes:
    """Work the limits out anew; where a running clock moves, a new window opens.

    Returns:
        The changed fields, none where nothing moved.
    """
    new = limits(hold, rules)
    known = (hold.starts_at, hold.deadline_at, hold.ceiling_at)
    if known == (new.starts_at, new.deadline_at, new.ceiling_at):
        return {}
    changes: Changes = {
        "starts_at": new.starts_at,
        "deadline_at": new.deadline_at,
        "ceiling_at": new.ceiling_at,
    }
    if hold.started_at is None:
        return changes
    # A clock that had started goes on from the corrected instant.
    opened = {"started_at": new.starts_at, "window_no": hold.window_no + 1}
    return {**changes, **WINDOW_MARKS, **opened}


def limits(hold: Hold, rules: Rules) -> Limits:
    """Return the limits by what is on record; none where the outcome came before the start."""
    found = window.limits(anchors(hold), rules.policy, rules.checked, rules.calendar)
    if hold.outcome is None or hold.outcome_at is None or found.starts_at is None:
        return found
    return NO_LIMITS if hold.outcome_at < found.starts_at else found
