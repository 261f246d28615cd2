"""What the sources say to readers, and what the catalogues have of it.

Run as `python -m tests.support.catalogues` it prints what is missing, to be filled in.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from scheduler import sentences, typed_times
from scheduler.domain import refusals, speech
from web import languages

WEB: Final = Path(languages.__file__).parents[1]
ENGLISH_ONLY: Final = "templates/administration/"
"""Pages of administrators alone."""
PYTHON: Final = {
    "marked": None,
    "say": None,
    "say_html": None,
    "say_counted": (1, 2),
    "say_counted_html": (1, 2),
}
TEMPLATE: Final = {"_": None, "_n": (1, 2)}


class Said(NamedTuple):
    """A sentence of the sources: one form, or two where it has a number."""

    forms: tuple[str, ...]
    where: str


def said() -> dict[tuple[str, ...], str]:
    """Return every sentence that must be in each catalogue, and where it is said."""
    found = {each.forms: each.where for each in _templates()}
    found |= {each.forms: each.where for each in _modules()}
    found |= {(text,): "scheduler/sentences.py" for text in sentences.phrases()}
    found |= {(text,): "scheduler/domain/speech.py" for text in speech.phrases()}
    found |= {(text,): "scheduler/typed_times.py" for text in typed_times.phrases()}
    found |= {(text,): "scheduler/domain/refusals.py" for text in refusals.phrases()}
    return found


def _templates() -> Iterator[Said]:
    for file in sorted(WEB.glob("templates/**/*.html")):
        name = file.relative_to(WEB).as_posix()
        if name.startswith(ENGLISH_ONLY):
            continue
        with file.open("rb") as opened:
            for found in babel_extract(opened, list(TEMPLATE), [], {"trimmed": "false"}):
                line, _, message = found[0], found[1], found[2]
                yield Said(_forms(message), f"web/{name}:{line}")


def _modules() -> Iterator[Said]:
    for file in sorted(WEB.glob("**/*.py")):
        name = file.relative_to(WEB).as_posix()
        with file.open("rb") as opened:
            for line, message, _, _ in extract("python", opened, PYTHON):
                yield Said(_forms(message), f"web/{name}:{line}")


def _forms(message: object) -> tuple[str, ...]:
    if isinstance(message, str):
        return (message,)
    assert isinstance(message, tuple | list)
    return tuple(part for part in message if isinstance(part, str))[:2]


def catalogues(code: str) -> list[tuple[str, Catalog]]:
    """Return the catalogues of a language, with their names."""
    found = []
    for file in sorted((languages.FOLDER / code / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as opened:
            found.append((file.name, read_po(opened, locale=code)))
    return found


def translated(code: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return what the catalogues of a language have: forms by the forms of the sources."""
    found = {}
    for _, catalogue in catalogues(code):
        for message in catalogue:
            if message.id:
                forms = message.string
                both = (forms,) if isinstance(forms, str) else tuple(forms or ())
                found[_forms(message.id)] = both
    return found


def slots(text: str) -> set[str]:
    """Return the names of a sentence's slots."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def missing(code: str) -> dict[tuple[str, ...], str]:
    """Return what the sources say and the language lacks, and where."""
    known = translated(code)
    return {
        forms: where
        for forms, where in said().items()
        if not known.get(forms) or not all(known[forms])
    }


def entry(forms: tuple[str, ...], where: str) -> str:
    """Return an empty entry of a catalogue."""
    first, *more = (text.replace("\\", "\\\\").replace('"', '\\"') for text in forms)
    if more:
        ids = f'msgid "{first}"\nmsgid_plural "{more[0]}"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    else:
        ids = f'msgid "{first}"\nmsgstr ""\n'
    return f"#: {where.rpartition(':')[0] or where}\n{ids}"


if __name__ == "__main__":
    for code in languages.NAMES:
        if code != languages.ENGLISH:
            sys.stdout.writelines(f"{entry(*each)}\n" for each in sorted(missing(code).items()))
