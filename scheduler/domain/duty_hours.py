"""When somebody is on duty, and when early reminders wait: hours of the wall clock, by weekday.

Hours are told in the contact's own zone and become instants here, so that a night
with a clock change is an hour shorter or longer, as it is for whoever works it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from scheduler.domain.instants import clock_change, zone_of
from scheduler.errors import InvalidHoldError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
DAY_MINUTES = 24 * 60
MOST_SPANS = 50

_DAY = timedelta(days=1)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_WORDS = re.compile(r"(?P<days>[a-z, -]+?)\s+(?P<from>[0-9:]+)\s*-\s*(?P<to>[0-9:]+)")


class Span(NamedTuple):
    """Hours that come again on some days of the week.

    Attributes:
        days: On which it begins; Monday is 0.
        begins: In minutes from local midnight.
        ends: The same, of the day on which it began: over 1440 where it runs past midnight.
    """

    days: frozenset[int]
    begins: int
    ends: int


class Hours(NamedTuple):
    """Spans and the IANA zone that they are told in."""

    zone: str
    spans: tuple[Span, ...]


def is_on(hours: Hours, now: datetime) -> bool:
    """Say whether an instant lies in the hours on duty.

    Where the clocks go back, a time that comes twice begins a span at its first
    coming and ends one at its second: of two people who hand over then, both are on.
    """
    return any(begins <= now < ends for begins, ends in _around(hours, now, is_wide=True))


def quiet_until(hours: Hours, now: datetime) -> datetime | None:
    """Return when the quiet that an instant lies in ends, UTC, or None outside of it.

    Here a time that comes twice begins late and ends early: nothing is kept back
    for longer than it was asked for.
    """
    ends = [end for begin, end in _around(hours, now, is_wide=False) if begin <= now < end]
    return max(ends, default=None)


def changes(hours: Hours, since: datetime, until: datetime) -> set[datetime]:
    """Return the instants, UTC, at which `is_on` may change: after `since`, before `until`."""
    day, last = (at.astimezone(zone_of(hours.zone)).date() for at in (since, until))
    found: set[datetime] = set()
    while day <= last + _DAY:
        for begins_and_ends in _around(hours, day, is_wide=True):
            found.update(begins_and_ends)
        day += _DAY
    return {at for at in found if since < at < until}


def _around(
    hours: Hours, at: datetime | date, *, is_wide: bool
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans that may hold an instant: those that began that day or the day before."""
    today = at.astimezone(zone_of(hours.zone)).date() if isinstance(at, datetime) else at
    for day in (today - _DAY, today):
        for span in hours.spans:
            if day.weekday() in span.days:
                yield (
                    _instant(hours.zone, day, span.begins, 0 if is_wide else 1),
                    _instant(hours.zone, day, span.ends, 1 if is_wide else 0),
                )


# A night's batches ask for the same few instants over and over.
@lru_cache(maxsize=4096)
def _instant(zone: str, day: date, minutes: int, fold: int) -> datetime:
    """Return when so many minutes of a day's wall clock have passed.

    A time that the clocks leave out in spring is the instant at which they do.
    """
    where = zone_of(zone)
    naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
    instant = naive.replace(tzinfo=where, fold=fold).astimezone(UTC)
    if instant.astimezone(where).replace(tzinfo=None, fold=0) != naive:
        return clock_change(naive, zone).at
    return instant


# As people write them, and as they are kept.


def schedule_from(text: str, *, field: str = "schedule") -> tuple[Span, ...]:
    """Read weekly hours: ``mon-fri 08:00-18:00; sat,sun 22:00-06:00``, or JSON.

    As JSON: ``[{"days": ["mon", ...], "from": "08:00", "to": "18:00"}]``. Hours
    that end before they begin run past midnight.

    Raises:
        InvalidHoldError: With `field` set.
    """
    text = text.strip()
    spans = _json_spans(text, field) if text.startswith("[") else _worded_spans(text, field)
    if not 1 <= len(spans) <= MOST_SPANS:
        raise _refused(field, text, f"write 1 to {MOST_SPANS} spans, as mon-fri 08:00-18:00")
    return spans


