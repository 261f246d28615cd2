"""How things look: their values in words, what they name as links, what names them as lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel

from scheduler import sentences
from web.identity import Person
from web.pages.administration import fields as form_fields
from web.pages.administration.nouns import Act, Noun, Nouns, Row, is_on

ON_RECORD: Final = {"created_at": "Added", "disabled_at": "Switched off", "id": "Id"}
"""What fields are called that no form has."""


class Value(NamedTuple):
    """One fact about a thing.

    Attributes:
        texts: A line each; none is nothing.
        at: What it is if it is an instant.
        links: By text, the page of what it names.
    """

    label: str
    texts: Sequence[str]
    at: datetime | None = None
    links: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default, never changed


class Line(NamedTuple):
    """One of a noun in a list."""

    called: str
    href: str
    values: Sequence[Value]
    is_on: bool


class Related(NamedTuple):
    """Things that name this one, and the forms that add more of them."""

    noun: Noun
    field: str
    lines: Sequence[Line]
    adds: Sequence[Act]


def columns(nouns: Nouns, noun: Noun) -> list[str]:
    """Return the heads of a noun's list."""
    labels = _labels(nouns, noun)
    return [labels[name] for name in noun.columns]


def line(nouns: Nouns, noun: Noun, row: Row) -> Line:
    """Return one of a noun as its list shows it."""
    labels = _labels(nouns, noun)
    values = [_value(nouns, noun, row, name=name, label=labels[name]) for name in noun.columns]
    return Line(noun.called(row), address(noun, row), values, is_on(row))


def facts(nouns: Nouns, noun: Noun, row: Row) -> list[Value]:
    """Return what the page of a thing says of it; that it is off stands above."""
    labels = _labels(nouns, noun)
    return [
        _value(nouns, noun, row, name=name, label=labels[name])
        for name in noun.shape.model_fields
        if name != "disabled_at"
    ]


def related(nouns: Nouns, noun: Noun, row: Row, person: Person) -> list[Related]:
    """Return what names a thing."""
    name = str(row[noun.key])
    return [
        Related(
            each,
            field,
            [line(nouns, each, other) for other in each.rows(person) if other[field] == name],
            [act for act in each.adds if field in act.body.model_fields],
        )
        for each, field in nouns.naming(noun)
    ]


def address(noun: Noun, row: Row) -> str:
    """Return where the page of a thing is."""
    return f"/administration/{noun.path}/{quote(str(row[noun.key]), safe='')}"


def instant(value: Any) -> datetime:
    """Return an instant of the interface."""
    return value if isinstance(value, datetime) else sentences.instant_of(value)


def _labels(nouns: Nouns, noun: Noun) -> dict[str, str]:
    names = list(noun.shape.model_fields)
    bodies: list[type[BaseModel]] = [act.body for act in (*noun.acts, *noun.adds)]
    known = {
        field.name: field.label
        for body in bodies
        for field in form_fields.of_body(body, choices={}, labels={})
    }
    plain = {name: form_fields.label_of(name) for name in names}
    own = {name: form_fields.look_of(noun.shape, name).label for name in names}
    told = {name: label for name, label in own.items() if label}
    return plain | known | nouns.labels(names) | ON_RECORD | told


def _value(nouns: Nouns, noun: Noun, row: Row, *, name: str, label: str) -> Value:
    value: Any = row[name]
    words = noun.words.get(name, {})
    if value is None or value in ("", []):
        return Value(label, [words[""]] if "" in words else ())
    if isinstance(value, bool):
        return Value(label, ("Yes" if value else "No",))
    if isinstance(value, datetime) or (isinstance(value, str) and sentences.is_instant(value)):
        return Value(label, (), instant(value))
    each = value if isinstance(value, list) else [value]
    texts = [words.get(str(one), str(one)) for one in each]
    other = nouns.named_by(name)
    links = {} if other is None else {t: address(other, {other.key: t}) for t in texts}
    return Value(label, texts, links=links)
