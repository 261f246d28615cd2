"""How things look: their values in words, what they name as links, what names them as lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Look:
    """How one kind of thing looks to somebody.

    Args:
        nouns: All of them: fields may name others.
        noun: Which.
        person: Who reads.
    """

    def __init__(self, nouns: Nouns, noun: Noun, person: Person) -> None:
        self._noun = noun
        self._labels = _labels(nouns, noun)
        others = {name: nouns.named_by(name) for name in noun.shape.model_fields}
        self._named = {
            name: {str(row[other.key]): (other.called(row), address(other, row)) for row in rows}
            for name, other in others.items()
            if other is not None
            for rows in (other.rows(person),)
        }

    @property
    def columns(self) -> list[str]:
        """The heads of its list."""
        return [self._labels[name] for name in self._noun.columns]

    def lines(self, rows: Iterable[Row]) -> list[Line]:
        """Return some of it as its list shows them: in its order, what is switched off last."""
        noun = self._noun
        order = noun.order or (lambda row: noun.called(row).casefold())
        return [
            Line(
                noun.called(row),
                address(noun, row),
                [self._value(row, name) for name in noun.columns],
                is_on(row),
            )
            for row in sorted(rows, key=lambda row: (not is_on(row), order(row)))
        ]

    def facts(self, row: Row) -> list[Value]:
        """Return what the page of one says of it; that it is off stands above."""
        names = (name for name in self._noun.shape.model_fields if name != "disabled_at")
        return [self._value(row, name) for name in names]

    def _value(self, row: Row, name: str) -> Value:
        value: Any = row[name]
        label, words = self._labels[name], self._noun.words.get(name, {})
        if value is None or value in ("", []):
            return Value(label, [words[""]] if "" in words else ())
        if isinstance(value, bool):
            return Value(label, ("Yes" if value else "No",))
        if isinstance(value, datetime) or (isinstance(value, str) and sentences.is_instant(value)):
            return Value(label, (), instant(value))
        each = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        named = [self._named.get(name, {}).get(one) for one in each]
        if any(named):
            return Value(label, [one[0] for one in named if one], links=dict(filter(None, named)))
        return Value(label, [words.get(one, one) for one in each])


def related(nouns: Nouns, noun: Noun, row: Row, person: Person) -> list[Related]:
    """Return what names a thing."""
    name = str(row[noun.key])
    return [
        Related(
            each,
            field,
            Look(nouns, each, person).lines(r for r in each.rows(person) if r[field] == name),
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
