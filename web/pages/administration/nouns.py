"""What is administered: each noun with its list, its page and its forms, declared once.

A form is the body of a route of the interface; an act is the use case that the route calls.
`pages.py` makes the pages of every noun from these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel

from scheduler.domain.actors import Actor
from scheduler.errors import StaleVersionError
from web.api.schemas import Body
from web.identity import Person
from web.pages.administration.fields import Choices, label_of

Row = Mapping[str, Any]
"""One of a noun, as the interface sends it."""


class Nothing(Body):
    """The body of an act that asks nothing but whether to do it."""


class Asked(NamedTuple):
    """What somebody asks of an act.

    Attributes:
        name: Of the thing; empty where one is added.
        body: As the interface takes it; of an edit, what was changed and nothing else.
        was: Of an edit, what the form showed of those fields, as the interface sends it.
        seen: The fingerprint of the moves of holds that they looked at; empty before that.
    """

    actor: Actor
    name: str
    body: Any
    was: Row
    seen: str = ""


class Done(NamedTuple):
    """What came of an act.

    Attributes:
        name: Of the thing; its page comes next. Empty leads to the list.
        secret: Shown on the answer, this once.
        what: The secret is.
    """

    name: str = ""
    secret: str | None = None
    what: str = "Secret"


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that is done by a form of its own.

    Attributes:
        name: In the address.
        title: Of the form and its button.
        do: The use case. It may raise what use cases raise; `NotAgreedError` shows the moves
            of holds first.
        button: What the form's button says; its title if not told.
        last: Fields that come after all others.
        told: What it brings about, in a sentence or two; for whoever does it twice a year.
        body: As the route of the interface takes it.
        fixed: What the form says itself, by field.
        without: Fields of the body that it leaves out.
        needs: Fields that this form asks for, though the body has uses without them.
        choices: By field, what is chosen from; fields that name other things have them already.
        is_edit: It begins with what is on record, and sends what was changed.
        is_offered: Whether the page of a thing offers it now.
    """

    name: str
    title: str
    do: Callable[[Asked], Done]
    button: str = ""
    last: Collection[str] = ()
    told: str = ""
    body: type[BaseModel] = Nothing
    fixed: Mapping[str, Any] = field(default_factory=dict)
    without: Collection[str] = ()
    needs: Collection[str] = ()
    choices: Mapping[str, Callable[[Person], Choices]] = field(default_factory=dict)
    is_edit: bool = False
    is_offered: Callable[[Row], bool] = lambda _: True


def is_on(row: Row) -> bool:
    """Say whether something is switched on."""
    return row.get("disabled_at") is None


def is_off(row: Row) -> bool:
    """Say whether something is switched off."""
    return not is_on(row)


@dataclass(frozen=True, kw_only=True)
class Noun:
    """One kind of thing.

    Attributes:
        path: In addresses, below `/administration`, and as the interface has it.
        title: Of its list.
        one: One of it; fields `ONE_KEY` and `ONE_KEYs` of others name it.
        told: What it is for, in a sentence.
        key: The field that names one.
        shape: As the interface sends one: what its page shows.
        columns: Fields that the list shows.
        rows: All that somebody sees.
        get: One of them, or what raises.
        called: What one is called; its key if not told.
        order: What its list is sorted by, what is switched off aside; by what each is called if
            not told.
        adds: Forms at `/administration/new/NAME` that add one.
        acts: Forms at `/administration/PATH/KEY/NAME`.
        template: Of the page of one.
        more: What that template needs beside.
        links: Further pages of the noun: address and title, on its list.
        words: What a field's value is called on pages, by field; under "" what none is called.
    """

    path: str
    title: str
    one: str
    told: str
    key: str
    shape: type[BaseModel]
    columns: Sequence[str]
    rows: Callable[[Person], Sequence[Row]]
    get: Callable[[Person, str], Row]
    called: Callable[[Row], str] = lambda row: str(row["name"])
    order: Callable[[Row], Any] | None = None
    adds: Sequence[Act] = ()
    acts: Sequence[Act] = ()
    template: str = "administration/thing.html"
    more: Callable[[Person, Row], Mapping[str, Any]] = lambda _person, _row: {}
    links: Sequence[tuple[str, str]] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Nouns(tuple[Noun, ...]):
    """All that is administered, in the order of the index."""

    __slots__ = ()

    def named_by(self, name: str) -> Noun | None:
        """Return what a field names: `office_code` an office, `facility_codes` facilities."""
        single = name.removesuffix("s")
        return next((noun for noun in self if single == f"{noun.one}_{noun.key}"), None)

    def labels(self, names: Collection[str]) -> dict[str, str]:
        """Return what fields are called that name other things."""
        found = ((name, self.named_by(name)) for name in names)
        return {
            name: noun.title if name.endswith("s") else label_of(noun.one)
            for name, noun in found
            if noun is not None
        }

    def choices(self, names: Collection[str], person: Person) -> dict[str, Choices]:
        """Return what is chosen from in fields that name other things."""
        found = ((name, self.named_by(name)) for name in names)
        return {
            name: [
                (str(row[noun.key]), _chosen(noun, row)) for row in noun.rows(person) if is_on(row)
            ]
            for name, noun in found
            if noun is not None
        }

    def naming(self, noun: Noun) -> list[tuple[Noun, str]]:
        """Return the nouns that name one of this one, each with its field."""
        field_name = f"{noun.one}_{noun.key}"
        return [(each, field_name) for each in self if field_name in each.shape.model_fields]


def require_as_it_was(now: Row, was: Row) -> None:
    """Refuse an edit of what somebody else changed since the form was opened.

    Raises:
        StaleVersionError: Something of it is different by now.
    """
    if any(now[name] != value for name, value in was.items()):
        raise StaleVersionError("somebody changed it while this form was open")


def _chosen(noun: Noun, row: Row) -> str:
    key, called = str(row[noun.key]), noun.called(row)
    return called if key == called else f"{called} ({key})"
