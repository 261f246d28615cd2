"""What is wrong with a password that somebody chose, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scheduler.accounts.passwords import LONGEST, SHORTEST, Weakness
from scheduler.errors import WeakPasswordError
from web.voice import Voice, marked

TOLD: Final[Mapping[str, str]] = {
    Weakness.TOO_SHORT: marked("The password is too short: {n} of at least {shortest} characters."),
    Weakness.TOO_LONG: marked("The password is too long: {n} of at most {longest} characters."),
    Weakness.UNWRITABLE: marked("The password has a control character. Leave it out."),
    Weakness.GUESSABLE: marked(
        "The password is one that is tried first: repeated, in sequence, or made of common words,"
        " the name of the product or your own. Use several words that do not belong together."
    ),
}


def told(exc: WeakPasswordError, said: Voice) -> str:
    """Return why a password was refused; it is not in the sentence."""
    return said.say(TOLD[exc.because], n=exc.characters, shortest=SHORTEST, longest=LONGEST)
