"""The shorthand in which a desk types times: `now`, `-20m`, `17:40`, `Fri 17:40`, `27 Nov 18:00`.

Times are the jail's own; a zone's letters (`01:30 EDT`) say which of two is meant. What is
typed is read in one way or refused: the reading is shown back in full before it counts.
The interface takes none of this: `intake` reads what this module makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, NoReturn

from scheduler.domain import instants
from scheduler.domain.instants import FIRST_YEAR, LAST_YEAR
from scheduler.domain.speech import spoken
from scheduler.errors import InvalidHoldError, Phrase
from scheduler.intake import MAY_BE_AHEAD

HOURS: Final = "{typed} is not a time of day. Hours go from 00 to 23, minutes from 00 to 59."
HALVES: Final = "{typed} is not a time of day. With AM or PM, hours go to 12."
UNREADABLE: Final = (
    "{typed} is not a time of day: write it as 06:30 or 6:30 PM, yesterday 17:40, Fri 17:40, "
    "27 Nov 18:00, -20m or now."
)
NO_WEEKDAY: Final = "{typed} names no day of the week: write Mon, Tue, Wed, Thu, Fri, Sat or Sun."
NO_DATE: Final = "{typed} is not a date: there is no such day."
NO_YEAR: Final = "{typed}: use a year from 1990 to 2100."
OTHER_WEEKDAY: Final = "{day} is the date, but {typed} is another day of the week."
OTHER_ZONE: Final = "{typed}: the jail's clock shows {letters} then. Type jail time."
GAP: Final = (
    "Clocks go from {before} to {after} on {day}, so {time} does not exist. "
    "Enter a time before {before} or from {after}."
)
TWICE: Final = "{time} comes twice on {day}. Choose {first} or {second}."
FIRST_TAKEN: Final = "{time} comes twice on {day}. We take the first, {first}: the safer reading."

_NOW: Final = frozenset({"now", "ahora"})
_DAYS: Final = {"today": 0, "hoy": 0, "yesterday": -1, "ayer": -1, "tomorrow": 1, "mañana": 1}
_WEEKDAYS: Final = tuple(re.findall(r"\S+", """
    mon tue wed thu fri sat sun
    lun mar mié jue vie sáb dom
    lun mar mie jue vie sab dom
"""))  # fmt: skip
_MONTHS: Final = tuple(re.findall(r"\S+", """
    jan feb mar apr may jun jul aug sep oct nov dec
    ene feb mar abr may jun jul ago sep oct nov dic
