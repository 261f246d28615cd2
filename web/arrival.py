"""Reads the answer of a recipient as it was typed: when they come, or that they cannot.

Times are the jail's own. A time of day is the next one to come; with a weekday before
it, that day's. Nothing is guessed: what can be read in two ways is refused with both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, NoReturn

from scheduler.domain import instants
from scheduler.errors import InvalidHoldError
from web.voice import marked

HOUR = timedelta(hours=1)
FRESH_FOR = 24 * HOUR
"""Choices that were offered longer ago than this are worked out anew."""

OTHER, CANNOT = "other", "cannot"
WITHIN = {"1h": HOUR, "2h": 2 * HOUR}
"""The choices that need no typing."""
WITHIN_WORDS = {"1h": marked("Within 1 hour"), "2h": marked("Within 2 hours")}

EXAMPLES = "write it as 06:30 or 6:30 PM, for another day as Sat 06:30"
_DAYS = tuple(name[:3].lower() for name in instants.WEEKDAYS)
_TIME = re.compile(
    r"(?:(?P<day>[a-z]{3})[a-z]*\.?,?\s+)?"
    r"(?P<hour>\d{1,2})(?::?(?P<minute>\d{2}))?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"(?:\s+(?P<letters>[a-z]{2,5}))?",
    re.IGNORECASE | re.ASCII,
)


class Typed(NamedTuple):
    """The form as it came.

    Attributes:
        choice: Which answer was picked; empty where none was.
        at: The other time.
        as_of: When the choices were offered: whoever picks "by 04:12" means 04:12.
    """

    choice: str = ""
    at: str = ""
    note: str = ""
    as_of: str = ""


class Said(NamedTuple):
    """What the recipient says."""

    arrival_at: datetime | None
    is_coming: bool
    note: str | None


def read(typed: Typed, zone: str, now: datetime) -> Said:
    """Read an answer.

    Args:
        typed: As it came.
        zone: The jail's.
        now: UTC.

    Raises:
        InvalidHoldError: With `field` `choice` or `at`, and what is allowed.
    """
    at = typed.at.strip()
    note = typed.note.strip() or None
    if at and typed.choice not in {"", OTHER}:
        _refuse(
            "at",
            f"“{_choice_words(typed.choice)}” was chosen, and {_shown(at)} typed as well. "
            "Choose “At another time”, or empty the field.",
        )
    if typed.choice == CANNOT:
        return Said(None, is_coming=False, note=note)
    if typed.choice in WITHIN:
        return Said(_promised(typed, zone, now), is_coming=True, note=note)
    if typed.choice not in {"", OTHER}:
        _refuse("choice", f"{_shown(typed.choice)} is not one of the answers. Choose one below.")
    # A time typed without a choice is meant; the page has no script to choose for it.
    if at:
        return Said(read_time(at, zone, now), is_coming=True, note=note)
    if typed.choice == OTHER:
        _refuse("at", f"No time was typed. To say when you will be there, {EXAMPLES}.")
    return Said(None, is_coming=True, note=note)


def offered_at(as_of: str, now: datetime) -> datetime:
    """Return when the choices were offered: as the form says, if that can be."""
    try:
        offered = datetime.fromisoformat(as_of).astimezone(UTC)
    except (ValueError, OverflowError):
        return now
    return offered if now - FRESH_FOR <= offered <= now else now


def by(choice: str, offered: datetime) -> datetime:
    """Return the instant that a choice promises: whole minutes, rounded down."""
    return _minute(offered + WITHIN[choice])


def _promised(typed: Typed, zone: str, now: datetime) -> datetime:
    promised = by(typed.choice, offered_at(typed.as_of, now))
    if promised < _minute(now):
        _refuse(
            "choice",
            f"{told(promised, zone, now)} has passed; it is {told(now, zone, now)} now. "
            "Choose again.",
        )
    return promised


def told(instant: datetime, zone: str, now: datetime) -> str:
    """Return an instant as `04:12 EST`, with the day where it is not today's."""
    where = instants.zone_of(zone)
    local = instant.astimezone(where)
    if local.date() == now.astimezone(where).date():
        return f"{local:%H:%M} {instants.zone_letters(local)}"
    return instants.local_text(instant, zone, midnight=False)


