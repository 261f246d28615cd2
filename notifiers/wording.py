"""What an alert says: one headline and a few sentences, in the words the pages use.

An alert is read hours after it was sent, so a time left never stands without the
instant it counts to, and what has passed is given as an instant only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from notifiers.base import DELIVERY_FAILED, Alert, Failure
from scheduler.domain import instants
from scheduler.sentences import alert_title

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
countdown = instants.countdown

ASSUMED = "Clock started on the expected time, not confirmed. Confirm or correct."
UNCONFIRMED = "No transfer or notice on record at the deadline; whereabouts unconfirmed"
NOT_STARTED = "No release on record. The clock has not started."
NO_OUTCOME = "No transfer or release is on record."


def headline(alert: Alert) -> str:
    """Return the one line that must be understood at 3 a.m."""
    say = _HEADLINES.get(alert.type)
    return say(alert) if say else alert_title(alert.type)


def headline_parts(alert: Alert) -> tuple[str, str]:
    """Return the headline in two: what is read at a glance, and the rest, which may be empty."""
    line = headline(alert)
    first, mark, rest = line.partition(": ")
    if mark:
        return first, rest
    for instant in (counted_to(alert), alert.ceiling_at, alert.deadline_at, alert.occurred_at):
        told = local(alert, instant)
        if instant is not None and line.endswith(f" {told}"):
            return line.removesuffix(f" {told}"), told
    return line, ""


def sentences(alert: Alert) -> tuple[str, ...]:
    """Return what the headline leaves out, the most urgent first."""
    told: list[str] = []
    if alert.note and alert.note != headline(alert):
        told.append(alert.note)
    if alert.assumed:
        told.append(ASSUMED)
    say = _SENTENCES.get(alert.type)
    told += say(alert) if say else ()
    told += _lateness(alert)
    if alert.also:
        listed = ", ".join(dict.fromkeys(alert_title(type_) for type_ in alert.also))
        told.append(f"This alert also stands for: {listed}.")
    return tuple(told)


def local(alert: Alert, instant: datetime | None, *, year: bool = False) -> str:
    """Return an instant in the facility's own time, or say that there is none."""
    if instant is None:
        return "not set"
    return instants.local_text(instant, alert.timezone, year=year)


def has_earlier_ceiling(alert: Alert) -> bool:
    """Say whether the ceiling is a limit of its own."""
    if alert.ceiling_at is None or alert.deadline_at is None:
        return False
    return alert.ceiling_at < alert.deadline_at


def is_past_limit(alert: Alert) -> bool:
    """Say whether a limit has passed with nothing on record: solid red, and nothing else is."""
    if alert.type == "hold.release_without_notification":
        return not alert.confirmed
    return alert.type in ("hold.expired", "hold.over_detention")


def counted_to(alert: Alert) -> datetime | None:
    """Return the instant that a reminder counts to."""
    if alert.counts_to == "ceiling" and alert.ceiling_at is not None:
        return alert.ceiling_at
    if alert.counts_to in ("ceiling", "deadline") and alert.deadline_at is not None:
        return alert.deadline_at
    return alert.occurred_at + alert.lead if alert.lead is not None else None


def _left(alert: Alert) -> str:
    # From when it was noticed: a 4 h reminder found 20 min late has 3 h 40 min left.
    limit = counted_to(alert)
    noticed_at = alert.occurred_at + timedelta(seconds=alert.late_by_s)
    return countdown(limit - noticed_at) if limit is not None else "some time"


def _reminder(alert: Alert) -> str:
    left, limit = _left(alert), local(alert, counted_to(alert))
    if alert.counts_to == "expected_release":
        return f"{left} to expected release {limit}"
    if alert.counts_to == "notice":
        return f"{left} to give notice of release: due {limit}"
    if alert.counts_to == "ceiling" and has_earlier_ceiling(alert):
        return f"{left} to ceiling {limit}"
    if has_earlier_ceiling(alert):
        return f"{left} to deadline: authority ends {limit}"
    return f"{left} left: authority ends {limit}"


def _clock_started(alert: Alert) -> str:
    if has_earlier_ceiling(alert):
        return f"Clock started: ceiling {local(alert, alert.ceiling_at)}"
    return f"Clock started: authority ends {local(alert, alert.deadline_at)}"


def _deadline_changed(alert: Alert) -> str:
    if alert.deadline_at is None:
        return "Deadline changed: the clock is not running"
    if has_earlier_ceiling(alert):
        return f"Deadline changed: ceiling now {local(alert, alert.ceiling_at)}"
    return f"Deadline changed: authority now ends {local(alert, alert.deadline_at)}"


def _released(alert: Alert) -> str:
    if alert.confirmed:
        return f"Released without notification {local(alert, alert.occurred_at)}"
    return UNCONFIRMED


def _closed(alert: Alert) -> str:
    return f"Closed: {alert.status.replace('_', ' ')} {local(alert, alert.occurred_at)}"


