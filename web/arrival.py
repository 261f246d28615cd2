"""Reads the answer of a recipient as it was typed: when they come, or that they cannot.

Times are the jail's own. A time of day is the next one to come; with a weekday before
it, that day's. Nothing is guessed: what can be read in two ways is refused with both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, NoReturn

from scheduler import typed_times
from scheduler.domain import instants
from scheduler.domain.speech import spoken
from scheduler.errors import InvalidHoldError, Phrase
from scheduler.typed_times import shown
from web.voice import marked

HOUR = timedelta(hours=1)
FRESH_FOR = 24 * HOUR
"""Choices that were offered longer ago than this are worked out anew."""

OTHER, CANNOT = "other", "cannot"
WITHIN = {"1h": HOUR, "2h": 2 * HOUR}
"""The choices that need no typing."""
WITHIN_WORDS = {"1h": marked("Within 1 hour"), "2h": marked("Within 2 hours")}

CANNOT_WORDS = marked("I can't come")
BOTH = marked(
    "“{choice}” was chosen, and {typed} typed as well. "
    "Choose “At another time”, or empty the field."
)
NO_ANSWER = marked("{typed} is not one of the answers. Choose one below.")
NO_TIME = marked(
    "No time was typed. To say when you will be there, write it as 06:30 or 6:30 PM, for another "
    "day as Sat 06:30."
)
PASSED = marked("{at} has passed; it is {now} now. Choose again.")


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
        _refuse("at", BOTH, choice=_choice_words(typed.choice), typed=shown(at))
    if typed.choice == CANNOT:
        return Said(None, is_coming=False, note=note)
    if typed.choice in WITHIN:
        return Said(_promised(typed, zone, now), is_coming=True, note=note)
    if typed.choice not in {"", OTHER}:
        _refuse("choice", NO_ANSWER, typed=shown(typed.choice))
    # A time typed without a choice is meant; the page has no script to choose for it.
    if at:
        return Said(read_time(at, zone, now), is_coming=True, note=note)
    if typed.choice == OTHER:
        _refuse("at", NO_TIME)
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
        _refuse("choice", PASSED, at=told(promised, zone, now), now=told(now, zone, now))
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
    return typed_times.Reader(zone, now).read(text, "at", fold="refuse", ahead=True).at


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _choice_words(choice: str) -> str | Phrase:
    words = WITHIN_WORDS.get(choice) or (CANNOT_WORDS if choice == CANNOT else None)
    return choice[:20] if words is None else Phrase(words, {})


def _refuse(field: str, text: str, **slots: object) -> NoReturn:
    message = spoken(Phrase(text, slots))
    raise InvalidHoldError(message, field=field).saying(text, **slots)
