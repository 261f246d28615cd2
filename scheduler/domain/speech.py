"""What an explanation is said with: its sentences in English, and who says them and the times in them.

One catalogue for the command line, paper, the interface and the pages: a page says the
same sentences in its reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final, NamedTuple

from scheduler.domain import instants
from scheduler.domain.policy import Anchor
from scheduler.errors import Phrase

ANCHOR_WORDS: Final = {
    Anchor.WOULD_RELEASE_AT: "would have been released",
    Anchor.LODGED_AT: "detainer received",
    Anchor.WARRANT_SERVED_AT: "warrant served on the person",
    Anchor.NONE: "no clock",
}
COUNSEL: Final = (
    "An agency's counsel must confirm a policy before use; this is research, not legal advice."
)

# Why a row counts, or does not.
STARTS: Final = "Clock starts: {anchor}"
EVERY_HOUR: Final = "Every hour counts"
COUNTS: Final = "{day} counts"
AND: Final = "{first} and {last}"
FORWARD: Final = "The clocks go forward {t} meanwhile"
BACK: Final = "The clocks go back {t} meanwhile"
REACHED: Final = "Limit reached: deadline"

# What comes of it.
NO_CLOCK: Final = "{title}: no clock."
START_UNKNOWN: Final = "{title}: start unknown ({anchor}: not on record)."
COUNTED: Final = "{title}: {start} plus {t} counted is {end}."
ELAPSED: Final = "{title}: {start} plus {t} elapsed is {end}."
NO_CEILING: Final = "There is no deadline, so there is no ceiling."
NO_POLICY_TO_CHECK: Final = "The ceiling is the deadline: no policy to check."
NONE_EARLIER: Final = "The ceiling is the deadline: no checked policy ends earlier."
CEILING: Final = "The ceiling is {at}, by {title}: it is earlier than the deadline. Plan to it."

# What must be known before relying on it.
ALLOWS_NO_HOLD: Final = "{policy} has no clock: it allows no hold; only notice and outcomes apply"
LEFT_OUT: Final = (
    "{policy} is to be checked but was left out: the start of its own clock is not known"
)
TWICE_EARLIER: Final = (
    "{time} on {day} comes twice, since the clocks go back; the earlier, {taken}, was counted "
    "from, not {other}"
)
TWICE_LATER: Final = (
    "{time} on {day} comes twice, since the clocks go back; the later, {taken}, was counted "
    "from, not {other}"
)


def phrases() -> Iterator[str]:
    """Yield everything that an explanation may ask to have translated."""
    yield from ANCHOR_WORDS.values()
    yield from instants.WEEKDAYS
    yield from (COUNSEL, STARTS, EVERY_HOUR, COUNTS, AND, FORWARD, BACK, REACHED)
    yield from (NO_CLOCK, START_UNKNOWN, COUNTED, ELAPSED)
    yield from (NO_CEILING, NO_POLICY_TO_CHECK, NONE_EARLIER, CEILING)
    yield from (ALLOWS_NO_HOLD, LEFT_OUT, TWICE_EARLIER, TWICE_LATER)


def _tell_day(day: date) -> str:
    return instants.day_text(day, year=True)


def _tell(instant: datetime, zone: str) -> str:
    return instants.local_text(instant, zone, year=True)


def _tell_step(instant: datetime, zone: str) -> str:
    return instants.local_text(instant, zone, midnight=False)


class Speech(NamedTuple):
    """How somebody is spoken to; in English, with 24 hours, unless told otherwise.

    Attributes:
        translate: Puts a sentence of this module, its slots open, into their language.
        tell: Shows an instant with its year, in a zone.
        tell_step: The same in a table of steps: no year, and no midnight explained.
        tell_day: Shows a day with its year.
    """

    translate: Callable[[str], str] = str
    tell: Callable[[datetime, str], str] = _tell
    tell_step: Callable[[datetime, str], str] = _tell_step
    tell_day: Callable[[date], str] = _tell_day

    def say(self, text: str, **slots: object) -> str:
        """Return a sentence in their language, its slots filled."""
        return self.translate(text).format(**slots)


PLAIN: Final = Speech()


def spoken(phrase: Phrase, said: Speech = PLAIN, zone: str = "UTC") -> str:
    """Return a phrase in somebody's language, its instants in the jail's time.

    Args:
        phrase: Of an error, or a note.
        said: How somebody is spoken to.
        zone: The jail's.
    """
    told = {name: _slot(value, said, zone) for name, value in phrase.slots.items()}
    return said.say(phrase.text, **told)


def _slot(value: object, said: Speech, zone: str) -> object:
    if isinstance(value, Phrase):
        return spoken(value, said, zone)
    if isinstance(value, datetime):
        return said.tell(value, zone)
    return said.tell_day(value) if isinstance(value, date) else value
