"""What is in everybody's list of passwords: rules and a few words of our own, not a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
"""In the order of the alphabet, and of keyboards."""
LONGEST_PIECE_IN_SEQUENCE = 4
"""Characters that may follow one another before they count as a sequence; one less is chance."""

WORDS = (
    "password",
    "passphrase",
    "passwort",
    "contrasena",
    "secret",
    "letmein",
    "letme",
    "welcome",
    "changeme",
    "default",
    "administrator",
    "admin",
    "login",
    "signin",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "superman",
    "batman",
    "master",
    "sunshine",
    "princess",
    "trustno",
    "correcthorsebatterystaple",
    "thequickbrownfox",
    "jumpsoverthelazydog",
    "loremipsumdolorsitamet",
    "tobeornottobe",
    "maytheforcebewithyou",
    # The product's, the field's and the trade's.
    "holdclock",
    "detainer",
    "detention",
    "immigration",
    "customs",
    "sheriff",
    "police",
    "county",
    "officer",
    "deputy",
    "sergeant",
    "jail",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "winter",
    "spring",
    "summer",
    "autumn",
)
LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a",
                      "$": "s", "!": "i"})  # fmt: skip
"""Signs that stand for letters, which changes no list."""
SHORTEST_OWN_WORD = 4
"""Of an address or name; shorter parts of them are in many words."""


def what_remains(password: str, about: Iterable[str] = ()) -> str:
    """Return what is left of a password without its repetitions and what everybody tries.

    Args:
        password: As it was typed.
        about: What is known of the account: an address, a name.
    """
    plain = _letters(password)
    plain = min(_without(plain, about), _without(plain.translate(LEET), about), key=len)
    return _once(plain)


def _without(plain: str, about: Iterable[str]) -> str:
    own = (part for told in about for part in re.split(r"[^\w]|_", told.casefold()))
    words = [*WORDS, *(_letters(part) for part in own if len(part) >= SHORTEST_OWN_WORD)]
    for word in sorted(words, key=len, reverse=True):
        # A space: what stood on both sides of it is no sequence now.
        plain = plain.replace(word, " ")
    return _unsequenced(plain).replace(" ", "")


def _letters(text: str) -> str:
    """Return letters, digits and signs, without case, accents and blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in apart if unicodedata.category(c)[0] in "LNPS")
    return re.sub(r"[-_.,;:/\\|]", "", "".join(kept))


def _unsequenced(text: str) -> str:
    """Take out runs along the alphabet or the keyboard, forwards or backwards."""
    lines = [line for row in ROWS for line in (row, row[::-1])]
    left, at = [], 0
    while at < len(text):
        run = max(_run(text, at, line) for line in lines)
        if run < LONGEST_PIECE_IN_SEQUENCE:
            left.append(text[at])
            run = 1
        at += run
    return "".join(left)


def _run(text: str, at: int, line: str) -> int:
    """Return how many characters from there on follow one another in the line."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in line:
        length += 1
    return length


def _once(text: str) -> str:
    """Return a repeated piece once, and a repeated character once."""
    for size in range(1, len(text) // 2 + 1):
        piece = text[:size]
        if (piece * (len(text) // size + 1)).startswith(text):
            text = piece
            break
    return re.sub(r"(.)\1{2,}", r"\1", text)
