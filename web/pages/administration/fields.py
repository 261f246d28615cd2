"""One declaration, two faces: a form's fields, made from the body that the interface takes.

What a field is called, what it takes and how long it may be stands once, in the shapes
below `web/api`. Here a body becomes fields, and what was typed becomes the body again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from scheduler import intake
from scheduler.domain import instants
from scheduler.errors import InvalidHoldError
from web.api.schemas import Shown

Choices = Sequence[tuple[str, str]]
"""Values with the words for them."""
Model = TypeVar("Model", bound=BaseModel)

YES: Final = "yes"
"""What a box that is ticked sends."""
ZONE: Final = "UTC"
"""In which an instant is read that says no zone."""


class Kind(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    PICKS = "picks"
    BOX = "box"
    INSTANT = "instant"


LISTS: Final = frozenset({Kind.LINES, Kind.PICKS})


class Field(NamedTuple):
    """One field of a form.

    Attributes:
        name: As the interface calls it.
        hint: What it takes.
        is_needed: It cannot be left empty.
        may_be_none: Left empty it is none.
        default: What it is where nothing is said.
        choices: Of what it is one, or some.
        allowed: What its pattern takes, in words.
    """

    name: str
    label: str
    hint: str
    kind: Kind
    is_needed: bool
    may_be_none: bool
    default: str
    choices: Choices = ()
    allowed: str = ""

    @property
    def is_optional(self) -> bool:
        """Say whether a form tells that it may be left empty."""
        return self.may_be_none or self.kind is Kind.LINES

    def is_same(self, text: str, other: str) -> bool:
        """Say whether two texts fill the field in alike."""
        if self.kind in LISTS:
            return _lines(text) == _lines(other)
        return text.split() == other.split()

    def read(self, text: str) -> Any:
        """Return what was typed as the interface takes it.

        Raises:
            InvalidHoldError: It is missing, or no instant.
        """
        if self.kind is Kind.BOX:
            return bool(text)
        if self.kind in LISTS:
            return _lines(text) or (None if self.may_be_none else [])
        text = text.strip()
        if not text:
            if self.is_needed:
                raise InvalidHoldError("it is missing", field=self.name)
            return None if self.may_be_none else self.default
        if self.kind is Kind.INSTANT:
            return _instant(text, self.name)
        return text


Labels = Mapping[str, str]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def told(value: Any) -> str:
    """Return a value of the interface as a form holds it; `Field.read` reads it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return str(value)


def of_body(
    body: type[BaseModel],
    *,
    choices: Mapping[str, Choices],
    labels: Labels,
    without: Collection[str] = (),
    hints: Labels | None = None,
) -> tuple[Field, ...]:
    """Return the fields of a body.

    Args:
        body: As a route takes it.
        choices: By field, what is chosen from where the body does not say it.
        labels: By field, where the body does not say it: fields that name other things.
        without: Fields that the form does not have.
        hints: By field, where the body does not say it.
    """
    schema = _schema(body)
    required = frozenset(schema.get("required", ()))
    found = []
    for name, told_of in schema.get("properties", {}).items():
        if name in without:
            continue
        flat, may_be_none = _flat(told_of, schema.get("$defs", {}))
        shown = look_of(body, name)
        kind = _kind(flat, shown, has_choices=name in choices)
        has_default = "default" in told_of and told_of["default"] is not None
        empty = kind is Kind.BOX or kind in LISTS
        found.append(
            Field(
                name=name,
                label=shown.label or labels.get(name) or label_of(name),
                hint=_hint(flat, shown, kind) or (hints or {}).get(name, ""),
                kind=kind,
                is_needed=not (may_be_none or has_default or empty) or name in required,
                may_be_none=may_be_none,
                default=told(told_of.get("default")),
                choices=choices.get(name) or _own_choices(flat),
                allowed=shown.allowed,
            )
        )
    return tuple(found)


def read(
    body: type[Model],
    typed: Mapping[str, str],
    fields: Sequence[Field],
    *,
    fixed: Mapping[str, Any] | None = None,
) -> Model:
    """Return what was typed, as the body that the interface takes.

    Args:
        body: It becomes.
        typed: By field.
        fields: Those that count.
        fixed: What the form itself says.

    Raises:
        InvalidHoldError: With everything that is wrong, a sentence a field.
    """
    problems, values = intake.Problems(), dict(fixed or {})
    for field in fields:
        try:
            values[field.name] = field.read(typed.get(field.name, ""))
        except InvalidHoldError as exc:
            problems.add(field.name, exc.by_field[field.name])
    try:
        made = body.model_validate(values)
    except ValidationError as exc:
        by_name = {field.name: field for field in fields}
        for error in exc.errors(include_url=False):
            name = str(error["loc"][0]) if error["loc"] else ""
            problems.add(name, _sentence(error, by_name.get(name)))
        problems.raise_any()
        raise
    problems.raise_any()
    return made


