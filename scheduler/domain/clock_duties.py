"""The duties of the legal clock: start, limits, forecast, notice, the alarm past the limit."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain import hold_clock
from scheduler.domain.duty import HOUR, MINUTE, Act, Changes, event, instant_name
from scheduler.domain.events import Kind, Value
from scheduler.domain.hold import (
    Accusation,
    Hold,
    Rules,
    limit_at,
    local_release,
    papers_missing,
    release_confirms,
    was_notified,
)
from scheduler.domain.instants import duration_text

RELEASE_NOTICE_LEAD = 48 * HOUR
"""Form I-247A asks for notice, if possible, this long before the release."""
CONFIRMATION_WAIT = 30 * MINUTE
"""An expected release nobody confirms is taken as come after this long."""
ALARM_EVERY = 15 * MINUTE
ALARM_FIRST_HOUR = HOUR


# The clock starts.


def start_due(hold: Hold, _: Rules) -> datetime | None:
    return hold.starts_at if hold.started_at is None else None


def start(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    events = [event(hold, Kind.CLOCK_STARTED, due, now)]
    missing = papers_missing(hold, rules.policy, due)
    if missing:
        papers = ", ".join(missing)
        events.append(event(hold, Kind.AUTHORITY_MISSING, due, now, "", {"papers": papers}))
    return Act({"started_at": due}, tuple(events))


# An expected release: a forecast that somebody must confirm.


def _unconfirmed_release(hold: Hold) -> datetime | None:
    if hold.would_release_at is not None or hold.assumed:
        return None
    return hold.expected_release_at


def release_reminder_due(hold: Hold, rules: Rules) -> datetime | None:
    expected = _unconfirmed_release(hold)
    if expected is None or hold.release_reminded_at is not None:
        return None
    if not rules.policy.notice_expected or hold.notice_given_at is not None:
        return None
    return expected - RELEASE_NOTICE_LEAD


def release_reminder(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    changes: Changes = {"release_reminded_at": due}
    expected = hold.expected_release_at
    if expected is None or expected <= now:
        return Act(changes)
    lead = duration_text(RELEASE_NOTICE_LEAD)
    reminder = event(
        hold,
        Kind.REMINDER_DUE,
        due,
        now,
        "release",
        {"lead": lead, "counts_to": "expected_release"},
    )
    return Act(changes, (reminder,))


def confirmation_due(hold: Hold, rules: Rules) -> datetime | None:
    expected = _unconfirmed_release(hold)
    # Without a clock there is nothing that a confirmed release would start.
    if expected is None or hold.confirmation_asked_at is not None or not rules.policy.has_clock:
        return None
    return expected


def ask_confirmation(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    asked = event(hold, Kind.RELEASE_CONFIRMATION_DUE, due, now, instant_name(due))
    return Act({"confirmation_asked_at": due}, (asked,))


def assumption_due(hold: Hold, rules: Rules) -> datetime | None:
    expected = _unconfirmed_release(hold)
    if expected is None or hold.confirmation_asked_at is None or not rules.policy.has_clock:
        return None
    return expected + CONFIRMATION_WAIT


def assume_release(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    """Start the clock from the forecast: an unconfirmed start must not give unlimited time."""
    assumed = hold._replace(assumed=True)
    return Act({"assumed": True, **hold_clock.clock(assumed, rules)})


# The limits.


def ceiling_due(hold: Hold, _: Rules) -> datetime | None:
    if hold.started_at is None or hold.ceiling_reached_at is not None:
        return None
    # Equal limits are one limit: the deadline speaks for both.
    return hold.ceiling_at if hold.ceiling_at != hold.deadline_at else None


def reach_ceiling(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    reached = event(hold, Kind.CEILING_REACHED, due, now)
    changes: Changes = {"ceiling_reached_at": due}
    rung = hold.deadline_reminded_to
    if rung is None or rung <= due:
        # Everybody hears of the ceiling, so what its reminders escalated is overtaken.
        # Found late, a rung to the deadline may already lie beyond it, and goes on.
        changes["escalate_at"] = None
    return Act(changes, (reached,))


def deadline_due(hold: Hold, _: Rules) -> datetime | None:
    if hold.started_at is None or hold.expired_at is not None:
        return None
    if hold.lapsed_at is None and hold.deadline_at is not None:
        return hold.deadline_at
    return limit_at(hold)


def pass_deadline(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    """Expire the hold, or let it lapse where local custody goes on past the window."""
    limit = limit_at(hold)
    if limit is None or limit > due:
        lapsed = event(hold, Kind.AUTHORITY_LAPSED, due, now)
        return Act({"lapsed_at": due, "escalate_at": None}, (lapsed,))
    expired = event(hold, Kind.HOLD_EXPIRED, due, now)
    changes: Changes = {"expired_at": due, "expired_step": expired.step, "escalate_at": None}
    return Act(changes, (expired,))


def accusation_due(hold: Hold, rules: Rules) -> datetime | None:
    if hold.expired_at is None or hold.accused is not None or not rules.policy.notice_expected:
        return None
    return None if was_notified(hold, hold.expired_at) else hold.expired_at


def accuse_at_deadline(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    return accuse(hold, Accusation.AT_DEADLINE, due, now)


def accuse(hold: Hold, ground: Accusation, at: datetime, now: datetime) -> Act:
    """Write that a release went unnotified, on the ground given.

    It is confirmed where a release is on record: the one it is about, or, where the
    record was corrected afterwards, one that already followed the deadline.
    """
    confirms = ground is Accusation.AT_DEADLINE and release_confirms(hold)
    data: dict[str, Value] = {"confirmed": confirms or ground is Accusation.AT_RELEASE}
    made = event(hold, Kind.RELEASE_WITHOUT_NOTIFICATION, at, now, ground, data)
    if confirms:
        made = made._replace(names=(("confirmed_by", hold.outcome_step or ""),))
    return Act({"accused": ground, "accused_at": at, "accused_step": made.step}, (made,))


# Past the limit: the alarm that nothing silences.


def alarm_due(hold: Hold, _: Rules) -> datetime | None:
    if hold.expired_at is None:
        return None
    if hold.alarmed_to is None:
        return hold.expired_at
    return _alarm_after(hold.alarmed_to, hold.expired_at)


def _alarm_after(alarm: datetime, since: datetime) -> datetime:
    return alarm + (ALARM_EVERY if alarm - since < ALARM_FIRST_HOUR else HOUR)


def sound_alarm(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    since = hold.expired_at or due
    missed = 0
    while due - since < ALARM_FIRST_HOUR and (following := _alarm_after(due, since)) <= now:
        due, missed = following, missed + 1
    if due - since >= ALARM_FIRST_HOUR:
        # At one stride: a history may bring holds that have been open for decades.
        hours = (now - due) // HOUR
        due, missed = due + hours * HOUR, missed + hours
    minutes = (due - since) // MINUTE
    data: dict[str, Value] = {"minutes": minutes, "missed": missed}
    alarm = event(hold, Kind.OVER_DETENTION_ALARM, due, now, str(minutes), data)
    return Act({"alarmed_to": due}, (alarm,))


# Notice of release to the agency.


def notice_due_at(hold: Hold, rules: Rules) -> datetime | None:
    """Return when the policy's notice is overdue, or None where it has no such instant."""
    release = local_release(hold)
    if release is None or not rules.policy.notice_expected:
        return None
    return release + rules.policy.notice_overdue_after