def read_time(text: str, zone: str, now: datetime) -> datetime:
    """Read a time of day at the jail: the next one to come.

    Raises:
        InvalidHoldError: It is none, does not exist, or comes twice.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        _refuse("at", f"{_shown(text)} is not a time of day: {EXAMPLES}.")
    clock = _clock(found, text)
    where = instants.zone_of(zone)
    local_now = now.astimezone(where).replace(tzinfo=None)
    for day in _days(found, text, local_now.date()):
        local = datetime.combine(day, clock)
        readings = _readings(local, zone)
        if not readings and local > local_now:
            _refuse_gap(local, zone)
        ahead = [each for each in readings if each >= _minute(now)]
        meant = _lettered(ahead, found["letters"], zone, text)
        if len(meant) > 1:
            _refuse_twice(local, meant, zone)
        if meant:
            return meant[0]
    # Not reached while the last of the days lies wholly ahead.
    raise InvalidHoldError(f"{_shown(text)} does not lie ahead: {EXAMPLES}.", field="at")


def _clock(found: re.Match[str], text: str) -> time:
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if found["minute"] is None and half is None:
        _refuse("at", f"{_shown(text)} is not a time of day: {EXAMPLES}.")
    if half is not None:
        if not 1 <= hour <= 12 or minute > 59:
            _refuse("at", f"{_shown(text)} is not a time of day. With AM or PM, hours go to 12.")
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 23 or minute > 59:
        _refuse(
            "at",
            f"{_shown(text)} is not a time of day. Hours go from 00 to 23, minutes from 00 to 59.",
        )
    return time(hour, minute)


def _days(found: re.Match[str], text: str, today: date) -> Iterator[date]:
    name = found["day"]
    if name is None:
        yield from (today, today + timedelta(days=1))
        return
    if name.lower() not in _DAYS:
        _refuse("at", f"{_shown(text)} names no day of the week: {EXAMPLES}.")
    days_ahead = (_DAYS.index(name.lower()) - today.weekday()) % 7
    yield today + timedelta(days=days_ahead)
    yield today + timedelta(days=days_ahead + 7)


def _readings(local: datetime, zone: str) -> list[datetime]:
    """Return the instants, none to two, at which the jail's clock shows this."""
    where = instants.zone_of(zone)
    both = {local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in both if each.astimezone(where).replace(tzinfo=None) == local)


def _lettered(
    readings: list[datetime], letters: str | None, zone: str, text: str
) -> list[datetime]:
    if letters is None or not readings:
        return readings
    where = instants.zone_of(zone)
    shown = {each: instants.zone_letters(each.astimezone(where)) for each in readings}
    meant = [each for each in readings if shown[each] == letters.upper()]
    if not meant:
        known = " or ".join(dict.fromkeys(shown.values()))
        _refuse("at", f"{_shown(text)}: the jail's clock shows {known} then. Type jail time.")
    return meant


def _refuse_gap(local: datetime, zone: str) -> NoReturn:
    change = instants.clock_change(local, zone)
    before, after = f"{change.before:%H:%M}", f"{change.after:%H:%M}"
    day = instants.day_text(local.date(), year=True)
    _refuse(
        "at",
        f"Clocks go from {before} to {after} on {day}, so {local:%H:%M} does not exist. "
        f"Enter a time before {before} or from {after}.",
    )


def _refuse_twice(local: datetime, readings: list[datetime], zone: str) -> NoReturn:
    where = instants.zone_of(zone)
    day = instants.day_text(local.date(), year=True)
    choices = " or ".join(
        f"{local:%H:%M} {instants.zone_letters(each.astimezone(where))}" for each in readings
    )
    _refuse("at", f"{local:%H:%M} comes twice on {day}. Type {choices}.")


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _choice_words(choice: str) -> str:
    return WITHIN_WORDS.get(choice, "I can't come" if choice == CANNOT else choice[:20])


def _shown(text: str) -> str:
    """Return what was typed, cut to what a sentence can hold."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:39]}…"


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidHoldError(message, field=field)