_HEADLINES: dict[str, Callable[[Alert], str]] = {
    "hold.clock_started": _clock_started,
    "hold.authority_missing": lambda a: a.note or "NO AUTHORITY ON RECORD",
    "hold.reminder": _reminder,
    "hold.notice_overdue": lambda a: f"Notice of release overdue since {local(a, a.occurred_at)}",
    "hold.ceiling_reached": lambda a: f"Ceiling passed {local(a, a.ceiling_at or a.occurred_at)}",
    "hold.expired": lambda a: f"EXPIRED: authority to hold ended {local(a, a.deadline_at)}",
    "hold.release_without_notification": _released,
    "hold.over_detention": lambda a: (
        f"OVER-DETENTION: authority ended {local(a, a.deadline_at)}, no outcome on record"
    ),
    "hold.authority_lapsed": lambda a: f"LAPSED since {local(a, a.occurred_at)}",
    "hold.confirm_release": lambda _: "Release expected now: confirm or correct",
    "hold.deadline_changed": _deadline_changed,
    "hold.citizenship_claimed": lambda _: "Claim of U.S. citizenship on record: review at once",
    "hold.closed": _closed,
    "hold.escalated": lambda a: f"Not acknowledged: {_next_limit(a)}",
    DELIVERY_FAILED: lambda a: _failed(a.failure) if a.failure else alert_title(a.type),
    "channel.test": lambda _: "Test message: it reached you",
}


def _failed(failure: Failure) -> str:
    if failure.given_up:
        return f"ALERT NOT DELIVERED by {failure.channel}: given up there"
    return f"ALERTS FAIL by {failure.channel}: an endpoint does not take them"


def _next_limit(alert: Alert) -> str:
    # An escalation comes while a limit is still ahead; which one, the instants say.
    now = alert.occurred_at + timedelta(seconds=alert.late_by_s)
    if has_earlier_ceiling(alert) and alert.ceiling_at is not None and alert.ceiling_at > now:
        return f"{countdown(alert.ceiling_at - now)} to ceiling {local(alert, alert.ceiling_at)}"
    if alert.deadline_at is not None and alert.deadline_at > now:
        left = countdown(alert.deadline_at - now)
        return f"{left} left, authority ends {local(alert, alert.deadline_at)}"
    return "an answer is needed"


def _registered_sentences(alert: Alert) -> tuple[str, ...]:
    return (NOT_STARTED,) if alert.starts_at is None else ()


def _reminder_sentences(alert: Alert) -> tuple[str, ...]:
    if alert.counts_to == "expected_release":
        return ("A forecast, not a deadline: confirm or correct it when it comes.",)
    if alert.counts_to == "notice":
        return ("No notice of release to the agency is on record.",)
    if alert.counts_to == "deadline" and has_earlier_ceiling(alert):
        return (f"The earliest limit passed {local(alert, alert.ceiling_at)}.",)
    return ()


def _released_sentences(alert: Alert) -> tuple[str, ...]:
    if alert.confirmed:
        return ("A release is on record, and no notice to the agency came before it.",)
    return (f"Authority to hold ended {local(alert, alert.deadline_at)}.",)


_SENTENCES: dict[str, Callable[[Alert], tuple[str, ...]]] = {
    "hold.registered": _registered_sentences,
    "hold.authority_missing": lambda _: ("Serving late does not lengthen the window.",),
    "hold.reminder": _reminder_sentences,
    "hold.notice_overdue": lambda _: ("No notice of release to the agency is on record.",),
    "hold.ceiling_reached": lambda a: (
        "The earliest limit has passed.",
        f"The deadline under this hold's policy is {local(a, a.deadline_at)}.",
    ),
    "hold.expired": lambda _: (NO_OUTCOME,),
    "hold.release_without_notification": _released_sentences,
    "hold.over_detention": lambda a: (
        f"Alarm of {local(a, a.occurred_at)}. It repeats until an outcome is recorded.",
    ),
    "hold.authority_lapsed": lambda _: (
        "Authority under the detainer ended. Local custody goes on.",
    ),
    "hold.confirm_release": lambda a: (
        f"Without an answer the clock starts from {local(a, a.occurred_at)}.",
    ),
    "hold.withdrawn": lambda _: (
        "A later entry or correction shows that an earlier alert of this hold no longer stands.",
    ),
    "hold.escalated": lambda _: ("Nobody acknowledged the earlier alert. You are next in line.",),
    DELIVERY_FAILED: lambda a: _failure_sentences(a.failure) if a.failure else (),
    "channel.test": lambda _: (
        "Somebody tried this channel. No hold is behind it, and nothing needs doing.",
        "It shows that messages could come this way when it was sent, and no more than that.",
    ),
}


def _failure_sentences(failure: Failure) -> tuple[str, ...]:
    told = [f"It was about: {alert_title(failure.alert_type)}.", _answered(failure.status)]
    if failure.breaker_opened:
        told.append("The endpoint is tried once a minute until it answers.")
    if failure.fallback is None:
        told.append("THIS ALERT GOES NO OTHER WAY: its recipient has no further channel.")
    else:
        told.append(f"The alert goes by {failure.fallback} instead.")
    told.append("It may not be the only one: look through the deliveries that failed.")
    return tuple(told)


def _answered(status: int | None) -> str:
    """Tell what an endpoint answered, by its class: the answer itself may tell too much."""
    if status is None:
        return "The endpoint gave no answer that counts."
    if status == 410:
        return "The endpoint answered that it wants no more (410)."
    whose = {3: "points elsewhere", 4: "refuses it", 5: "has a fault of its own"}
    return (
        f"The endpoint answered that it {whose.get(status // 100, 'does not take it')} ({status})."
    )


def _lateness(alert: Alert) -> list[str]:
    told = []
    late = timedelta(seconds=alert.late_by_s)
    if late >= MINUTE:
        told.append(f"Noticed {countdown(late)} late; due {local(alert, alert.occurred_at)}.")
    if alert.missed:
        more = "1 earlier one" if alert.missed == 1 else f"{alert.missed} earlier ones"
        told.append(f"It stands for {more} that fell due meanwhile.")
    return told