def notice_reminder_at(hold: Hold, rules: Rules) -> datetime | None:
    """Return when the policy's notice is reminded of, or None where it is not."""
    lead = rules.policy.notice_reminder_before
    if lead is None:
        return None
    due_at = notice_due_at(hold, rules)
    return None if due_at is None else due_at - lead


def notice_reminder_due(hold: Hold, rules: Rules) -> datetime | None:
    if hold.notice_reminded_at is not None or hold.notice_given_at is not None:
        return None
    return notice_reminder_at(hold, rules)


def remind_of_notice(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    changes: Changes = {"notice_reminded_at": due}
    due_at = notice_due_at(hold, rules)
    if due_at is None or due_at <= now:
        return Act(changes)
    lead = duration_text(due_at - due)
    reminder = event(
        hold, Kind.REMINDER_DUE, due, now, "notice", {"lead": lead, "counts_to": "notice"}
    )
    return Act(changes, (reminder,))


def notice_overdue_due(hold: Hold, rules: Rules) -> datetime | None:
    if hold.notice_overdue_at is not None:
        return None
    due_at = notice_due_at(hold, rules)
    return None if due_at is None or was_notified(hold, due_at) else due_at


def find_notice_overdue(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    overdue = event(hold, Kind.NOTICE_OVERDUE, due, now)
    return Act({"notice_overdue_at": due}, (overdue,))
