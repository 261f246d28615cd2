"""One question, one answer: when would this policy's window end?

Pure: no database, no settings, no clock. `holdclock deadline`, its batch form
and the interface's `/deadlines` all ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import orjson

from scheduler.domain import explanation, instants, window
from scheduler.domain.legal_calendar import FederalHolidays, LegalCalendar
from scheduler.domain.policy import Policy
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import HoldError, InvalidHoldError

Answer = dict[str, object]
CalendarFor = Callable[[str], LegalCalendar]

_NEEDED = ("policy", "from", "timezone")


def deadline_answer(
    query: object,
    book: PolicyBook,
    federal: FederalHolidays,
    *,
    calendar_for: CalendarFor | None = None,
    local_time: bool = False,
) -> Answer:
    """Answer one question; a bad one is answered with `{"error": ...}`, never raised.

    Args:
        query: An object with `policy` (id), `from` (the instant of the policy's
            own anchor, RFC 3339 with an offset) and `timezone` (IANA name).
        book: The policies on record.
        federal: Federal holidays by year.
        calendar_for: Makes the calendar of a zone where further holidays are on
            record; None knows the federal ones alone.
        local_time: Also accept a `from` without an offset, local to `timezone`.
    """
    try:
        calendars = calendar_for or _plain_calendars(federal)
        return deadline(query, book, calendars, local_time=local_time)
    except HoldError as exc:
        return {"error": str(exc)}


def batch_answers(
    lines: Iterable[str | bytes],
    book: PolicyBook,
    federal: FederalHolidays,
    *,
    calendar_for: CalendarFor | None = None,
) -> Iterator[str]:
    """Answer JSON Lines with JSON Lines, one for one and in order, errors included."""
    calendars = lru_cache(maxsize=1024)(calendar_for or _plain_calendars(federal))
    for line in lines:
        try:
            query = orjson.loads(line)
        except orjson.JSONDecodeError as exc:
            answer: Answer = {"error": f"the line is not JSON: {exc}; write one object a line"}
        else:
            answer = deadline_answer(query, book, federal, calendar_for=calendars)
        yield orjson.dumps(answer).decode()


def _plain_calendars(federal: FederalHolidays) -> CalendarFor:
    return lambda zone: LegalCalendar(zone=zone, federal=federal)


def deadline(
    query: object, book: PolicyBook, calendar_for: CalendarFor, *, local_time: bool = False
) -> Answer:
    """Answer one question; the arguments are those of `deadline_answer`.

    Raises:
        InvalidHoldError: With the field that is wrong.
        PolicyError: The rules cannot answer.
    """
    needed = ", ".join(_NEEDED)
    if not isinstance(query, Mapping):
        raise InvalidHoldError(f"{str(query)[:80]!r} is refused; write an object with {needed}")
    for name in _NEEDED:
        if name not in query:
            raise InvalidHoldError(f"{name}: missing; give {needed}", field=name)
    policy = book.named(query["policy"])
    zone = instants.known_zone(query["timezone"])
    near = zone if local_time else None
    # A local time that comes twice is named by the warnings below, as is one with an offset.
    start = instants.parse_instant(query["from"], near, fold="earlier", field="from").instant
    return _reckoned(start, policy, book.checked(policy), calendar=calendar_for(zone))


def _reckoned(
    start: datetime, policy: Policy, checked: Sequence[Policy], *, calendar: LegalCalendar
) -> Answer:
    # Only the policy's own anchor is known here; a checked policy with another is left out.
    anchors = {policy.anchor: start} if policy.has_clock else {}
    limits = window.limits(anchors, policy, checked, calendar)
    steps = explanation.steps(start, policy, calendar) if policy.has_clock else ()
    day = calendar.local_day(start)
    return {
        "policy": policy.id,
        "policy_version": policy.version,
        "source": policy.source,
        "mark": policy.mark,
        "starts_at": explanation.instant_data(limits.starts_at),
        "deadline_at": explanation.instant_data(limits.deadline_at),
        "ceiling_at": explanation.instant_data(limits.ceiling_at),
        "ceiling_policy": limits.ceiling_policy,
        "steps": [explanation.step_data(step) for step in steps],
        "warnings": list(explanation.warnings(policy, limits, zone=calendar.zone, decided_on=day)),
    }
