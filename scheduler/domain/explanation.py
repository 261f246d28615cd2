"""The arithmetic of a hold, step by step, in words a reader can check.

Everything here comes from the same walk as the deadline itself
(`window.spans`): an explanation cannot differ from what it explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from scheduler.domain import instants, policy_book, window
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import NO_TIME, Anchor, Policy

COUNSEL = (
    "An agency's counsel must confirm a policy before use; this is research, not legal advice."
)

ANCHOR_WORDS = {
    Anchor.WOULD_RELEASE_AT: "would have been released",
    Anchor.LODGED_AT: "detainer received",
    Anchor.WARRANT_SERVED_AT: "warrant served on the person",
    Anchor.NONE: "no clock",
}


class Step(NamedTuple):
    """One row of the reader's table.

    Attributes:
        from_text: Local, as `to_text`.
        counted: What the row adds to the window.
        total: What has been counted once the row is over.
    """

    from_at: datetime
    to_at: datetime
    from_text: str
    to_text: str
    why: str
    counted: timedelta
    total: timedelta


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one policy says of one hold.

    Attributes:
        sentence: The outcome in words: a deadline, no clock, or an unknown start.
    """

    policy_id: str
    version: int
    title: str
    source: str
    mark: str
    starts_at: datetime | None
    deadline_at: datetime | None
    sentence: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """How the limits of a hold were worked out.

    Attributes:
        checked: The policies whose earlier limit would be the ceiling.
        others: Every other enabled policy, side by side, without steps.
    """

    zone: str
    limits: window.Limits
    policy: Reading
    checked: tuple[Reading, ...]
    others: tuple[Reading, ...]
    ceiling_sentence: str
    warnings: tuple[str, ...]


def steps(start: datetime, policy: Policy, calendar: LegalCalendar) -> tuple[Step, ...]:
    """Return the rows from `start` to the deadline; days that don't count share one row.

    Raises:
        PolicyError: The policy has no clock.
    """
    rows: list[Step] = []
    total = NO_TIME
    walked = window.spans(start, policy, calendar)
    for _, group in groupby(enumerate(walked), key=_row_key):
        spans = [span for _, span in group]
        counted = NO_TIME if spans[0].excluded else spans[-1].to_at - spans[0].from_at
        total += counted
        is_first, is_last = not rows, total == policy.limit
        why = _why(spans, policy, calendar.zone, is_first=is_first, is_last=is_last)
        rows.append(_step(spans, why, counted, total=total, zone=calendar.zone))
    return tuple(rows)


def _row_key(numbered: tuple[int, window.Span]) -> int:
    number, span = numbered
    return -1 if span.excluded else number


def _step(
    spans: Sequence[window.Span], why: str, counted: timedelta, *, total: timedelta, zone: str
) -> Step:
    from_at, to_at = spans[0].from_at, spans[-1].to_at
    return Step(
        from_at,
        to_at,
        instants.local_text(from_at, zone, midnight=False),
        instants.local_text(to_at, zone, midnight=False),
        why,
        counted,
        total,
    )


def _why(
    spans: Sequence[window.Span], policy: Policy, zone: str, *, is_first: bool, is_last: bool
) -> str:
    parts = [f"Clock starts: {ANCHOR_WORDS[policy.anchor]}"] if is_first else []
    reasons = [span.excluded for span in spans if span.excluded]
    parts.append(_listed(reasons) if reasons else _counting(spans[0].day))
    change = _clock_change(spans[0].from_at, spans[-1].to_at, zone)
    parts += [change] if change else []
    parts += ["Limit reached: deadline"] if is_last else []
    return ". ".join(parts)


def _counting(day: date | None) -> str:
    return "Every hour counts" if day is None else f"{instants.WEEKDAYS[day.weekday()]} counts"


def _listed(reasons: Sequence[str]) -> str:
    """Return `Saturday, Sunday and Labor Day, 5 U.S.C. 6103(a)`."""
    reasons = [reason[0].upper() + reason[1:] for reason in reasons]
    if len(reasons) == 1:
        return reasons[0]
    return f"{', '.join(reasons[:-1])} and {reasons[-1]}"


def _clock_change(from_at: datetime, to_at: datetime, zone: str) -> str | None:
    where = instants.zone_of(zone)
    before = from_at.astimezone(where).utcoffset() or NO_TIME
    after = to_at.astimezone(where).utcoffset() or NO_TIME
    if before == after:
        return None
    way = "forward" if after > before else "back"
    return f"The clocks go {way} {instants.duration_text(abs(after - before))} meanwhile"


def explain(
    anchors: Mapping[Anchor, datetime | None],
    policy: Policy,
    checked: Sequence[Policy],
    others: Sequence[Policy],
    *,
    calendar: LegalCalendar,
    decided_on: date | None = None,
) -> Explanation:
    """Explain the limits of a hold, and what other policies would say of it.

    Args:
        anchors: The instants on this hold, UTC; absent or None where unknown.
        policy: The hold's policy.
        checked: The policies that it says to check.
        others: Policies to set beside it; the hold's own and checked ones are skipped.
        calendar: The facility's zone and holidays.
        decided_on: The date by which the policy's dates in force are judged, of
            the kind it names; None takes the local date of lodging, else of the start.
    """
    limits = window.limits(anchors, policy, checked, calendar)
    lodged_at = anchors.get(Anchor.LODGED_AT) or limits.starts_at
    day = decided_on or (lodged_at and calendar.local_day(lodged_at))
    shown = {policy.id, *(each.id for each in checked)}
    aside = [each for each in others if each.id not in shown]
    return Explanation(
        zone=calendar.zone,
        limits=limits,
        policy=_reading(anchors, policy, calendar, with_steps=True),
        checked=tuple(_reading(anchors, each, calendar, with_steps=True) for each in checked),
        others=tuple(_reading(anchors, each, calendar, with_steps=False) for each in aside),
        ceiling_sentence=_ceiling_sentence(limits, policy, checked, calendar.zone),
        warnings=warnings(policy, limits, zone=calendar.zone, decided_on=day),
    )


