"""How things are said to one reader: their language, their hours, their own zone in brackets."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from markupsafe import Markup, escape

from scheduler.domain import instants
from web import languages
from web.languages import Language


def marked(text: str) -> str:
    """Return an English sentence as it is: it is in the catalogues, and translated later."""
    return text


DAYS: Final = marked("Mon Tue Wed Thu Fri Sat Sun")
MONTHS: Final = marked("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
LATE: Final = "late"
FORMS: Final = {
    "left": marked("{t} left"),
    "ceiling": marked("{t} to ceiling"),
    "deadline": marked("{t} to deadline"),
    LATE: marked("EXPIRED {t} ago"),
    "since": marked("{t} ago"),
}
"""What a time left or gone is said with, by what it counts to."""

_MINUTE: Final = timedelta(minutes=1)
_TOGETHER = re.compile(r"(?<=\d) (?=(?:d|h|min|s)\b)|(?<=\b[dh]) (?=\d)")


class Manner(NamedTuple):
    """What a reader prefers.

    Attributes:
        language: Its code.
        twelve_hour: `6:00 PM` instead of `18:00`.
        timezone: Their own zone, shown in brackets where it differs; None shows none.
    """

    language: str = languages.ENGLISH
    twelve_hour: bool = False
    timezone: str | None = None


class Voice:
    """Says sentences and times in one manner.

    Args:
        manner: Which.
    """

    def __init__(self, manner: Manner = Manner()) -> None:  # noqa: B008 - immutable
        self.manner = manner
        self._language: Language = languages.language(manner.language)
        self._days = self._language.say(DAYS).split()
        self._months = self._language.say(MONTHS).split()

    @property
    def code(self) -> str:
        """Of the language, as `lang` has it."""
        return self._language.code

    # Sentences.

    def say(self, text: str, **slots: object) -> str:
        """Return a sentence in the reader's language, its slots filled."""
        said = self._language.say(text)
        return said.format(**slots) if slots else said

    def say_counted(self, one: str, many: str, n: int, **slots: object) -> str:
        """Return a sentence with a number, `{n}`, in its right form."""
        return self._language.say_counted(one, many, n).format(n=n, **slots)

    def say_html(self, text: str, **slots: Any) -> Markup:
        """Return a sentence for a page: all is escaped but slots that are markup already."""
        said = escape(self._language.say(text))
        return said.format(**slots) if slots else said

    def say_counted_html(self, one: str, many: str, n: int, **slots: Any) -> Markup:
        """The same with a number, `{n}`."""
        return escape(self._language.say_counted(one, many, n)).format(n=n, **slots)

    # Times.

    def when(
        self,
        instant: datetime,
        zone: str,
        *,
        year: bool = False,
        seconds: bool = False,
        midnight: bool = True,
    ) -> str:
        """Return an instant as `Fri 27 Nov 18:00 EST (17:00 CST)`.

        Parts of a minute are dropped, not rounded: a limit never reads later than it is.

        Args:
            instant: Aware.
            zone: The facility's, which is named in the text.
            year: Add the year.
            seconds: Add the seconds.
            midnight: Say between which days a 00:00 lies.
        """
        text, which, own = self.when_parts(instant, zone, year=year, seconds=seconds)
        return text + (which if midnight else "") + own

    def when_parts(
        self, instant: datetime, zone: str, *, year: bool = False, seconds: bool = False
    ) -> tuple[str, str, str]:
        """Return an instant, which midnight it is, and the reader's own time.

        The last two may be empty, and begin with a blank otherwise.
        """
        local = instant.astimezone(instants.zone_of(zone))
        day = local.date()
        text = f"{self.day(day, year=year)} {self.time_of_day(local, seconds=seconds)}"
        which = ""
        if local.hour == 0 and local.minute == 0:
            eve = self.day(day - timedelta(days=1))
            told = self.say("the midnight between {eve} and {day}", eve=eve, day=self.day(day))
            which = f" ({told})"
        return text, which, self._own_time(instant, local)

    def _own_time(self, instant: datetime, local: datetime) -> str:
        if self.manner.timezone is None:
            return ""
        own = instant.astimezone(instants.zone_of(self.manner.timezone))
        if own.utcoffset() == local.utcoffset():
            return ""
        if own.date() == local.date():
            return f" ({self.time_of_day(own)})"
        return f" ({self.day(own.date())} {self.time_of_day(own)})"

    def clock(self, instant: datetime, zone: str, now: datetime, *, seconds: bool = False) -> str:
        """Return `04:12 EST`, with the day where it is not today's."""
        where = instants.zone_of(zone)
        local = instant.astimezone(where)
        if local.date() == now.astimezone(where).date():
            return self.time_of_day(local, seconds=seconds)
        return self.when(instant, zone, seconds=seconds, midnight=False)

    def time_of_day(self, local: datetime, *, seconds: bool = False) -> str:
        """Return `18:00 EST` or `6:00 PM EST`, of a local time."""
        letters = instants.zone_letters(local)
        if not self.manner.twelve_hour:
            return f"{local:%H:%M:%S} {letters}" if seconds else f"{local:%H:%M} {letters}"
        half = self.say(marked("AM") if local.hour < 12 else marked("PM"))
        rest = f"{local:%M:%S}" if seconds else f"{local:%M}"
        return f"{local.hour % 12 or 12}:{rest} {half} {letters}"

    def day(self, day: date, *, year: bool = False) -> str:
        """Return `Fri 27 Nov`, with the year where asked; never a month in figures."""
        text = f"{self._days[day.weekday()]} {day.day} {self._months[day.month - 1]}"
        return f"{text} {day.year}" if year else text

    # Durations.

    def countdown(self, left: timedelta) -> str:
        """Return a time left in whole minutes, rounded down: `4 h 12 min`; days from 72 h."""
        if left < _MINUTE:
            return self.say(marked("under 1 min"))
        return kept_together(instants.countdown(left))

    def gone(self, past: timedelta) -> str:
        """Return a time past in whole minutes, rounded down: `0 h 07 min`."""
        hours, minutes = divmod(max(past, timedelta(0)) // _MINUTE, 60)
        return kept_together(f"{hours} h {minutes:02d} min")

    def duration(self, span: timedelta) -> str:
        """Return a duration as `48 h`, `30 min` or `6 h 15 min`."""
        return kept_together(instants.duration_text(span))

    def counted(self, to: str, at: datetime, now: datetime) -> str:
        """Return `4 h 12 min left`, or what is said once it is over.

        Args:
            to: A key of `FORMS`.
            at: The limit.
            now: UTC.
        """
        form = FORMS[LATE if at <= now else to]
        return self.say(form, t=self.gone(now - at) if at <= now else self.countdown(at - now))


def kept_together(text: str) -> str:
    """Let no number part from its unit, nor hours from their minutes, at the end of a line."""
    return _TOGETHER.sub("\N{NO-BREAK SPACE}", text)


@lru_cache(maxsize=64)
def voice(manner: Manner) -> Voice:
    """Return the voice of a manner."""
    return Voice(manner)


ENGLISH: Final = Voice()
