"""What time brings about: the table of duties and `advance`, the fold over it.

Each duty is a pair of pure functions: `due(hold, rules)` gives the instant at
which it must be carried out, or None; `act(hold, rules, due, now)` gives the
changed marks and the events. The next due instant that is stored comes from
the same functions, so it and the engine cannot disagree.

Everything here is total and idempotent: carried out twice, nothing happens the
second time, and what is found late is carried out at once with its true instant.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler.domain import window
from scheduler.domain.events import Event, Kind, Scalar
from scheduler.domain.hold import (
    Accusation,
    Hold,
    Rules,
    anchors,
    limit_at,
    local_release,
    papers_missing,
    was_notified,
)
from scheduler.domain.instants import duration_text

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)

DEADLINE_LADDER = (4 * HOUR, HOUR, 30 * MINUTE)
"""Leads before a deadline that is later than the ceiling."""
RELEASE_NOTICE_LEAD = 48 * HOUR
"""Form I-247A asks for notice, if possible, this long before the release."""
CONFIRMATION_WAIT = 30 * MINUTE
"""An expected release nobody confirms is taken as come after this long."""
ALARM_EVERY = 15 * MINUTE
ALARM_FIRST_HOUR = HOUR
ESCALATION_REPEAT = 30 * MINUTE

Changes = dict[str, Any]


class Act(NamedTuple):
    """What carrying out a duty changes and writes."""

    changes: Changes
    events: tuple[Event, ...] = ()


class Advanced(NamedTuple):
    """A hold brought up to an instant, what comes next, and what was written."""

    hold: Hold
    next_due_at: datetime | None
    events: list[Event]


def advance(hold: Hold, rules: Rules, now: datetime) -> Advanced:
    """Carry out everything that is due at `now`, the earliest first.

    Args:
        hold: As last written.
        rules: What the hold pinned.
        now: UTC. What is due exactly now is carried out.
    """
    return _carry_out(DUTIES, hold, rules, until=now, now=now)


def catch_up(hold: Hold, rules: Rules, until: datetime, now: datetime) -> Advanced:
    """Write what the clock brought by `until`, and remind nobody of the past.

    For a fact that is recorded after it happened: what came before it belongs
    on the record, but an alert about it would be overtaken before it is sent.
    """
    return _carry_out(RECORD_DUTIES, hold, rules, until=until, now=now)


def next_due(hold: Hold, rules: Rules) -> datetime | None:
    """Return the earliest instant at which anything is due, or None."""
    return _earliest(DUTIES, hold, rules)[0]


def _carry_out(
    duties: Duties, hold: Hold, rules: Rules, *, until: datetime, now: datetime
) -> Advanced:
    written: list[Event] = []
    due, act = _earliest(duties, hold, rules)
    while due is not None and act is not None and due <= until:
        changes, events = act(hold, rules, due, now)
        hold = hold._replace(**changes)
        written += events
        due, act = _earliest(duties, hold, rules)
    return Advanced(hold, due, written)


def _earliest(
    duties: Duties, hold: Hold, rules: Rules
) -> tuple[datetime | None, ActFunction | None]:
    """Return the next duty; of two at one instant, the one higher in the table."""
    if hold.outcome is not None:
        return None, None
    first: datetime | None = None
    first_act: ActFunction | None = None
    for due, act in duties:
        at = due(hold, rules)
        if at is not None and (first is None or at < first):
            first, first_act = at, act
    return first, first_act


def event(
    hold: Hold, kind: Kind, at: datetime, now: datetime, name: str = "", **data: Scalar
) -> Event:
    """Make an event that time brought, with its step and how late it was written."""
    late = (now - at) // timedelta(seconds=1)
    if late > 0:
        data["late_by_s"] = late
    window_ = f"{hold.window_no}.{hold.edition}"
    step = f"{kind}/{name}/{window_}" if name else f"{kind}/{window_}"
    return Event(kind, at, data, step)


# The clock starts.


def start_due(hold: Hold, _: Rules) -> datetime | None:
    return hold.starts_at if hold.started_at is None else None


def start(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    data: dict[str, Scalar] = {"assumed": True} if hold.assumed else {}
    events = [event(hold, Kind.CLOCK_STARTED, due, now, **data)]
    missing = papers_missing(hold, rules.policy, due)
    if missing:
        papers = ", ".join(missing)
        events.append(event(hold, Kind.AUTHORITY_MISSING, due, now, papers=papers))
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
        hold, Kind.REMINDER_DUE, due, now, "release", lead=lead, counts_to="expected_release_at"
    )
    return Act(changes, (reminder,))


def confirmation_due(hold: Hold, _: Rules) -> datetime | None:
    return _unconfirmed_release(hold) if hold.confirmation_asked_at is None else None


def ask_confirmation(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    asked = event(hold, Kind.RELEASE_CONFIRMATION_DUE, due, now, _instant_name(due))
    return Act({"confirmation_asked_at": due}, (asked,))


def assumption_due(hold: Hold, _: Rules) -> datetime | None:
    expected = _unconfirmed_release(hold)
    if expected is None or hold.confirmation_asked_at is None:
        return None
    return expected + CONFIRMATION_WAIT


def assume_release(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    """Start the clock from the forecast: an unconfirmed start must not give unlimited time."""
    assumed = hold._replace(assumed=True)
    limits = window.limits(anchors(assumed), rules.policy, rules.checked, rules.calendar)
    return Act({
        "assumed": True,
        "starts_at": limits.starts_at,
        "deadline_at": limits.deadline_at,
        "ceiling_at": limits.ceiling_at,
    })


# The limits.


def ceiling_due(hold: Hold, _: Rules) -> datetime | None:
    if hold.started_at is None or hold.ceiling_reached_at is not None:
        return None
    # Equal limits are one limit: the deadline speaks for both.
    return hold.ceiling_at if hold.ceiling_at != hold.deadline_at else None


def reach_ceiling(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    # Everybody hears of the ceiling, so what its reminders escalated is overtaken.
    reached = event(hold, Kind.CEILING_REACHED, due, now)
    return Act({"ceiling_reached_at": due, "escalate_at": None}, (reached,))


def deadline_due(hold: Hold, _: Rules) -> datetime | None:
    if hold.started_at is None or hold.expired_at is not None:
        return None
    if hold.lapsed_at is None and hold.deadline_at is not None:
        return hold.deadline_at
    return limit_at(hold)


def pass_deadline(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    """Expire the hold, or let it lapse where local custody goes on past the window."""
    limit = limit_at(hold)
    if limit is None or limit > due:
        lapsed = event(hold, Kind.AUTHORITY_LAPSED, due, now)
        return Act({"lapsed_at": due, "escalate_at": None}, (lapsed,))
    expiry = expire(hold, due, now)
    if not rules.policy.notice_expected or was_notified(hold, due):
        return expiry
    accusation = accuse(hold, Accusation.AT_DEADLINE, due, now)
    return Act(expiry.changes | accusation.changes, expiry.events + accusation.events)


def expire(hold: Hold, due: datetime, now: datetime) -> Act:
    """Write that the limit passed with no transfer or release on record."""
    data: dict[str, Scalar] = {"assumed": True} if hold.assumed else {}
    expired = event(hold, Kind.HOLD_EXPIRED, due, now, **data)
    changes: Changes = {"expired_at": due, "expired_step": expired.step, "escalate_at": None}
    return Act(changes, (expired,))


def accuse(hold: Hold, ground: Accusation, at: datetime, now: datetime) -> Act:
    """Write that a release went unnotified, on the ground given."""
    data: dict[str, Scalar] = {"confirmed": ground is Accusation.AT_RELEASE}
    if hold.assumed:
        data["assumed"] = True
    made = event(hold, Kind.RELEASE_WITHOUT_NOTIFICATION, at, now, ground, **data)
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
    while (following := _alarm_after(due, since)) <= now:
        due, missed = following, missed + 1
    minutes = (due - since) // MINUTE
    data: dict[str, Scalar] = {"minutes": minutes, "missed": missed}
    if hold.assumed:
        data["assumed"] = True
    alarm = event(hold, Kind.OVER_DETENTION_ALARM, due, now, str(minutes), **data)
    return Act({"alarmed_to": due}, (alarm,))


# Notice of release to the agency.


def notice_due_at(hold: Hold, rules: Rules) -> datetime | None:
    """Return when the policy's notice is overdue, or None where it has no such instant."""
    release = local_release(hold)
    if release is None or not rules.policy.notice_expected:
        return None
    return release + rules.policy.notice_overdue_after


