"""A refusal as its reader is told it: in their language where the error carries a sentence for it.

What carries none is said by its message. That is English, and says so to whoever hears it.
"""

from __future__ import annotations

from markupsafe import Markup

from scheduler.domain import speech
from scheduler.errors import HoldError, InvalidHoldError
from web import languages, telling
from web.voice import Voice


class SaidError(InvalidHoldError):
    """What a page found wrong itself: its sentences are in the reader's language already."""


def told(exc: HoldError, said: Voice, zone: str) -> str:
    """Return what is wrong, in a sentence.

    Args:
        exc: The refusal.
        said: The reader's voice.
        zone: The jail's, for the instants in it.
    """
    if exc.phrase is None:
        return english(str(exc), said)
    return speech.spoken(exc.phrase, telling.speech(said), zone)


def by_field(exc: InvalidHoldError, said: Voice, zone: str, *, otherwise: str) -> dict[str, str]:
    """Return what is wrong with each field.

    Args:
        exc: The refusal.
        said: The reader's voice.
        zone: The jail's.
        otherwise: The field to say it at, where the error names none.
    """
    if isinstance(exc, SaidError):
        return exc.by_field
    if not exc.by_field:
        return {otherwise: told(exc, said, zone)}
    speaks = telling.speech(said)
    return {
        name: english(text, said)
        if name not in exc.phrases
        else speech.spoken(exc.phrases[name], speaks, zone)
        for name, text in exc.by_field.items()
    }


def english(text: str, said: Voice) -> str:
    """Return a text that is English whatever the page is, marked so where that differs."""
    if said.code == languages.ENGLISH:
        return text
    return Markup('<span lang="en">{}</span>').format(text)
