"""The languages of the pages: English in the sources, the others in catalogues beside this file.

A catalogue is one or more `.po` files, read as they are: nothing is compiled beforehand.
Sentences are whole, with named slots in braces: `{t} left`.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

ENGLISH: Final = "en"
NAMES: Final[Mapping[str, str]] = {"en": "English", "es": "Español"}
"""Every language, as its readers call it."""
FOLDER: Final = Path(__file__).parent

_FEW: Final = 20
"""Ranges of an Accept-Language that are looked at."""


class Language:
    """Says sentences of the sources in one language; what it lacks, it says in English.

    Args:
        code: As the `lang` attribute has it.
        one: Sentences by their English.
        many: Sentences with a number, by their English for one.
        form_of: Which of the forms goes with a number.
    """

    def __init__(
        self,
        code: str,
        one: Mapping[str, str],
        many: Mapping[str, tuple[str, ...]],
        form_of: Callable[[int], int],
    ) -> None:
        self.code = code
        self._one = one
        self._many = many
        self._form_of = form_of

    def say(self, text: str) -> str:
        """Return a sentence of the sources in this language, its slots still open."""
        return self._one.get(text, text)

    def say_counted(self, one: str, many: str, n: int) -> str:
        """Return the form of a sentence that goes with a number, its slots still open."""
        forms = self._many.get(one)
        if forms is None:
            return one if n == 1 else many
        return forms[self._form_of(n)]


@cache
def language(code: str) -> Language:
    """Return a language; one that is not known is English."""
    one: dict[str, str] = {}
    many: dict[str, tuple[str, ...]] = {}
    form_of: Callable[[int], int] = _english_form
    if code not in NAMES or code == ENGLISH:
        return Language(ENGLISH, one, many, form_of)
    for file in sorted((FOLDER / code / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as opened:
            catalogue = read_po(opened, locale=code)
        form_of = gettext.c2py(catalogue.plural_expr)
        for message in catalogue:
            if not message.id or message.fuzzy:
                continue
            if isinstance(message.id, str):
                one[message.id] = str(message.string or message.id)
            else:
                many[message.id[0]] = tuple(message.string or message.id)
    return Language(code, one, many, form_of)


def _english_form(n: int) -> int:
    return 0 if n == 1 else 1


def wanted(accept_language: str | None) -> str:
    """Return the code of the language that a browser asks for most, of those there are."""
    best, best_weight = ENGLISH, 0.0
    for part in (accept_language or "").split(",")[:_FEW]:
        name, _, parameters = part.partition(";")
        code = name.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if code in NAMES and weight > best_weight:
            best, best_weight = code, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
