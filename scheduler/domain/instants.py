"""Instants and durations as people and machines write them.

Local time exists in this module only: what staff typed becomes UTC here, and
UTC becomes the words they read. Everything in between compares UTC.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, NoReturn

import pendulum

from scheduler.errors import InvalidHoldError

FIRST_YEAR = 1990
LAST_YEAR = 2100

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Fold = Literal["earlier", "refuse"]

DAYS_FROM = timedelta(hours=72)
"""From here on a time left is counted in days."""

_NO_TIME = timedelta(0)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_INSTANT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]+))?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_DURATION = re.compile(
    r"(?P<sign>-)?(?:(?P<hours>[0-9]{1,6}) ?h)?(?: ?(?P<minutes>[0-9]{1,6}) ?min)?"
    r"(?: ?(?P<seconds>[0-9]{1,6}(?:\.[0-9]{1,6})?) ?s)?"
)
# Names the time zone database holds for its own use; no facility is there.
_NOT_PLACES = frozenset({"Factory", "localtime"})


class Parsed(NamedTuple):
    """An instant in UTC, and what the reader must be told about it."""

    instant: datetime
    note: str | None


class ClockChange(NamedTuple):
    """One change of a zone's offset: the instant, and local time on either side."""

    at: datetime
    before: datetime
    after: datetime


def parse_instant(text: object, zone: str | None, *, fold: Fold, field: str = "at") -> Parsed:
    """Read an RFC 3339 instant or, where `zone` is given, a time local to it.

    Args:
        text: What was typed or sent. Anything but a string is refused.
        zone: The facility's IANA zone; None refuses a time without an offset.
        fold: What to do with a local time that exists twice: take the earlier
            (a start: shorter is safer) or refuse it with both readings.
        field: The name of the field, for the message.

    Raises:
        InvalidHoldError: With `field` set.
    """
    if not isinstance(text, str):
        _refuse(field, text, "write an RFC 3339 string, as 2026-11-27T18:00:00-05:00")
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        _refuse(field, text, "write an RFC 3339 string, as 2026-11-27T18:00:00-05:00")
    naive = _civil_time(found, text, field)
    if found["offset"] is not None:
        aware = naive.replace(tzinfo=_offset(found["offset"], text, field))
        return Parsed(aware.astimezone(UTC), None)
    if zone is None:
        _refuse(field, text, "add the offset, as -05:00 or Z")
    return _local_instant(naive, zone, fold=fold, field=field)


