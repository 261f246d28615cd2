"""The times of one form: read as the desk typed them, told back in full, checked against now.

What is wrong is said in the reader's language at its field; the registry is asked only with
instants that it takes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from scheduler.domain.instants import Fold, rfc3339
from scheduler.domain.refusals import AHEAD, FAR_BACK
from scheduler.domain.speech import spoken
from scheduler.intake import MAY_BE_AHEAD, NEEDS_REASON_AFTER
from scheduler.typed_times import Reader, TypedTimeError
from web import refused, telling
from web.voice import Voice, marked

KEPT_AS_EXPECTED: Final = marked("{told}. That lies ahead, so it is kept as the expected release.")
FORECAST: Final = marked("{told}. A forecast: you are asked to confirm it then.")
HAS_COME: Final = marked("{told}. That has passed. If it happened, enter it as a fact.")
_MINUTE: Final = timedelta(minutes=1)


class Kind(Enum):
    """What a time is, which decides how it is read and what it may be."""

    FACT = "it happened"
    START = "it happened, and may start a clock: of two readings the first"
    RELEASE = "the same; one still to come is a forecast"
    FORECAST = "it is expected"
    ARRIVAL = "it is promised"


_TO_COME: Final = frozenset({Kind.FORECAST, Kind.ARRIVAL})
_OF_TWO_THE_FIRST: Final = frozenset({Kind.START, Kind.RELEASE, Kind.FORECAST})
_HAPPENED: Final = frozenset({Kind.FACT, Kind.START, Kind.RELEASE})


class Times:
    """Reads the times of one form, and gathers what is wrong with them.

    Args:
        zone: The jail's.
        now: UTC.
        said: The reader's voice.

    Attributes:
        problems: What is wrong, by the field.
        echoes: How each was read, by the field.
    """

    def __init__(self, zone: str, now: datetime, said: Voice) -> None:
        self._zone = zone
        self._now = now
        self._said = said
        self._reader = Reader(zone, now)
        self.problems: dict[str, str] = {}
        self.echoes: dict[str, str] = {}
        self._is_far_back = False

    def read(self, field: str, text: str, kind: Kind) -> datetime | None:
        """Return the instant that was typed, or None where none was or it is wrong."""
        if not text.strip():
            return None
        fold: Fold = "earlier" if kind in _OF_TWO_THE_FIRST else "refuse"
        try:
            typed = self._reader.read(text, field, fold=fold, ahead=kind in _TO_COME)
        except TypedTimeError as exc:
            self.problems[field] = refused.told(exc, self._said, self._zone)
            return None
        echo = self._told(typed.at, kind)
        if typed.note is not None:
            echo = f"{echo} {spoken(typed.note, telling.speech(self._said))}"
        self.echoes[field] = echo
        if kind is not Kind.RELEASE and kind in _HAPPENED and typed.at > self._now + MAY_BE_AHEAD:
            at = self._said.when(typed.at, self._zone, year=True)
            self.problems[field] = self._said.say(AHEAD, at=at)
        if kind in _HAPPENED and typed.at < self._now - NEEDS_REASON_AFTER:
            self._is_far_back = True
        return typed.at

    def text(self, field: str, text: str, kind: Kind) -> str:
        """Return the instant as `intake` reads it; empty where there is none."""
        at = self.read(field, text, kind)
        return "" if at is None else rfc3339(at)

    def ask_why(self, reason: str) -> None:
        """Ask for the reason that something far back needs."""
        if self._is_far_back and not reason.strip():
            self.problems.setdefault("reason", self._said.say(FAR_BACK))

    def _told(self, at: datetime, kind: Kind) -> str:
        """Return an instant read back: `Fri 27 Nov 2026 09:00 EST, in 5 h 47 min`."""
        said, ahead = self._said, at - self._now
        slots = {
            "at": said.when(at, self._zone, year=True),
            "t": said.countdown(abs(ahead)),
        }
        if abs(ahead) < _MINUTE:
            told = said.say("{at}, now", **slots)
        elif ahead > timedelta(0):
            told = said.say("{at}, in {t}", **slots)
        else:
            told = said.say("{at}, {t} ago", **slots)
        if kind is Kind.RELEASE and ahead > MAY_BE_AHEAD:
            return said.say(KEPT_AS_EXPECTED, told=told)
        if kind is Kind.FORECAST:
            return said.say(FORECAST if ahead >= timedelta(0) else HAS_COME, told=told)
        return told
