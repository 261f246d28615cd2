"""What stands on the record, and what must be withdrawn when the facts change.

An expiry stands while its window's limit passed with no outcome before it. A
release-without-notification event stands while its condition is true. After
every fact and every correction `settle` compares what stands with what should.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from scheduler.domain import clock_duties, duties
from scheduler.domain.duty import Changes, event
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Accusation, Hold, Outcome, Rules, limit_at, was_notified
from scheduler.domain.window import Limits

FORECAST_MARKS: dict[str, Any] = {
    "assumed": False,
    "confirmation_asked_at": None,
    "release_reminded_at": None,
}
"""What hangs on an expected release and goes when the forecast changes."""

WINDOW_MARKS: dict[str, Any] = {
    "ceiling_reached_at": None,
    "lapsed_at": None,
    "reminded_to": None,
    "deadline_reminded_to": None,
    "escalate_at": None,
    "escalated": 0,
}
"""What hangs on one window of the clock. The expiry is withdrawn, not cleared."""


class Settled(NamedTuple):
    """The hold with only what should stand, and the events that made it so."""

    hold: Hold
    events: list[Event]


def move_clock(hold: Hold, limits: Limits) -> Changes:
    """Return the changes that new limits bring: a new window where known ones move."""
    known = (hold.starts_at, hold.deadline_at, hold.ceiling_at)
    new = (limits.starts_at, limits.deadline_at, limits.ceiling_at)
    if known == new:
        return {}
    changes: Changes = dict(zip(("starts_at", "deadline_at", "ceiling_at"), new, strict=True))
    if hold.starts_at is None:
        return changes
    return {
        **changes,
        **WINDOW_MARKS,
        "window_no": hold.window_no + 1,
        # A clock that had started goes on from the corrected instant.
        "started_at": limits.starts_at if hold.started_at is not None else None,
    }


def settle(hold: Hold, rules: Rules, now: datetime) -> Settled:
    """Withdraw what no longer holds, and write what the worker no longer will.

    On an open hold an expiry that newly falls due is the worker's: `advance`
    writes it. A closed one, which the worker leaves alone, is caught up here.
    """
    hold, withdrawn = _withdraw_expiry(hold, now)
    hold, caught_up = _catch_up_closed(hold, rules, now)
    hold, accusation = _settle_accusation(hold, rules, now)
    return Settled(hold, withdrawn + caught_up + accusation)


def _withdraw_expiry(hold: Hold, now: datetime) -> tuple[Hold, list[Event]]:
    if hold.expired_at is None or hold.expired_at == _expiry_due(hold, now):
        return hold, []
    withdrawn = _withdrawal(hold, Kind.HOLD_EXPIRY_WITHDRAWN, hold.expired_step, now)
    cleared = hold._replace(
        expired_at=None, expired_step=None, alarmed_to=None, edition=hold.edition + 1
    )
    return cleared, [withdrawn]


def _catch_up_closed(hold: Hold, rules: Rules, now: datetime) -> tuple[Hold, list[Event]]:
    """Write what the corrected record says came before the outcome."""
    if hold.outcome is None or hold.outcome_at is None:
        return hold, []
    reopened = hold._replace(outcome=None)
    done = duties.catch_up(reopened, rules, hold.outcome_at, now)
    return done.hold._replace(outcome=hold.outcome), done.events


def _expiry_due(hold: Hold, now: datetime) -> datetime | None:
    """Return the limit if it passed with no outcome dated before it."""
    if hold.outcome is not None and hold.outcome_at is None:
        # Without a date nothing says whether the outcome came in time.
        return hold.expired_at
    limit = limit_at(hold)
    if limit is None or hold.started_at is None:
        return None
    end = now if hold.outcome_at is None else hold.outcome_at
    return limit if limit <= end else None


def _settle_accusation(hold: Hold, rules: Rules, now: datetime) -> tuple[Hold, list[Event]]:
    ground, at = _accusation_due(hold, rules)
    if (hold.accused, hold.accused_at) == (ground, at):
        return hold, []
    events: list[Event] = []
    if hold.accused is not None:
        kind = Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN
        events.append(_withdrawal(hold, kind, hold.accused_step, now))
        hold = hold._replace(
            accused=None, accused_at=None, accused_step=None, edition=hold.edition + 1
        )
    if ground is None or at is None:
        return hold, events
    changes, written = clock_duties.accuse(hold, ground, at, now)
    return hold._replace(**changes), [*events, *written]


def _accusation_due(hold: Hold, rules: Rules) -> tuple[Accusation | None, datetime | None]:
    """Return on what ground, and when, a release went unnotified by what is on record."""
    if not rules.policy.notice_expected:
        return None, None
    if hold.expired_at is not None:
        if was_notified(hold, hold.expired_at):
            return None, None
        return Accusation.AT_DEADLINE, hold.expired_at
    released_at = hold.outcome_at if hold.outcome is Outcome.RELEASED else None
    if released_at is None or was_notified(hold, released_at):
        return None, None
    return Accusation.AT_RELEASE, released_at


def _withdrawal(hold: Hold, kind: Kind, step: str | None, now: datetime) -> Event:
    made = event(hold, kind, now, now, step or "")
    return made._replace(names=(("answers", step or ""),))
