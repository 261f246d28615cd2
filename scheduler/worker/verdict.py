"""What becomes of a delivery after an attempt, and what the log says of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from scheduler.domain.events import Event, Kind, Value
from scheduler.errors import PermanentDeliveryError
from scheduler.store.claims import Claimed
from scheduler.store.outbox import Result
from scheduler.worker import backoff
from scheduler.worker.breaker import FALLS_BACK_AFTER
from scheduler.worker.sending import Outcome


def judge(finished: Outcome, now: datetime, chance: Random) -> Result:
    """Decide what becomes of a delivery after this attempt.

    Args:
        finished: What the attempt came to.
        now: By the clock of pauses.
        chance: Spreads the retries.
    """
    claimed, error = finished.claimed, finished.error
    state, attempt_at = "delivered", now
    if error is not None:
        asked = _asked(finished)
        attempt_at = now + backoff.pause(claimed.attempts + 1, chance, asked)
        first = claimed.first_attempt_at or now
        given_up = attempt_at >= backoff.gives_up_at(first, lasting=claimed.lasting)
        is_dead = given_up or isinstance(error, PermanentDeliveryError)
        state = "dead" if is_dead else "waiting"
    return Result(
        claimed,
        finished.started_at,
        finished.duration_ms,
        state,
        attempt_at,
        "delivered" if error is None else "failed",
        finished.status,
        finished.answer,
    )


def _asked(finished: Outcome) -> timedelta | None:
    """Return how long the receiver asked to be left alone, up to the time left to the limit."""
    asked = None if finished.error is None else finished.error.retry_after
    facts = finished.claimed.facts
    limits = [limit for limit in (facts.ceiling_at, facts.deadline_at) if limit is not None]
    left = [limit - finished.started_at for limit in limits if limit > finished.started_at]
    return asked if asked is None or not left else min(asked, *left)


def falls_back(result: Result) -> bool:
    """Say whether this attempt sends the alert another way too."""
    if result.state == "delivered":
        return False
    return result.state == "dead" or result.claimed.attempts + 1 >= FALLS_BACK_AFTER


def event(result: Result, *, opened: bool, instead: str | None = None) -> Event | None:
    """Tell of a delivery made, first in trouble, or given up; the tries between are attempts.

    Args:
        result: Of the attempt.
        opened: It opened the endpoint's breaker.
        instead: The kind of channel that stands in for this one.
    """
    attempt = result.claimed.attempts + 1
    if result.state == "waiting" and attempt > 1 and not opened:
        return None
    kind = Kind.ALERT_SENT if result.state == "delivered" else Kind.ALERT_FAILED
    data: dict[str, Value] = {
        "alert": result.claimed.id,
        "type": result.claimed.type,
        "channel": result.claimed.channel_kind,
        "channel_id": result.claimed.channel_id,
        "attempt": attempt,
    }
    if result.status is not None:
        data["status"] = result.status
    if instead is not None:
        data["instead"] = instead
    told = {
        "given_up": result.state == "dead",
        "breaker_opened": opened,
        "possible_duplicate": result.claimed.possible_duplicate,
    }
    data |= {name: True for name, is_true in told.items() if is_true}
    occurred_at = result.started_at + timedelta(milliseconds=result.duration_ms)
    return Event(kind, occurred_at, data, by_time=True)


class Subject:
    """The hold that a delivery is about, if any, as an event's body names it."""

    def __init__(self, claimed: Claimed) -> None:
        self.id: str | None = claimed.event["hold_id"]
        self.hold_ref: str | None = claimed.event["hold_ref"]
        self.facility_code: str | None = claimed.event["facility_code"]
        self.window_no: int | None = claimed.event["window_no"]
