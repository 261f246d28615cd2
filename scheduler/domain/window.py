"""Deadline arithmetic: when the authority to hold ends.

One walk over local days gives both the deadline and its explanation, so that
the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from scheduler.domain.legal_calendar import ONE_DAY, LegalCalendar
from scheduler.domain.policy import Anchor, Policy
from scheduler.errors import PolicyError


class Span(NamedTuple):
    """A stretch of one local day, or the whole window where every hour counts.

    Attributes:
        day: The local day; None where the policy looks at no days.
        excluded: Why the stretch does not count; None where it does.
    """

    from_at: datetime
    to_at: datetime
    day: date | None
    excluded: str | None


class Limits(NamedTuple):
    """The limits of one hold.

    Attributes:
        starts_at: When the policy's clock starts; None without a clock or start.
        deadline_at: When the policy's own limit is reached.
        ceiling_at: The earliest limit of the policy and those it checks.
        ceiling_policy: The id of the policy whose limit is the ceiling.
        left_out: Ids of checked policies whose own start is not known.
    """

    starts_at: datetime | None
    deadline_at: datetime | None
    ceiling_at: datetime | None
    ceiling_policy: str | None
    left_out: tuple[str, ...]


NO_LIMITS = Limits(None, None, None, None, ())


def deadline(start: datetime, policy: Policy, calendar: LegalCalendar) -> datetime:
    """Return the instant at which the authority to hold has ended.

    Counts elapsed time. What falls in an excluded local day, midnight to
    midnight at the facility, does not count, so a start in one begins to count
    where the next counting day begins; a limit that is reached at a midnight
    ends there. The window is half-open (decision 0004).

    Args:
        start: UTC, standard library; the instant of the policy's own anchor.
        policy: One with a clock.
        calendar: The facility's zone and holidays.

    Returns:
        UTC. At this instant the authority has already ended.

    Raises:
        PolicyError: The policy has no clock.

    Source:
        8 CFR 287.7(d) excludes Saturdays, Sundays and holidays; Form I-247A
        does not. 5 U.S.C. 6103(a) lists the holidays.
    """
    if not policy.excludes:
        # The commonest case, and every registration comes through here.
        return start + _limit(policy)
    for span in spans(start, policy, calendar):
        last = span
    return last.to_at


def spans(start: datetime, policy: Policy, calendar: LegalCalendar) -> Iterator[Span]:
    """Walk the window from `start` to its deadline, one local day at a time.

    Raises:
        PolicyError: The policy has no clock.
    """
    left = _limit(policy)
    if not policy.excludes:
        yield Span(start, start + left, None, None)
        return
    now, day = start, calendar.local_day(start)
    while True:
        excluded = calendar.excluded_reason(day, policy)
        # Never before `now`: St. John's once set its clocks back across midnight.
        until = max(calendar.day_start(day + ONE_DAY), now)
        # Instants are UTC on both sides: a subtraction is elapsed time.
        if excluded is None and left <= until - now:
            yield Span(now, now + left, day, None)
            return
        if excluded is None:
            left -= until - now
        yield Span(now, until, day, excluded)
        now, day = until, day + ONE_DAY


def _limit(policy: Policy) -> timedelta:
    if policy.limit is None:
        raise PolicyError(f"policy {policy.id}: it has no clock, so no deadline; use one that has")
    return policy.limit


def limits(
    anchors: Mapping[Anchor, datetime | None],
    policy: Policy,
    checked: Sequence[Policy],
    calendar: LegalCalendar,
) -> Limits:
    """Return deadline and ceiling of a hold, each policy from its own start.

    Args:
        anchors: The instants on this hold, UTC; absent or None where unknown.
        policy: The hold's policy.
        checked: The policies that it says to check.
        calendar: The facility's zone and holidays.
    """
    starts_at = anchors.get(policy.anchor)
    if starts_at is None or not policy.has_clock:
        return NO_LIMITS
    deadline_at = deadline(starts_at, policy, calendar)
    ceiling_at, ceiling_policy = deadline_at, policy.id
    left_out: list[str] = []
    for other in checked:
        if not other.has_clock:
            continue
        other_starts_at = anchors.get(other.anchor)
        if other_starts_at is None:
            left_out.append(other.id)
            continue
        other_deadline_at = deadline(other_starts_at, other, calendar)
        if other_deadline_at < ceiling_at:
            ceiling_at, ceiling_policy = other_deadline_at, other.id
    return Limits(starts_at, deadline_at, ceiling_at, ceiling_policy, tuple(left_out))
