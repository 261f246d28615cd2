"""Reads the two ends of a stretch of time as they were typed: a day, or a day and a time of day.

They are the jail's own, and both are inside: from Monday to Monday is all of Monday, to
18:00 takes the minute of 18:00 in. Nothing is recorded by it, so that a time that comes
twice, or is left out by a clock change, is taken as whichever makes the stretch longer.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from scheduler.domain import instants
from scheduler.errors import InvalidHoldError
from scheduler.intake import LONGEST_TEXT
from web.voice import Voice, marked

A_DAY: Final = timedelta(days=1)
A_MINUTE: Final = timedelta(minutes=1)
NOT_A_DAY: Final = marked(
    "{typed} is not a day, nor a day and a time. Write 2026-11-27 or 2026-11-27 18:00."
)
NO_SUCH_DAY: Final = marked("There is no day {typed}. Months go from 01 to 12.")
NOT_A_TIME: Final = marked(
    "{typed} is not a time of day. Hours go from 00 to 23, minutes from 00 to 59."
)
OUT_OF_REACH: Final = marked("{typed} is out of reach. Years go from {first} to {last}.")
_TYPED = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[ T]+(?P<time>(?P<hour>\d{1,2}):(?P<minute>\d{2})))?", re.ASCII
)


def begins(text: str, zone: str, said: Voice) -> datetime | None:
    """Return when a stretch begins, UTC; None where nothing was typed.

    Args:
        text: As it was typed.
        zone: Of the jail.
        said: In whose words it is refused.

    Raises:
        InvalidHoldError: It is no such text.
    """
    typed = _typed(text, said)
    if typed is None:
        return None
    return _instant(*typed, zone, fold=0)


def ends(text: str, zone: str, said: Voice) -> datetime | None:
    """Return the first instant after a stretch, UTC; None where nothing was typed.

    Args:
        text: As it was typed.
        zone: Of the jail.
        said: In whose words it is refused.

    Raises:
        InvalidHoldError: It is no such text.
    """
    typed = _typed(text, said)
    if typed is None:
        return None
    day, clock = typed
    if clock is None:
        return _instant(day + A_DAY, None, zone, fold=1)
    return _instant(day, clock, zone, fold=1) + A_MINUTE


def _typed(text: str, said: Voice) -> tuple[date, time | None] | None:
    shown = text.strip()
    if not shown:
        return None
    found = _TYPED.fullmatch(shown)
    if found is None:
        raise InvalidHoldError(said.say(NOT_A_DAY, typed=shown[:LONGEST_TEXT]))
    try:
        day = date.fromisoformat(found["day"])
    except ValueError as exc:
        raise InvalidHoldError(said.say(NO_SUCH_DAY, typed=found["day"])) from exc
    if not instants.FIRST_YEAR <= day.year <= instants.LAST_YEAR:
        reach = {"first": instants.FIRST_YEAR, "last": instants.LAST_YEAR}
        raise InvalidHoldError(said.say(OUT_OF_REACH, typed=found["day"], **reach))
    if found["time"] is None:
        return day, None
    try:
        return day, time(int(found["hour"]), int(found["minute"]))
    except ValueError as exc:
        raise InvalidHoldError(said.say(NOT_A_TIME, typed=found["time"])) from exc


def _instant(day: date, clock: time | None, zone: str, *, fold: int) -> datetime:
    local = datetime.combine(day, clock or time(), instants.zone_of(zone))
    return local.replace(fold=fold).astimezone(UTC)
