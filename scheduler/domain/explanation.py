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

from scheduler.domain import instants, policy_book, speech, window
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy import NO_TIME, Anchor, Policy
from scheduler.domain.speech import ANCHOR_WORDS, PLAIN, Speech


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


def steps(
    start: datetime, policy: Policy, calendar: LegalCalendar, said: Speech = PLAIN
) -> tuple[Step, ...]:
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
        place = _Place(policy, calendar.zone, is_first=is_first, is_last=is_last)
        from_at, to_at = spans[0].from_at, spans[-1].to_at
        from_text, to_text = (said.tell_step(at, calendar.zone) for at in (from_at, to_at))
        why = _why(spans, place, said)
        rows.append(Step(from_at, to_at, from_text, to_text, why, counted, total))
    return tuple(rows)


def _row_key(numbered: tuple[int, window.Span]) -> int:
    number, span = numbered
    return -1 if span.excluded else number


class _Place(NamedTuple):
    """Where a row stands in the table, and under which policy."""

    policy: Policy
    zone: str
    is_first: bool
    is_last: bool


def _why(spans: Sequence[window.Span], place: _Place, said: Speech) -> str:
    anchor = said.say(ANCHOR_WORDS[place.policy.anchor])
    parts = [said.say(speech.STARTS, anchor=anchor)] if place.is_first else []
    reasons = [span.excluded for span in spans if span.excluded]
    parts.append(_listed(reasons, said) if reasons else _counting(spans[0].day, said))
    change = _clock_change(spans[0].from_at, spans[-1].to_at, place.zone, said)
    parts += [change] if change else []
    parts += [said.say(speech.REACHED)] if place.is_last else []
    return ". ".join(parts)


def _counting(day: date | None, said: Speech) -> str:
    if day is None:
        return said.say(speech.EVERY_HOUR)
    return said.say(speech.COUNTS, day=said.say(instants.WEEKDAYS[day.weekday()]))


def _listed(reasons: Sequence[str], said: Speech) -> str:
    """Return `Saturday, Sunday and Labor Day, 5 U.S.C. 6103(a)`."""
    # A day's name is ours to say; a holiday's is its law's.
    *first, last = (said.translate(reason[0].upper() + reason[1:]) for reason in reasons)
    return said.say(speech.AND, first=", ".join(first), last=last) if first else last


def _clock_change(from_at: datetime, to_at: datetime, zone: str, said: Speech) -> str | None:
    where = instants.zone_of(zone)
    before = from_at.astimezone(where).utcoffset() or NO_TIME
    after = to_at.astimezone(where).utcoffset() or NO_TIME
    if before == after:
        return None
    way = speech.FORWARD if after > before else speech.BACK
    return said.say(way, t=instants.duration_text(abs(after - before)))


def explain(
    anchors: Mapping[Anchor, datetime | None],
    policy: Policy,
    checked: Sequence[Policy],
    others: Sequence[Policy],
    *,
    calendar: LegalCalendar,
    decided_on: date | None = None,
    said: Speech = PLAIN,
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
        said: To whom it is explained.
    """
    limits = window.limits(anchors, policy, checked, calendar)
    lodged_at = anchors.get(Anchor.LODGED_AT) or limits.starts_at
    day = decided_on or (lodged_at and calendar.local_day(lodged_at))
    shown = {policy.id, *(each.id for each in checked)}
    aside = [each for each in others if each.id not in shown]
    told = _Told(anchors, calendar, said)
    return Explanation(
        zone=calendar.zone,
        limits=limits,
        policy=_reading(told, policy, with_steps=True),
        checked=tuple(_reading(told, each, with_steps=True) for each in checked),
        others=tuple(_reading(told, each, with_steps=False) for each in aside),
        ceiling_sentence=_ceiling_sentence(limits, policy, checked, told),
        warnings=warnings(policy, limits, zone=calendar.zone, decided_on=day, said=said),
    )


class _Told(NamedTuple):
    """What every reading of a hold is made of, and to whom it is told."""

    anchors: Mapping[Anchor, datetime | None]
    calendar: LegalCalendar
    said: Speech


def _reading(told: _Told, policy: Policy, *, with_steps: bool) -> Reading:
    starts_at = told.anchors.get(policy.anchor) if policy.has_clock else None
    deadline_at = starts_at and window.deadline(starts_at, policy, told.calendar)
    has_rows = with_steps and starts_at is not None
    rows = steps(starts_at, policy, told.calendar, told.said) if has_rows and starts_at else ()
    return Reading(
        policy_id=policy.id,
        version=policy.version,
        title=policy.title,
        source=policy.source,
        mark=policy.mark,
        starts_at=starts_at,
        deadline_at=deadline_at,
        sentence=_sentence(told, policy, starts_at, deadline_at),
        steps=rows,
    )


def _sentence(
    told: _Told, policy: Policy, starts_at: datetime | None, deadline_at: datetime | None
) -> str:
    said, zone = told.said, told.calendar.zone
    if not policy.has_clock:
        return said.say(speech.NO_CLOCK, title=policy.title)
    if starts_at is None or deadline_at is None or policy.limit is None:
        anchor = said.say(ANCHOR_WORDS[policy.anchor])
        return said.say(speech.START_UNKNOWN, title=policy.title, anchor=anchor)
    return said.say(
        speech.COUNTED if policy.excludes else speech.ELAPSED,
        title=policy.title,
        start=said.tell(starts_at, zone),
        t=instants.duration_text(policy.limit),
        end=said.tell(deadline_at, zone),
    )


def _ceiling_sentence(
    limits: window.Limits, policy: Policy, checked: Sequence[Policy], told: _Told
) -> str:
    said = told.said
    if limits.deadline_at is None or limits.ceiling_at is None:
        return said.say(speech.NO_CEILING)
    if limits.ceiling_policy == policy.id:
        return said.say(speech.NONE_EARLIER if checked else speech.NO_POLICY_TO_CHECK)
    titles = {each.id: each.title for each in checked}
    at = said.tell(limits.ceiling_at, told.calendar.zone)
    return said.say(speech.CEILING, at=at, title=titles[limits.ceiling_policy or ""])


def warnings(
    policy: Policy,
    limits: window.Limits,
    *,
    zone: str,
    decided_on: date | None,
    said: Speech = PLAIN,
) -> tuple[str, ...]:
    """Return what a reader must be told before relying on the limits.

    Args:
        policy: The policy asked for.
        limits: What came of it.
        zone: The facility's zone.
        decided_on: The date by which its dates in force are judged; None: unknown.
        said: To whom it is told.
    """
    outside = decided_on and policy_book.dates_warning(policy, decided_on)
    twice = limits.starts_at and twice_warning(limits.starts_at, zone, said)
    no_clock = None if policy.has_clock else said.say(speech.ALLOWS_NO_HOLD, policy=policy.id)
    left_out = [said.say(speech.LEFT_OUT, policy=each) for each in limits.left_out]
    found = [outside, no_clock, *left_out, twice, said.say(speech.COUNSEL)]
    return tuple(each for each in found if each)


def twice_warning(instant: datetime, zone: str, said: Speech = PLAIN) -> str | None:
    """Return the warning that a start's local time comes twice, or None where it does not."""
    local = instant.astimezone(instants.zone_of(zone))
    first, second = local.replace(fold=0), local.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return None
    taken, other = (second, first) if local.fold else (first, second)
    return said.say(
        speech.TWICE_LATER if local.fold else speech.TWICE_EARLIER,
        time=f"{local:%H:%M}",
        day=said.tell_day(local.date()),
        taken=instants.zone_letters(taken),
        other=instants.zone_letters(other),
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