def notice_reminder_due(hold: Hold, rules: Rules) -> datetime | None:
    lead = rules.policy.notice_reminder_before
    due_at = notice_due_at(hold, rules)
    if lead is None or due_at is None:
        return None
    if hold.notice_reminded_at is not None or hold.notice_given_at is not None:
        return None
    return due_at - lead


def remind_of_notice(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    changes: Changes = {"notice_reminded_at": due}
    due_at = notice_due_at(hold, rules)
    if due_at is None or due_at <= now:
        return Act(changes)
    lead = duration_text(due_at - due)
    reminder = event(
        hold, Kind.REMINDER_DUE, due, now, "notice", lead=lead, counts_to="notice_due_at"
    )
    return Act(changes, (reminder,))


def notice_overdue_due(hold: Hold, rules: Rules) -> datetime | None:
    due_at = notice_due_at(hold, rules)
    if due_at is None or hold.notice_overdue_at is not None or was_notified(hold, due_at):
        return None
    return due_at


def find_notice_overdue(hold: Hold, _: Rules, due: datetime, now: datetime) -> Act:
    overdue = event(hold, Kind.NOTICE_OVERDUE, due, now)
    return Act({"notice_overdue_at": due}, (overdue,))


# The ladder.


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


def reminder_due(hold: Hold, rules: Rules) -> datetime | None:
    cursor = _ladder_cursor(hold, hold.reminded_to)
    if cursor is None or hold.ceiling_at is None:
        return None
    return next_rung(hold.ceiling_at, rules.ladder, cursor)


def remind(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    limit = hold.ceiling_at or due
    return _climb(hold, rules, "reminded_to", limit, rules.ladder, due, now)


def deadline_reminder_due(hold: Hold, _: Rules) -> datetime | None:
    cursor = _ladder_cursor(hold, hold.deadline_reminded_to)
    if cursor is None or hold.deadline_at is None or hold.deadline_at == hold.ceiling_at:
        return None
    return next_rung(hold.deadline_at, DEADLINE_LADDER, cursor)


def remind_of_deadline(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    limit = hold.deadline_at or due
    return _climb(hold, rules, "deadline_reminded_to", limit, DEADLINE_LADDER, due, now)


def _climb(
    hold: Hold,
    rules: Rules,
    cursor: str,
    limit: datetime,
    ladder: tuple[timedelta, ...],
    due: datetime,
    now: datetime,
) -> Act:
    """Send one reminder for every rung missed; none once the limit itself has passed."""
    missed = -1
    following: datetime | None = due
    while following is not None and following <= now:
        due, missed = following, missed + 1
        following = next_rung(limit, ladder, due)
    if limit <= now:
        return Act({cursor: due})
    lead = duration_text(limit - due)
    counts_to = "ceiling_at" if cursor == "reminded_to" else "deadline_at"
    data: dict[str, Scalar] = {"lead": lead, "counts_to": counts_to, "missed": missed}
    if hold.assumed:
        data["assumed"] = True
    reminder = event(hold, Kind.REMINDER_DUE, due, now, f"{counts_to} {lead}", **data)
    changes: Changes = {cursor: due}
    if rules.chain:
        changes |= {"escalated": 0, "escalate_at": due + patience(limit - due)}
    return Act(changes, (reminder,))


# A reminder that nobody answers goes to the next in the chain.


def patience(left: timedelta) -> timedelta:
    """Return how long an alert may stay unanswered, given the time left to the limit."""
    return max(2 * MINUTE, min(30 * MINUTE, left / 4))


def escalation_due(hold: Hold, _: Rules) -> datetime | None:
    return hold.escalate_at


def escalate(hold: Hold, rules: Rules, due: datetime, now: datetime) -> Act:
    until = hold.deadline_at if hold.ceiling_reached_at else hold.ceiling_at
    if until is None or until <= now or not rules.chain:
        return Act({"escalate_at": None})
    place, missed = hold.escalated, -1
    following = due
    while following <= now:
        due, missed = following, missed + 1
        place = min(place + 1, rules.chain)
        following = due + (patience(until - due) if place < rules.chain else ESCALATION_REPEAT)
    name = _instant_name(due)
    told = event(hold, Kind.ALERT_ESCALATED, due, now, name, place=place, missed=missed)
    changes: Changes = {"escalated": place, "escalate_at": following}
    return Act(changes, (told._replace(place=place),))


def _instant_name(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"


DueFunction = Callable[[Hold, Rules], datetime | None]
ActFunction = Callable[[Hold, Rules, datetime, datetime], Act]

Duties = tuple[tuple[DueFunction, ActFunction], ...]

# At one instant the higher row is carried out first: the clock and its limits
# before what is said about them.
RECORD_DUTIES: Duties = (
    (start_due, start),
    (ceiling_due, reach_ceiling),
    (deadline_due, pass_deadline),
    (confirmation_due, ask_confirmation),
    (assumption_due, assume_release),
    (notice_overdue_due, find_notice_overdue),
)
ALERT_DUTIES: Duties = (
    (alarm_due, sound_alarm),
    (release_reminder_due, release_reminder),
    (notice_reminder_due, remind_of_notice),
    (reminder_due, remind),
    (deadline_reminder_due, remind_of_deadline),
    (escalation_due, escalate),
)
DUTIES: Duties = RECORD_DUTIES + ALERT_DUTIES