def _civil_time(found: re.Match[str], text: str, field: str) -> datetime:
    year = int(found["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        _refuse(field, text, f"use a year from {FIRST_YEAR} to {LAST_YEAR}")
    micros = (found["part"] or "").ljust(6, "0")[:6]
    try:
        return datetime(  # noqa: DTZ001 - local as typed; the caller knows the offset or zone
            year,
            int(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            int(found["second"] or 0),
            int(micros),
        )
    except ValueError as exc:
        _refuse(field, text, f"use a date and a time of day that exist ({exc})", cause=exc)


def _offset(text: str, whole: str, field: str) -> tzinfo:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        _refuse(field, whole, "use an offset from -23:59 to +23:59")
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if text[0] == "-" else size)


def _local_instant(naive: datetime, zone: str, *, fold: Fold, field: str) -> Parsed:
    where = zone_of(known_zone(zone, field="timezone"))
    earlier = naive.replace(tzinfo=where, fold=0)
    later = naive.replace(tzinfo=where, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return Parsed(earlier.astimezone(UTC), None)
    if _is_in_gap(naive, where):
        _refuse_gap(naive, zone, field=field)
    first, second = (rfc3339_local(each.astimezone(UTC), zone) for each in (earlier, later))
    if fold == "refuse":
        choice = f"the clocks go back and this time comes twice; write {first} or {second}"
        _refuse(field, naive.isoformat(sep=" "), choice)
    note = (
        f"{field}: {naive.isoformat(sep=' ')} comes twice in {zone}; taken as the earlier, {first}"
    )
    return Parsed(earlier.astimezone(UTC), note)


def _is_in_gap(naive: datetime, where: tzinfo) -> bool:
    instant = naive.replace(tzinfo=where).astimezone(UTC)
    return instant.astimezone(where).replace(tzinfo=None, fold=0) != naive


def _refuse_gap(naive: datetime, zone: str, *, field: str) -> NoReturn:
    change = clock_change(naive, zone)
    gap = f"{change.before:%H:%M} to {change.after:%H:%M}"
    allowed = (
        f"the clocks in {zone} go forward from {gap} on {day_text(naive.date(), year=True)}, so this time "
        f"does not exist; use one before {change.before:%H:%M} or from {change.after:%H:%M} on"
    )
    _refuse(field, naive.isoformat(sep=" "), allowed)


def clock_change(naive: datetime, zone: str) -> ClockChange:
    """Return the change of offset around a local time that is missing or comes twice."""
    where = zone_of(zone)
    ends = sorted(naive.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1))
    low, high = ends[0] - _SECOND, ends[1]
    old = low.astimezone(where).utcoffset() or _NO_TIME
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(where).utcoffset() == old:
            low = middle
        else:
            high = middle
    at = high.replace(microsecond=0)
    return ClockChange(
        at, (at + old).replace(tzinfo=None), at.astimezone(where).replace(tzinfo=None)
    )


def known_zone(text: object, *, field: str = "timezone") -> str:
    """Return `text` if it names a zone of the IANA database.

    Raises:
        InvalidHoldError: It does not.
    """
    if not isinstance(text, str) or text not in _zone_names():
        _refuse(field, text, "use a name of the IANA time zone database, as America/New_York")
    return text


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - _NOT_PLACES


@cache
def zone_of(name: str) -> tzinfo:
    """Return the rules of an IANA zone that is known to exist."""
    return pendulum.timezone(name)


# A batch of events names the same few instants in hundreds of bodies.
@lru_cache(maxsize=1024)
def rfc3339(instant: datetime) -> str:
    """Return UTC with `Z`; microseconds only where they are not zero.

    Raises:
        ValueError: The instant is naive; it would be read in the machine's own zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no offset; instants are aware, in UTC")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def spelled(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row as machines read it: its instants as `rfc3339` spells them."""
    return {
        str(name): rfc3339(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def rfc3339_local(instant: datetime, zone: str) -> str:
    """Return the instant with the zone's own offset."""
    return instant.astimezone(zone_of(zone)).isoformat()


def local_text(
    instant: datetime,
    zone: str,
    *,
    year: bool = False,
    seconds: bool = False,
    midnight: bool = True,
) -> str:
    """Return an instant in the words used everywhere: `Fri 27 Nov 18:00 EST`.

    Parts of a minute are dropped, not rounded: a limit never reads later than it is.

    Args:
        instant: Aware.
        zone: IANA name of the zone to show, which is named in the text.
        year: Add the year, as pages about one hold do.
        seconds: Add the seconds, as packets and exports do.
        midnight: Say between which days a 00:00 lies; a table of spans need not.
    """
    local = instant.astimezone(zone_of(zone))
    day = local.date()
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    text = f"{day_text(day, year=year)} {clock} {zone_letters(local)}"
    if midnight and local.hour == 0 and local.minute == 0:
        eve = day_text(day - timedelta(days=1))
        return f"{text} (the midnight between {eve} and {day_text(day)})"
    return text


def day_text(day: date, *, year: bool = False) -> str:
    """Return `Fri 27 Nov`, with the year where asked; never a month in figures."""
    text = f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def zone_letters(local: datetime) -> str:
    """Return a zone's letters, or `UTC-03` where the database has figures only."""
    name = local.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


@lru_cache(maxsize=256)
def duration_text(duration: timedelta) -> str:
    """Return a duration as `48 h`, `30 min` or `6 h 15 min`; `parse_duration` reads it back."""
    sign = "-" if duration < _NO_TIME else ""
    seconds, micros = divmod(abs(duration) // timedelta(microseconds=1), 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{micros:06d}".rstrip("0") if micros else ""
    parts = [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{seconds}{part} s"] if seconds or micros else []
    return sign + " ".join(parts) if parts else "0 min"


def countdown(left: timedelta) -> str:
    """Return a time left in whole minutes, rounded down: `4 h 12 min`; days from 72 h."""
    if left < _MINUTE:
        return "under 1 min"
    minutes = left // _MINUTE
    if left >= DAYS_FROM:
        return _counted((minutes // 1440, "d"), (minutes % 1440 // 60, "h"))
    return _counted((minutes // 60, "h"), (minutes % 60, "min"))


def _counted(*parts: tuple[int, str]) -> str:
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def ago(past: timedelta) -> str:
    """Return a time past in whole minutes, rounded down: `0 h 07 min ago`."""
    hours, minutes = divmod(past // _MINUTE, 60)
    return f"{hours} h {minutes:02d} min ago"


def parse_duration(text: object, *, field: str = "duration") -> timedelta:
    """Read `48 h`, `30 min`, `1 h 30 min`; a day is refused, since not every day has 24 h.

    Raises:
        InvalidHoldError: With `field` set.
    """
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or not any(found[unit] for unit in ("hours", "minutes", "seconds")):
        _refuse(field, text, "write a duration in hours and minutes, as 48 h, 30 min, 1 h 30 min")
    seconds, _, part = (found["seconds"] or "0").partition(".")
    size = timedelta(
        hours=int(found["hours"] or 0),
        minutes=int(found["minutes"] or 0),
        seconds=int(seconds),
        microseconds=int(part.ljust(6, "0")),
    )
    return -size if found["sign"] else size


def _refuse(
    field: str, value: object, allowed: str, *, cause: BaseException | None = None
) -> NoReturn:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    raise InvalidHoldError(f"{field}: {shown} is refused; {allowed}", field=field) from cause