def _reading(
    anchors: Mapping[Anchor, datetime | None],
    policy: Policy,
    calendar: LegalCalendar,
    *,
    with_steps: bool,
) -> Reading:
    starts_at = anchors.get(policy.anchor) if policy.has_clock else None
    deadline_at = starts_at and window.deadline(starts_at, policy, calendar)
    rows = steps(starts_at, policy, calendar) if with_steps and starts_at else ()
    return Reading(
        policy_id=policy.id,
        version=policy.version,
        title=policy.title,
        source=policy.source,
        mark=policy.mark,
        starts_at=starts_at,
        deadline_at=deadline_at,
        sentence=_sentence(policy, starts_at, deadline_at, zone=calendar.zone),
        steps=rows,
    )


def _sentence(
    policy: Policy, starts_at: datetime | None, deadline_at: datetime | None, *, zone: str
) -> str:
    if not policy.has_clock:
        return f"{policy.title}: no clock."
    if starts_at is None or deadline_at is None or policy.limit is None:
        return f"{policy.title}: start unknown ({ANCHOR_WORDS[policy.anchor]}: not on record)."
    start = instants.local_text(starts_at, zone, year=True)
    end = instants.local_text(deadline_at, zone, year=True)
    how = "counted" if policy.excludes else "elapsed"
    length = instants.duration_text(policy.limit)
    return f"{policy.title}: {start} plus {length} {how} is {end}."


def _ceiling_sentence(
    limits: window.Limits, policy: Policy, checked: Sequence[Policy], zone: str
) -> str:
    if limits.deadline_at is None or limits.ceiling_at is None:
        return "There is no deadline, so there is no ceiling."
    if limits.ceiling_policy == policy.id:
        against = "no policy to check" if not checked else "no checked policy ends earlier"
        return f"The ceiling is the deadline: {against}."
    titles = {each.id: each.title for each in checked}
    at = instants.local_text(limits.ceiling_at, zone, year=True)
    title = titles[limits.ceiling_policy or ""]
    return f"The ceiling is {at}, by {title}: it is earlier than the deadline. Plan to it."


def warnings(
    policy: Policy, limits: window.Limits, *, zone: str, decided_on: date | None
) -> tuple[str, ...]:
    """Return what a reader must be told before relying on the limits.

    Args:
        policy: The policy asked for.
        limits: What came of it.
        zone: The facility's zone.
        decided_on: The date by which its dates in force are judged; None: unknown.
    """
    outside = decided_on and policy_book.dates_warning(policy, decided_on)
    twice = limits.starts_at and twice_warning(limits.starts_at, zone)
    no_clock = f"{policy.id} has no clock: it allows no hold; only notice and outcomes apply"
    left_out = [
        f"{each} is to be checked but was left out: the start of its own clock is not known"
        for each in limits.left_out
    ]
    found = [outside, None if policy.has_clock else no_clock, *left_out, twice, COUNSEL]
    return tuple(each for each in found if each)


def twice_warning(instant: datetime, zone: str) -> str | None:
    """Return the warning that a start's local time comes twice, or None where it does not."""
    local = instant.astimezone(instants.zone_of(zone))
    first, second = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return None
    taken, other = (second, first) if local.fold else (first, second)
    which = "later" if local.fold else "earlier"
    return (
        f"{local:%H:%M} on {instants.day_text(local.date(), year=True)} comes twice, since the "
        f"clocks go back; the {which}, {instants.zone_letters(taken)}, was counted from, "
        f"not {instants.zone_letters(other)}"
    )


def explanation_data(explanation: Explanation) -> dict[str, object]:
    """Return the explanation as a JSON object; instants in UTC, durations as text."""
    limits = explanation.limits
    return {
        "timezone": explanation.zone,
        "starts_at": instant_data(limits.starts_at),
        "deadline_at": instant_data(limits.deadline_at),
        "ceiling_at": instant_data(limits.ceiling_at),
        "ceiling_policy": limits.ceiling_policy,
        "left_out": list(limits.left_out),
        "policy": _reading_data(explanation.policy),
        "checked": [_reading_data(each) for each in explanation.checked],
        "others": [_reading_data(each) for each in explanation.others],
        "ceiling_sentence": explanation.ceiling_sentence,
        "warnings": list(explanation.warnings),
    }


def _reading_data(reading: Reading) -> dict[str, object]:
    return {
        "policy": reading.policy_id,
        "version": reading.version,
        "title": reading.title,
        "source": reading.source,
        "mark": reading.mark,
        "starts_at": instant_data(reading.starts_at),
        "deadline_at": instant_data(reading.deadline_at),
        "sentence": reading.sentence,
        "steps": [step_data(step) for step in reading.steps],
    }


def step_data(step: Step) -> dict[str, object]:
    """Return one step as a JSON object."""
    return {
        "from": instants.rfc3339(step.from_at),
        "to": instants.rfc3339(step.to_at),
        "from_local": step.from_text,
        "to_local": step.to_text,
        "why": step.why,
        "counted": instants.duration_text(step.counted),
        "total": instants.duration_text(step.total),
    }


def instant_data(instant: datetime | None) -> str | None:
    """Return an instant as RFC 3339 text in UTC, None as None."""
    return None if instant is None else instants.rfc3339(instant)
