"""What time brings about: `advance`, a fold over the table of duties.

The next due instant that is stored comes from the same functions that act, so
it and the engine cannot disagree. Everything here is total and idempotent:
carried out twice, nothing happens the second time, and what is found late is
carried out at once with its true instant.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from scheduler.domain import clock_duties, hold_clock, ladder
from scheduler.domain.duty import ActFunction, Changes, Duties
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Hold, Rules

# At one instant the higher row is carried out first: the clock and its limits
# before what is said about them.
RECORD_DUTIES: Duties = (
    (clock_duties.start_due, clock_duties.start),
    (clock_duties.ceiling_due, clock_duties.reach_ceiling),
    (clock_duties.deadline_due, clock_duties.pass_deadline),
    (clock_duties.accusation_due, clock_duties.accuse_at_deadline),
    (clock_duties.confirmation_due, clock_duties.ask_confirmation),
    (clock_duties.assumption_due, clock_duties.assume_release),
    (clock_duties.notice_overdue_due, clock_duties.find_notice_overdue),
)
ALERT_DUTIES: Duties = (
    (clock_duties.alarm_due, clock_duties.sound_alarm),
    (clock_duties.release_reminder_due, clock_duties.release_reminder),
    (clock_duties.notice_reminder_due, clock_duties.remind_of_notice),
    (ladder.reminder_due, ladder.remind),
    (ladder.deadline_reminder_due, ladder.remind_of_deadline),
    (ladder.escalation_due, ladder.escalate),
)
DUTIES: Duties = RECORD_DUTIES + ALERT_DUTIES
CLOSED_DUTIES: Duties = tuple(
    duty for duty in RECORD_DUTIES if duty[1] is not clock_duties.accuse_at_deadline
)


class Advanced(NamedTuple):
    """A hold brought up to an instant, what comes next, and what was written.

    Attributes:
        first_due_at: When the earliest of what was carried out had been due.
    """

    hold: Hold
    next_due_at: datetime | None
    events: list[Event]
    first_due_at: datetime | None = None


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


def catch_up_closed(hold: Hold, rules: Rules, now: datetime) -> Advanced:
    """Write what a closed hold's record says came before its outcome.

    Without a date nothing says what came before the outcome but the start, which
    is itself on record. Whether a release went unnotified is not looked at here, and
    nobody is asked any more to confirm a forecast.
    """
    until = hold.outcome_at or hold.starts_at
    if hold.outcome is None or until is None:
        return Advanced(hold, None, [])
    reopened = hold._replace(outcome=None)
    done = _carry_out(CLOSED_DUTIES, reopened, rules, until=min(until, now), now=now)
    closed = done.hold._replace(outcome=hold.outcome)
    # A forecast taken as come was judged as if the hold were still open.
    closed = closed._replace(**hold_clock.clock(closed, rules))
    told = [each for each in done.events if each.kind is not Kind.RELEASE_CONFIRMATION_DUE]
    return Advanced(closed, None, told)


def next_due(hold: Hold, rules: Rules) -> datetime | None:
    """Return the earliest instant at which anything is due, or None."""
    return _earliest(DUTIES, hold, rules)[0]


def _carry_out(
    duties: Duties, hold: Hold, rules: Rules, *, until: datetime, now: datetime
) -> Advanced:
    written: list[Event] = []
    due, act = _earliest(duties, hold, rules)
    first_due = due if due is not None and due <= until else None
    while due is not None and act is not None and due <= until:
        changes, events = act(hold, rules, due, now)
        hold = _changed(hold, changes)
        written += events
        due, act = _earliest(duties, hold, rules)
    return Advanced(hold, due, written, first_due)


_PLACES = {name: place for place, name in enumerate(Hold._fields)}


def _changed(hold: Hold, changes: Changes) -> Hold:
    """Return the hold with these fields changed, twice as fast as `_replace`.

    That looks for each of the fifty fields among the changes.
    """
    values = list(hold)
    for name, value in changes.items():
        values[_PLACES[name]] = value
    return Hold._make(values)


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
