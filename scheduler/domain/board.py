"""Where a hold stands on a board: its group, its shape, the limit that comes next, what it lacks.

One place for the screen, the paper and the demo, so that no two of them part.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from scheduler.domain import hold as domain
from scheduler.domain.hold import Hold, Status
from scheduler.domain.policy import Policy

NEAR = timedelta(hours=4)
DAY = timedelta(hours=24)


class Group(IntEnum):
    """Where a hold stands on a board, the most pressing first."""

    PAST = 0
    RUNNING = 1
    LAPSED = 2
    NOT_STARTED = 3
    CLOSED = 4


class Look(StrEnum):
    """A shape for each state, told apart without colour."""

    PAST = "stop"
    LAST_HOURS = "near"
    LAST_DAY = "day"
    CEILING_PASSED = "ceil"
    RUNNING = "run"
    LAPSED = "lapsed"
    NOT_STARTED = "lodged"
    CONFIRM = "confirm"
    CLOSED = "done"


class CountsTo(StrEnum):
    """Which limit a time left runs to: both in one, the ceiling, or the deadline after it."""

    BOTH = "left"
    CEILING = "ceiling"
    DEADLINE = "deadline"


class Lack(StrEnum):
    """Something that is not on record and should be, or that nobody has answered."""

    NO_AUTHORITY = "no_authority"
    PAPERS = "papers"
    NOTICE = "notice"
    NOTICE_OVERDUE = "notice_overdue"
    ANSWER = "answer"
    CONFIRMATION = "confirmation"


class Place(NamedTuple):
    """Where a hold stands at an instant.

    Attributes:
        group: Of the board.
        look: Its shape.
        at: The instant it is shown and sorted by; None where nothing is known.
        counts_to: What a running clock counts to.
        lapses: At its limit authority lapses, and nobody is over-detained.
    """

    group: Group
    look: Look
    at: datetime | None
    counts_to: CountsTo = CountsTo.BOTH
    lapses: bool = False


def place(hold: Hold, now: datetime) -> Place:
    """Return where a hold stands.

    Args:
        hold: As the worker would write it at `now`.
        now: UTC.
    """
    status = domain.status(hold)
    if hold.outcome is not None:
        return Place(Group.CLOSED, Look.CLOSED, hold.outcome_at)
    if status is Status.EXPIRED:
        return Place(Group.PAST, Look.PAST, hold.expired_at)
    if status is Status.LAPSED:
        return Place(Group.LAPSED, Look.LAPSED, hold.lapsed_at)
    if status is Status.LODGED or hold.deadline_at is None or hold.ceiling_at is None:
        asks = hold.confirmation_asked_at is not None and hold.would_release_at is None
        look = Look.CONFIRM if asks else Look.NOT_STARTED
        return Place(Group.NOT_STARTED, look, hold.expected_release_at)
    limit = domain.limit_at(hold)
    lapses = limit is None or limit > hold.deadline_at
    return _running(hold.ceiling_at, hold.deadline_at, now)._replace(lapses=lapses)


def _running(ceiling_at: datetime, deadline_at: datetime, now: datetime) -> Place:
    if now < ceiling_at:
        to = CountsTo.CEILING if ceiling_at < deadline_at else CountsTo.BOTH
        return Place(Group.RUNNING, look_of(ceiling_at - now), ceiling_at, to)
    near = deadline_at - now <= NEAR
    look = Look.LAST_HOURS if near else Look.CEILING_PASSED
    return Place(Group.RUNNING, look, deadline_at, CountsTo.DEADLINE)


def look_of(left: timedelta) -> Look:
    """Return the shape that goes with a time left."""
    if left <= NEAR:
        return Look.LAST_HOURS
    return Look.LAST_DAY if left <= DAY else Look.RUNNING


def order(hold: Hold, found: Place) -> tuple[int, bool, float, str]:
    """Sort by group, then by the next instant, what has none last; of the closed the last first."""
    at = (found.at or hold.lodged_at).timestamp()
    is_closed = found.group is Group.CLOSED
    return (found.group, found.at is None, -at if is_closed else at, hold.id)


def lacks(hold: Hold, policy: Policy) -> Iterator[Lack]:
    """Yield what an open hold lacks, the most pressing first."""
    if domain.papers_missing(hold, policy):
        yield Lack.PAPERS if hold.started_at is None else Lack.NO_AUTHORITY
    if hold.assumed:
        yield Lack.CONFIRMATION
    if hold.notice_given_at is None and policy.notice_expected:
        overdue = hold.notice_overdue_at is not None
        if overdue or hold.started_at is not None:
            yield Lack.NOTICE_OVERDUE if overdue else Lack.NOTICE
    if unanswered_since(hold) is not None:
        yield Lack.ANSWER


def unanswered_since(hold: Hold) -> datetime | None:
    """Return the last alert that asks for an answer, if none came after it."""
    asked = (
        hold.reminded_to,
        hold.deadline_reminded_to,
        hold.ceiling_reached_at,
        hold.expired_at,
        hold.alarmed_to,
        hold.confirmation_asked_at if hold.would_release_at is None else None,
    )
    last = max((each for each in asked if each is not None), default=None)
    if last is None or (hold.acknowledged_at is not None and hold.acknowledged_at >= last):
        return None
    return last