def quiet_from(text: str, *, field: str = "quiet_hours") -> tuple[Span, ...]:
    """Read daily quiet hours: ``22:00-06:00``, or JSON ``{"from": "22:00", "to": "06:00"}``.

    Raises:
        InvalidHoldError: With `field` set.
    """
    text = text.strip()
    if text.startswith("{"):
        told = _json(text, field)
        if set(told) != {"from", "to"}:
            raise _refused(field, text, "give from and to")
        begins, ends = told["from"], told["to"]
    else:
        begins, _, ends = (part.strip() for part in text.partition("-"))
    span = _span(EVERY_DAY, begins, ends, field)
    if span.ends - span.begins == DAY_MINUTES:
        raise _refused(field, text, "leave some hours in which alerts may come")
    return (span,)


def schedule_json(spans: Iterable[Span]) -> str:
    """Return weekly hours as they are kept; `schedule_from` reads them back."""
    return json.dumps(
        [
            {
                "days": [DAYS[day] for day in sorted(span.days)],
                "from": _clock(span.begins),
                "to": _clock(span.ends),
            }
            for span in spans
        ]
    )


def quiet_json(spans: Iterable[Span]) -> str:
    """Return quiet hours as they are kept; `quiet_from` reads them back."""
    (span,) = spans
    return json.dumps({"from": _clock(span.begins), "to": _clock(span.ends)})


def quiet_text(spans: Iterable[Span]) -> str:
    """Return quiet hours in words; `quiet_from` reads them too."""
    return ", ".join(f"{_clock(span.begins)}-{_clock(span.ends)}" for span in spans)


def schedule_text(spans: Iterable[Span]) -> str:
    """Return weekly hours in words; `schedule_from` reads them too."""
    return "; ".join(
        f"{_days_text(span.days)} {_clock(span.begins)}-{_clock(span.ends)}" for span in spans
    )


def _json_spans(text: str, field: str) -> tuple[Span, ...]:
    spans = []
    for told in _json(text, field):
        if not isinstance(told, dict) or set(told) != {"days", "from", "to"}:
            raise _refused(field, told, "give days, from and to for each span")
        names = told["days"]
        if not isinstance(names, list) or not names or not set(map(str, names)) <= set(DAYS):
            raise _refused(field, names, f"list days of {', '.join(DAYS)}")
        days = frozenset(DAYS.index(name) for name in names)
        spans.append(_span(days, told["from"], told["to"], field))
    return tuple(spans)


def _worded_spans(text: str, field: str) -> tuple[Span, ...]:
    spans = []
    for part in text.lower().split(";"):
        found = _WORDS.fullmatch(part.strip())
        if found is None:
            raise _refused(field, part.strip(), "write days and times, as mon-fri 08:00-18:00")
        spans.append(_span(_worded_days(found["days"], field), found["from"], found["to"], field))
    return tuple(spans)


def _worded_days(text: str, field: str) -> frozenset[int]:
    if text.strip() == "daily":
        return EVERY_DAY
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = (name.strip() for name in part.partition("-"))
        if first not in DAYS or (last or first) not in DAYS:
            raise _refused(field, part.strip(), f"use {', '.join(DAYS)}, a range of them, or daily")
        begins, ends = DAYS.index(first), DAYS.index(last or first)
        # A range may run over the weekend: fri-mon.
        days.update((begins + step) % 7 for step in range((ends - begins) % 7 + 1))
    return frozenset(days)


def _span(days: frozenset[int], begins: Any, ends: Any, field: str) -> Span:
    first, last = _minutes(begins, field), _minutes(ends, field)
    if first == DAY_MINUTES:
        raise _refused(field, begins, "begin at 00:00 of the next day")
    if first == last:
        raise _refused(field, f"{begins}-{ends}", "write a whole day as 00:00-24:00")
    return Span(days, first, last if last > first else last + DAY_MINUTES)


def _minutes(text: Any, field: str) -> int:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise _refused(field, text, "write a time of day as 08:00, at most 24:00")
    return DAY_MINUTES if found[1] is None else int(found[1]) * 60 + int(found[2])


def _clock(minutes: int) -> str:
    if minutes > DAY_MINUTES:
        minutes -= DAY_MINUTES
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days_text(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return "daily"
    first, last = min(days), max(days)
    if len(days) > 2 and len(days) == last - first + 1:
        return f"{DAYS[first]}-{DAYS[last]}"
    return ",".join(DAYS[day] for day in sorted(days))


def _json(text: str, field: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise _refused(field, text, "write JSON that can be read, or words") from exc


def _refused(field: str, value: object, allowed: str) -> InvalidHoldError:
    shown = str(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    return InvalidHoldError(f"{field}: '{shown}' is refused; {allowed}", field=field)
