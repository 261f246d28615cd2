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

FORECAST_MARKS: dict[str, Any] = {
    "assumed": False,
    "confirmation_asked_at": None,
    "release_reminded_at": None,
}
"""What hangs on an expected release and goes when the forecast changes."""


class Settled(NamedTuple):
    """The hold with only what should stand, and the events that made it so."""

    hold: Hold
    events: list[Event]


def settle(hold: Hold, rules: Rules, now: datetime) -> Settled:
    """Withdraw what no longer holds, and write what the worker no longer will.

    On an open hold an expiry that newly falls due is the worker's: `advance`
    writes it. A closed one, which the worker leaves alone, is caught up here.
    """
    hold, withdrawn = _withdraw_expiry(hold, now)
    done = duties.catch_up_closed(_without_stale_notice(hold, rules), rules, now)
    hold, accusation = _settle_accusation(done.hold, rules, now)
    return Settled(hold, withdrawn + done.events + accusation)


def _without_stale_notice(hold: Hold, rules: Rules) -> Hold:
    """Let the notice duty fall due again where the instant it hangs on has moved."""
    stale: Changes = {}
    if hold.notice_overdue_at not in (None, clock_duties.notice_due_at(hold, rules)):
        stale["notice_overdue_at"] = None
    if hold.notice_reminded_at not in (None, clock_duties.notice_reminder_at(hold, rules)):
        stale["notice_reminded_at"] = None
    return hold._replace(**stale, edition=hold.edition + 1) if stale else hold


def _withdraw_expiry(hold: Hold, now: datetime) -> tuple[Hold, list[Event]]:
    if hold.expired_at is None or hold.expired_at == _expiry_due(hold, now):
        return hold, []
    withdrawn = _withdrawal(hold, Kind.HOLD_EXPIRY_WITHDRAWN, hold.expired_step, now)
    cleared = hold._replace(
        expired_at=None, expired_step=None, alarmed_to=None, edition=hold.edition + 1
    )
    return cleared, [withdrawn]


def _expiry_due(hold: Hold, now: datetime) -> datetime | None:
    """Return the limit if it passed with no outcome dated before it."""
    limit = limit_at(hold)
    if limit is None or hold.started_at is None:
        return None
    if hold.outcome is not None and hold.outcome_at is None:
        # Without a date nothing says whether the outcome came in time: what was
        # written before it stands.
        return limit if hold.expired_at == limit else None
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
