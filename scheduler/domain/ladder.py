"""The ladder of reminders before a limit, and what happens when nobody answers one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from scheduler.domain.duty import HOUR, MINUTE, Act, Changes, event, instant_name
from scheduler.domain.events import Kind, Value
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.instants import duration_text, parse_duration

LADDER = (24 * HOUR, 12 * HOUR, 8 * HOUR, 4 * HOUR, 2 * HOUR, HOUR, 30 * MINUTE)
"""Leads before the ceiling where neither facility nor policy sets others."""
DEADLINE_LADDER = (4 * HOUR, HOUR, 30 * MINUTE)
"""Leads before a deadline that is later than the ceiling."""
ESCALATION_REPEAT = 30 * MINUTE
SHORTEST_PATIENCE = 2 * MINUTE
LONGEST_PATIENCE = 30 * MINUTE


def ladder_from(leads: Sequence[str]) -> tuple[timedelta, ...]:
    """Read a ladder as people write it and as it is stored, longest lead first.

    Raises:
        InvalidHoldError: A lead is no duration.
    """
    return tuple(sorted((parse_duration(lead, field="ladder") for lead in leads), reverse=True))


def next_rung(limit: datetime, ladder: tuple[timedelta, ...], cursor: datetime) -> datetime | None:
    """Return the first rung after `cursor`; the leads go from the longest to the shortest."""
    for lead in ladder:
        if (due := limit - lead) > cursor:
            return due
    return None


def _ladder_cursor(hold: Hold, reminded_to: datetime | None) -> datetime | None:
    """Return where the ladder goes on: rungs from before the window began are not missed."""
    if hold.started_at is None or hold.expired_at is not None or hold.lapsed_at is not None:
        return None
    return reminded_to if reminded_to is not None else hold.started_at


class Ladder(NamedTuple):
    """One series of rungs: the limit it counts to, and the hold's cursor on it."""

    counts_to: str
    cursor: str
    limit: datetime | None
    leads: tuple[timedelta, ...]


def to_ceiling(hold: Hold, rules: Rules) -> Ladder:
    return Ladder("ceiling", "reminded_to", hold.ceiling_at, rules.ladder)


def to_deadline(hold: Hold, _: Rules) -> Ladder:
    later = hold.deadline_at if hold.deadline_at != hold.ceiling_at else None
    return Ladder("deadline", "deadline_reminded_to", later, DEADLINE_LADDER)


def reminder_due(hold: Hold, rules: Rules) -> datetime | None:
    cursor = _ladder_cursor(hold, hold.reminded_to)
    if cursor is None or hold.ceiling_at is None:
        return None
    return next_rung(hold.ceiling_at, rules.ladder, cursor)


def remind(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    return _climb(hold, rules, to_ceiling(hold, rules), due=due, now=now)


def deadline_reminder_due(hold: Hold, _: Rules) -> datetime | None:
    cursor = _ladder_cursor(hold, hold.deadline_reminded_to)
    if cursor is None or hold.deadline_at is None or hold.deadline_at == hold.ceiling_at:
        return None
    return next_rung(hold.deadline_at, DEADLINE_LADDER, cursor)


def remind_of_deadline(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    return _climb(hold, rules, to_deadline(hold, rules), due=due, now=now)


def _climb(hold: Hold, rules: Rules, ladder: Ladder, *, due: datetime, now: datetime) -> Act:
    """Send one reminder for every rung missed; none once the limit itself has passed."""
    limit = ladder.limit or due
    missed = -1
    following: datetime | None = due
    while following is not None and following <= now:
        due, missed = following, missed + 1
        following = next_rung(limit, ladder.leads, due)
    if limit <= now:
        return Act({ladder.cursor: due})
    lead = duration_text(limit - due)
    data: dict[str, Value] = {"lead": lead, "counts_to": ladder.counts_to, "missed": missed}
    name = f"{ladder.counts_to} {lead}"
    reminder = event(hold, Kind.REMINDER_DUE, due, now, name, data)
    changes: Changes = {ladder.cursor: due}
    if rules.chain:
        left = (_next_limit(hold, due) or limit) - due
        changes |= {"escalated": 0, "escalate_at": due + patience(left)}
    return Act(changes, (reminder,))


# A reminder that nobody answers goes to the next in the chain.


# What is left at a rung is its lead: a few, asked for over and over.
@lru_cache(maxsize=256)
def patience(left: timedelta) -> timedelta:
    """Return how long an alert may stay unanswered, given the time left to the limit."""
    return max(SHORTEST_PATIENCE, min(LONGEST_PATIENCE, left / 4))


def _next_limit(hold: Hold, at: datetime) -> datetime | None:
    """Return the ceiling, or the deadline once the ceiling has passed."""
    if hold.ceiling_at is not None and at < hold.ceiling_at:
        return hold.ceiling_at
    return hold.deadline_at


def _is_rung_due(hold: Hold, rules: Rules, now: datetime) -> bool:
    """Say whether a rung found late overtakes what the one before it escalated.

    Both would be carried out in one go, and two series would name one instant twice.
    """
    rungs = (reminder_due(hold, rules), deadline_reminder_due(hold, rules))
    return any(rung is not None and rung <= now for rung in rungs)


def escalation_due(hold: Hold, _: Rules) -> datetime | None:
    return hold.escalate_at


def escalate(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    until = _next_limit(hold, due)
    if until is None or until <= now or not rules.chain or _is_rung_due(hold, rules, now):
        return Act({"escalate_at": None})
    place, missed = hold.escalated, -1
    following = due
    while following <= now:
        due, missed = following, missed + 1
        place = min(place + 1, rules.chain)
        following = due + (patience(until - due) if place < rules.chain else ESCALATION_REPEAT)
    name = instant_name(due)
    told = event(hold, Kind.ALERT_ESCALATED, due, now, name, {"place": place, "missed": missed})
    changes: Changes = {"escalated": place, "escalate_at": following}
    return Act(changes, (told._replace(place=place),))