"""))  # fmt: skip
"""In every language of the pages: a reading is typed back as it was shown."""
_WORD: Final = r"[a-zñáéíóú]+"
_RELATIVE = re.compile(
    r"(?P<sign>[-+\N{MINUS SIGN}\N{EN DASH}]) ?(?:(?P<hours>[0-9]{1,4}) ?h)? ?"
    r"(?:(?P<minutes>[0-9]{1,5}) ?m(?:in)?)?"
)
_EXACT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[t ].*(?:z|[+-][0-9]{2}:[0-9]{2})")
_TYPED = re.compile(
    rf"(?:(?P<word>{_WORD})[.,]* )?"
    rf"(?:(?P<date>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})[t ]"
    rf"|(?P<day>[0-9]{{1,2}})[. ]+(?:de )?(?P<month>{_WORD})\.?(?:,? (?:de )?(?P<year>[0-9]{{4}}))?,? "
    rf"|(?P<month_first>{_WORD})\.? (?P<day_after>[0-9]{{1,2}})(?:,? (?P<year_last>[0-9]{{4}}))?,? )?"
    r"(?P<clock>(?P<hour>[0-9]{1,2})(?::?(?P<minute>[0-9]{2}))?(?::(?P<second>[0-9]{2}))?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?)"
    r"(?: (?P<letters>[a-z]{2,5}(?:[+-][0-9]{1,4})?))?"
)


class TypedTimeError(InvalidHoldError):
    """What was typed is no time, or more than one.

    Args:
        field: Of the form.
        phrase: What is wrong, for the reader's language.
    """

    def __init__(self, field: str, phrase: Phrase) -> None:
        super().__init__(spoken(phrase), field=field)
        self.saying(phrase.text, **phrase.slots)


class Typed(NamedTuple):
    """An instant as it was read.

    Attributes:
        at: UTC.
        note: What must be told of the reading; None where nothing must.
    """

    at: datetime
    note: Phrase | None = None


def phrases() -> Iterator[str]:
    """Yield everything that a refusal or a note may ask to have translated."""
    yield from (HOURS, HALVES, UNREADABLE, NO_WEEKDAY, NO_DATE, NO_YEAR)
    yield from (OTHER_WEEKDAY, OTHER_ZONE, GAP, TWICE, FIRST_TAKEN)


class Reader:
    """Reads times typed at one jail at one instant.

    Args:
        zone: The jail's.
        now: UTC.
    """

    def __init__(self, zone: str, now: datetime) -> None:
        self._zone = zone
        self._now = now
        self._local_now = now.astimezone(instants.zone_of(zone)).replace(tzinfo=None)

    def read(self, text: str, field: str, *, fold: instants.Fold, ahead: bool = False) -> Typed:
        """Read a time.

        Args:
            text: As it was typed.
            field: Of the form, for the refusal.
            fold: Of a time that comes twice, take the earlier or refuse.
            ahead: It is still to come: a time of day, a weekday or a date without its year
                is the next one. Otherwise it has been: today's, the last, the nearest.

        Raises:
            TypedTimeError: Saying what is allowed.
        """
        plain = " ".join(text.lower().split())
        if plain in _NOW:
            return Typed(self._now)
        relative = _RELATIVE.fullmatch(plain)
        if relative is not None and (relative["hours"] or relative["minutes"]):
            return Typed(self._relative(relative))
        if _EXACT.fullmatch(plain):
            return Typed(_exact(text, field))
        found = _TYPED.fullmatch(plain)
        if found is None:
            _refuse(field, UNREADABLE, typed=shown(text))
        return _Reading(found, shown(text), field, ahead=ahead).of(
            self._zone, self._now, self._local_now, fold
        )

    def _relative(self, found: re.Match[str]) -> datetime:
        span = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
        return self._now + (span if found["sign"] == "+" else -span)


class _Reading(NamedTuple):
    """One text taken apart."""

    found: re.Match[str]
    text: str
    field: str
    ahead: bool

    def of(self, zone: str, now: datetime, local_now: datetime, fold: instants.Fold) -> Typed:
        clock = self._clock()
        letters = (self.found["letters"] or "").upper()
        for day in self._days(local_now, clock):
            local = datetime.combine(day, clock)
            both = readings(local, zone)
            if not both and (local > local_now or not self._may_be_later):
                _refuse_gap(self.field, local, zone)
            if self._may_be_later:
                both = [each for each in both if each >= now.replace(second=0, microsecond=0)]
            meant = self._lettered(both, letters, zone)
            if not self.ahead:
                # Of a fact's two readings only those that have come can be meant.
                meant = [each for each in meant if each <= now + MAY_BE_AHEAD] or meant
            if meant:
                return self._one_of(meant, local, zone, fold)
        # Not reached while the last of the days lies wholly ahead.
        raise TypedTimeError(self.field, Phrase(UNREADABLE, {"typed": self.text}))

    @property
    def _may_be_later(self) -> bool:
        """Whether the next day of the kind is meant where this one has passed."""
        return self.ahead and not self._date and self.found["word"] not in _DAYS

    @property
    def _date(self) -> str | None:
        return self.found["date"] or self.found["day"] or self.found["day_after"]

    def _clock(self) -> time:
        found = self.found
        hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
        second, typed = int(found["second"] or 0), found["clock"]
        if found["minute"] is None and half is None:
            _refuse(self.field, UNREADABLE, typed=self.text)
        if half is not None:
            if not 1 <= hour <= 12 or minute > 59:
                _refuse(self.field, HALVES, typed=typed)
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour > 23 or minute > 59 or second > 59:
            _refuse(self.field, HOURS, typed=typed)
        return time(hour, minute, second)

    def _days(self, local_now: datetime, clock: time) -> Iterator[date]:
        """Yield the days that may be meant, the likeliest first."""
        today, word = local_now.date(), self.found["word"]
        weekday = None if word is None or word in _DAYS else self._weekday(word)
        if self._date:
            day = self._dated(local_now, clock)
            if weekday not in {None, day.weekday()} or word in _DAYS:
                _refuse(self.field, OTHER_WEEKDAY, day=day, typed=word)
            yield day
        elif word in _DAYS:
            yield today + timedelta(days=_DAYS[word])
        elif weekday is None:
            yield today
            yield today + timedelta(days=1)
        elif self.ahead:
            first = today + timedelta(days=(weekday - today.weekday()) % 7)
            yield first
            yield first + timedelta(days=7)
        else:
            yield today - timedelta(days=(today.weekday() - weekday) % 7)

    def _weekday(self, word: str) -> int:
        if word[:3] not in _WEEKDAYS:
            _refuse(self.field, NO_WEEKDAY, typed=self.text)
        return _WEEKDAYS.index(word[:3]) % 7

    def _dated(self, local_now: datetime, clock: time) -> date:
        found = self.found
        if found["date"]:
            return self._day(*map(int, found["date"].split("-")))
        name, number = found["month"] or found["month_first"], int(self._date or 0)
        if name[:3] not in _MONTHS:
            _refuse(self.field, UNREADABLE, typed=self.text)
        month, year = _MONTHS.index(name[:3]) % 12 + 1, found["year"] or found["year_last"]
        if year:
            return self._day(int(year), month, number)
        return self._nearest(local_now, clock, month, number)

    def _nearest(self, local_now: datetime, clock: time, month: int, number: int) -> date:
        """Return the day of a date without its year: across a new year it is not guessed wrong."""
        year = local_now.year
        # A leap day may be some years away.
        days = [day for each in range(year - 8, year + 9) if (day := _real(each, month, number))]
        if not days:
            _refuse(self.field, NO_DATE, typed=self.text)
        if self.ahead:
            # A forecast of this morning is of this morning, not of next year.
            days = [day for day in days if day >= local_now.date() - timedelta(days=1)]
            return days[0]
        return min(days, key=lambda day: abs(datetime.combine(day, clock) - local_now))

    def _day(self, year: int, month: int, number: int) -> date:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            _refuse(self.field, NO_YEAR, typed=self.text)
        day = _real(year, month, number)
        if day is None:
            _refuse(self.field, NO_DATE, typed=self.text)
        return day

    def _lettered(self, both: list[datetime], letters: str, zone: str) -> list[datetime]:
        if not letters or not both:
            return both
        known = {each: _letters(each, zone) for each in both}
        meant = [each for each in both if known[each].upper() == letters]
        if not meant:
            told = " / ".join(dict.fromkeys(known.values()))
            _refuse(self.field, OTHER_ZONE, typed=self.text, letters=told)
        return meant

    def _one_of(
        self, meant: list[datetime], local: datetime, zone: str, fold: instants.Fold
    ) -> Typed:
        if len(meant) == 1:
            return Typed(meant[0])
        first, second = (f"{local:%H:%M} {_letters(each, zone)}" for each in meant)
        slots = {"time": f"{local:%H:%M}", "day": local.date(), "first": first, "second": second}
        if fold == "refuse":
            raise TypedTimeError(self.field, Phrase(TWICE, slots))
        return Typed(meant[0], Phrase(FIRST_TAKEN, slots))


def readings(local: datetime, zone: str) -> list[datetime]:
    """Return the instants, none to two, at which the jail's clock shows this."""
    where = instants.zone_of(zone)
    both = {local.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(each for each in both if each.astimezone(where).replace(tzinfo=None) == local)


def shown(text: str) -> str:
    """Return what was typed, cut to what a sentence can hold."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:39]}…"


def _exact(text: str, field: str) -> datetime:
    try:
        return instants.parse_instant(text, None, fold="refuse", field=field).instant
    except InvalidHoldError:
        _refuse(field, UNREADABLE, typed=shown(text))


def _real(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _letters(instant: datetime, zone: str) -> str:
    return instants.zone_letters(instant.astimezone(instants.zone_of(zone)))


def _refuse_gap(field: str, local: datetime, zone: str) -> NoReturn:
    change = instants.clock_change(local, zone)
    _refuse(
        field,
        GAP,
        before=f"{change.before:%H:%M}",
        after=f"{change.after:%H:%M}",
        day=local.date(),
        time=f"{local:%H:%M}",
    )


def _refuse(field: str, text: str, **slots: object) -> NoReturn:
    raise TypedTimeError(field, Phrase(text, slots))