def label_of(name: str) -> str:
    """Return what a field is called that nobody gave another name: `quiet_hours` is Quiet hours."""
    words = name.removesuffix("_at").removesuffix("_codes").removesuffix("_code")
    return words.replace("_", " ").capitalize()


def labelled(problems: Mapping[str, str], fields: Sequence[Field]) -> dict[str, str]:
    """Return what is wrong by field, each under the name that the form has for it."""
    labels = {field.name: field.label for field in fields}
    said = {
        name: f"{label}: {_FIELD.sub('', problems[name])}"
        for name, label in labels.items()
        if name in problems
    }
    others = [problem for name, problem in problems.items() if name not in labels]
    return said | ({"": "; ".join(others)} if others else {})


_FIELD: Final = re.compile(r"^[a-z_]+: ")
"""How use cases begin a sentence about a field."""


@cache
def _schema(body: type[BaseModel]) -> dict[str, Any]:
    return body.model_json_schema()


def _flat(told_of: Mapping[str, Any], defs: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a field's schema without null, and whether it had that."""
    flat = dict(told_of)
    kinds = flat.pop("anyOf", [])
    others = [each for each in kinds if each != {"type": "null"}]
    if others:
        flat = others[0] | flat
    if "$ref" in flat:
        flat = defs[flat.pop("$ref").rpartition("/")[2]] | flat
    return flat, len(others) < len(kinds)


def look_of(body: type[BaseModel], name: str) -> Shown:
    """Return how a page shows a field of a body or shape."""
    info = body.model_fields[name]
    found = [*_metadata(info.annotation), *info.metadata]
    # The last stands: a shape that is used for something else says more after it.
    return next((each for each in reversed(found) if isinstance(each, Shown)), Shown())


def _metadata(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for part in get_args(annotation):
        yield from _metadata(part)


def _kind(flat: Mapping[str, Any], shown: Shown, *, has_choices: bool) -> Kind:
    if flat.get("type") == "boolean":
        return Kind.BOX
    if flat.get("type") == "array":
        return Kind.PICKS if has_choices or "enum" in flat.get("items", {}) else Kind.LINES
    if has_choices or "enum" in flat:
        return Kind.CHOICE
    if flat.get("format") == "date-time":
        return Kind.INSTANT
    return Kind.TEXT if shown.is_long else Kind.LINE


def _own_choices(flat: Mapping[str, Any]) -> Choices:
    values = flat.get("enum") or flat.get("items", {}).get("enum") or ()
    return [(str(value), label_of(str(value))) for value in values]


def _hint(flat: Mapping[str, Any], shown: Shown, kind: Kind) -> str:
    if shown.hint is not None:
        return shown.hint
    text: str = flat.get("description", "")
    if kind is Kind.INSTANT:
        return f"As 2026-11-27 18:00, in {ZONE}."
    if kind is Kind.LINES:
        return f"{text} One a line.".strip()
    examples = flat.get("examples") if kind is Kind.LINE else None
    return f"{text} As {examples[0]}." if examples else text


def _instant(text: str, name: str) -> str:
    try:
        read_as = instants.parse_instant(text, ZONE, fold="refuse", field=name)
    except InvalidHoldError as exc:
        raise InvalidHoldError(str(exc).removeprefix(f"{name}: "), field=name) from exc
    return instants.rfc3339(read_as.instant)


_SAID: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "too_long": lambda about: f"at most {about['max_length']}",
    "int_parsing": lambda _: "write a whole number",
    "greater_than_equal": lambda about: f"use {about['ge']} or more",
    "less_than_equal": lambda about: f"use {about['le']} or less",
}
"""Of what the library finds, what is allowed, in words of ours."""


def _sentence(error: Any, field: Field | None) -> str:
    if error["type"] == "refused":
        return str(error["ctx"]["told"])
    if error["type"] == "missing":
        return "it is missing"
    if isinstance(error["input"], str) and "max_length" in error.get("ctx", {}):
        return (
            f"{len(error['input'])} characters are too many; at most {error['ctx']['max_length']}"
        )
    said = _SAID.get(error["type"])
    of_field = (field.allowed or field.hint) if field else ""
    allowed = of_field if said is None else said(error.get("ctx", {}))
    value = str(error["input"])
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    return f"'{shown}' is refused; {allowed}" if allowed else f"'{shown}' is refused"
