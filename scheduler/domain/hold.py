"""A hold: one person kept under one detainer, as the record has it.

The status is not stored in a `Hold`: it follows from the marks, so the two
cannot disagree. docs/hold-states.md draws the states.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import Anchor, Paper, Policy


class Outcome(StrEnum):
    """How a hold ended."""

    TRANSFERRED = "transferred"
    RELEASED = "released"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    SUPERSEDED = "superseded"
    OTHER_CUSTODY = "other_custody"
    DIED = "died"
    ESCAPED = "escaped"


class Status(StrEnum):
    """Where a hold stands: open in four ways, or closed with an outcome."""

    LODGED = "lodged"
    RUNNING = "running"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    TRANSFERRED = "transferred"
    RELEASED = "released"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    SUPERSEDED = "superseded"
    OTHER_CUSTODY = "other_custody"
    DIED = "died"
    ESCAPED = "escaped"


OPEN_STATUSES = frozenset({Status.LODGED, Status.RUNNING, Status.EXPIRED, Status.LAPSED})


class Reporter(StrEnum):
    """Whose word an outcome rests on. The facility's decides."""

    FACILITY = "facility"
    AGENCY = "agency"


class Accusation(StrEnum):
    """Which release-without-notification event stands."""

    AT_DEADLINE = "at_deadline"
    AT_RELEASE = "at_release"


class Hold(NamedTuple):
    """The whole state of a hold. Every instant is UTC and aware, or None.

    Identity and rules: `rules_id` names the pinned policy, ladder and holiday
    table. Facts are what people recorded. The clock is worked out from them.
    Marks say what time has already brought about: what happens once is an
    instant, a series is a cursor, and `window_no` counts the clock's windows.
    """

    id: str
    hold_ref: str
    facility_code: str
    detainer_type: str
    rules_id: str
    policy: str
    policy_version: int

    # Facts.
    lodged_at: datetime
    served_at: datetime | None = None
    warrant_served_at: datetime | None = None
    warrant_received_at: datetime | None = None
    judicial_order_at: datetime | None = None
    would_release_at: datetime | None = None
    expected_release_at: datetime | None = None
    notice_given_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    outcome_by: Reporter | None = None
    outcome_basis: str | None = None
    contradicted: bool = False
    superseded_by: str | None = None
    acknowledged_at: datetime | None = None
    arrival_at: datetime | None = None

    # The clock.
    assumed: bool = False
    starts_at: datetime | None = None
    deadline_at: datetime | None = None
    ceiling_at: datetime | None = None
    window_no: int = 1

    # Marks.
    edition: int = 0
    started_at: datetime | None = None
    ceiling_reached_at: datetime | None = None
    lapsed_at: datetime | None = None
    expired_at: datetime | None = None
    expired_step: str | None = None
    accused: Accusation | None = None
    accused_at: datetime | None = None
    accused_step: str | None = None
    outcome_step: str | None = None
    confirmation_asked_at: datetime | None = None
    release_reminded_at: datetime | None = None
    notice_reminded_at: datetime | None = None
    notice_overdue_at: datetime | None = None
    reminded_to: datetime | None = None
    deadline_reminded_to: datetime | None = None
    alarmed_to: datetime | None = None
    escalate_at: datetime | None = None
    escalated: int = 0

    version: int = 1
    """Counts facts and corrections by people."""
    revision: int = 0
    """Counts every write, the worker's too."""


class Rules(NamedTuple):
    """What a hold is judged by.

    Attributes:
        policy: The policy the hold pinned.
        checked: The policies it says to check for the ceiling.
        calendar: Days and zone of the facility.
        ladder: Leads before the ceiling, longest first.
        chain: How many places an unanswered reminder can be passed on to.
    """

    policy: Policy
    checked: tuple[Policy, ...]
    calendar: LegalCalendar
    ladder: tuple[timedelta, ...]
    chain: int = 0


def status(hold: Hold) -> Status:
    """Return where the hold stands."""
    if hold.outcome is not None:
        return Status(hold.outcome)
    if hold.expired_at is not None:
        return Status.EXPIRED
    if hold.lapsed_at is not None:
        return Status.LAPSED
    return Status.LODGED if hold.started_at is None else Status.RUNNING


def local_release(hold: Hold) -> datetime | None:
    """Return when local custody ended or was taken to end: a fact, or an assumed forecast."""
    if hold.would_release_at is not None:
        return hold.would_release_at
    return hold.expected_release_at if hold.assumed else None


def anchors(hold: Hold) -> Mapping[Anchor, datetime | None]:
    """Return each instant that some policy's clock may start from."""
    return {
        Anchor.WOULD_RELEASE_AT: local_release(hold),
        Anchor.LODGED_AT: hold.lodged_at,
        Anchor.WARRANT_SERVED_AT: hold.warrant_served_at,
    }


def limit_at(hold: Hold) -> datetime | None:
    """Return the instant from which keeping the person is without authority.

    With an anchor other than the local release, the window can end while local
    custody lawfully goes on: then there is no such instant yet.
    """
    release = local_release(hold)
    if hold.deadline_at is None or release is None:
        return None
    return max(hold.deadline_at, release)


def papers_missing(hold: Hold, policy: Policy, at: datetime | None = None) -> tuple[Paper, ...]:
    """Return the papers the policy needs that are not on record, or were not at `at`."""
    received = {
        Paper.SERVED: hold.served_at,
        # A warrant that was served was there, whenever its receipt was written down.
        Paper.WARRANT: _earlier(hold.warrant_received_at, hold.warrant_served_at),
        Paper.JUDICIAL_ORDER: hold.judicial_order_at,
    }

    def is_missing(paper: Paper) -> bool:
        instant = received[paper]
        return instant is None or (at is not None and instant > at)

    return tuple(paper for paper in policy.papers if is_missing(paper))


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return min(first, second)


def was_notified(hold: Hold, by: datetime) -> bool:
    """Say whether the facility told the agency of the release by that instant."""
    return hold.notice_given_at is not None and hold.notice_given_at <= by


def release_confirms(hold: Hold) -> bool:
    """Say whether the release on record confirms what was written at the deadline.

    It does not where a notice came between the two: the deadline passed without
    one, but the release did not.
    """
    if hold.outcome is not Outcome.RELEASED or hold.outcome_at is None or hold.expired_at is None:
        return False
    return hold.expired_at <= hold.outcome_at and not was_notified(hold, hold.outcome_at)


def over_detention_minutes(hold: Hold, now: datetime) -> int:
    """Return whole minutes the person was kept past the limit, so far or in the end."""
    if hold.expired_at is None:
        return 0
    if hold.outcome is not None and hold.outcome_at is None:
        return 0
    end = hold.outcome_at if hold.outcome_at is not None else now
    return max(0, (end - hold.expired_at) // timedelta(minutes=1))
