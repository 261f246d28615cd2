"""What is sent and answered, in shapes: bodies are read strictly, problems all look alike.

Conventions of every module of the interface:

- A body is a `Body`: a field it does not know is refused by name.
- An instant is an `Instant`: a text with an offset, never a number.
- A text of people is a `Text` (120 characters) or a `LongText` (reasons, notes).
- A route declares each of its answers, the refusals with `reading` or `writing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from scheduler import intake
from scheduler.domain import instants
from scheduler.errors import (
    ConflictError,
    HoldNotFoundError,
    InvalidHoldError,
    NotAllowedError,
    NotSignedInError,
    StaleVersionError,
    TooManyRequestsError,
)
from web.problem_json import BY_STATUS, MEDIA_TYPE, TOO_LARGE, TYPES, Type

Responses = dict[int | str, dict[str, Any]]
MADE = {"Location": "Where it is."}
"""Headers of an answer to what was added."""


class Shown(NamedTuple):
    """How a page shows a field, where its name and shape do not say it; the document has none of it.

    Attributes:
        label: What it is called.
        hint: In place of its description, which is for machines.
        allowed: What its pattern allows, in words.
        is_long: It is a text of several lines.
    """

    label: str = ""
    hint: str | None = None
    allowed: str = ""
    is_long: bool = False


class Body(BaseModel):
    """What is sent: a field that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def checked(read: Callable[[Any, str], Any]) -> AfterValidator:
    """Let a value through unchanged where `read` takes it, under the name of its field."""

    def check(value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or "value"
        try:
            read(value, name)
        except InvalidHoldError as exc:
            told = str(exc).removeprefix(f"{name}: ")
            raise PydanticCustomError("refused", "{told}", {"told": told}) from None
        return value

    return AfterValidator(check)


def _instant(text: str, name: str) -> object:
    return instants.parse_instant(text, None, fold="refuse", field=name)


def _text(text: str, name: str) -> object:
    return intake.plain_text(text, name)


def _long_text(text: str, name: str) -> object:
    return intake.plain_text(text, name, intake.LONGEST_REASON)


PLAIN = r"^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$"
"""No control and no direction-override characters; for the document, `intake` checks."""

Instant = Annotated[
    str,
    checked(_instant),
    Field(
        json_schema_extra={
            "format": "date-time",
            "description": "RFC 3339 with an offset or `Z`, from 1990 to 2100.",
            "examples": ["2026-03-02T09:00:00-05:00"],
        }
    ),
]
"""An instant as it is sent; `intake` or `read_instant` reads it."""
At = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""An instant as it is sent out: UTC with `Z`."""
Text = Annotated[
    str,
    checked(_text),
    Field(max_length=intake.LONGEST_TEXT, json_schema_extra={"pattern": PLAIN}),
]
LongText = Annotated[
    str,
    checked(_long_text),
    Shown(is_long=True),
    Field(max_length=intake.LONGEST_REASON, json_schema_extra={"pattern": PLAIN}),
]
"""A reason or a note: it stays on the record, and names nobody who is held."""


def read_instant(text: str | None, name: str) -> Any:
    """Return the instant of an `Instant` in UTC, or None."""
    return (
        None if text is None else instants.parse_instant(text, None, fold="refuse", field=name)[0]
    )


def read_cursor_instant(text: str) -> datetime:
    """Return the instant that a cursor holds.

    Raises:
        InvalidHoldError: It is no cursor of ours.
    """
    return instants.parse_instant(text, None, fold="refuse", field="cursor").instant


def body_example(example: Mapping[str, Any]) -> dict[str, Any]:
    """Declare an example of a body."""
    return {"requestBody": {"content": {"application/json": {"example": dict(example)}}}}


class Problem(BaseModel):
    """What was refused, and why (RFC 9457)."""

    type: Annotated[
        str,
        Field(
            description="`urn:holdclock:problem:` and a name: decide by this, not by the words.",
            examples=["urn:holdclock:problem:invalid"],
        ),
    ]
    title: Annotated[str, Field(examples=["A value cannot be taken"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[
        str | None, Field(description="What was wrong, the value, what is allowed.")
    ] = None
    fields: Annotated[
        dict[str, str] | None, Field(description="Of a body or query: what is wrong, by field.")
    ] = None
    hold: Annotated[
        str | None,
        Field(description="Of a conflict: where the hold is that is on record already."),
    ] = None


class _Refusal(NamedTuple):
    """A type of problem as it is declared: when it comes, and an example of a detail."""

    type_: Type
    description: str
    detail: str


_REFUSALS = {
    each.type_.status: each
    for each in (
        _Refusal(
            TYPES[NotSignedInError],
            "No key, or one that is not good any more.",
            "Authorization: it is missing; send 'Bearer' and an API key",
        ),
        _Refusal(
            TYPES[NotAllowedError],
            "The role of the key does not write this.",
            "key:7Q3KM4XY: role 'auditor' may not record a fact about a hold; it may: nothing",
        ),
        _Refusal(
            TYPES[HoldNotFoundError],
            "There is none, or it is none of yours: the two read alike.",
            "hold '7Q3KM4X': there is no such hold",
        ),
        _Refusal(
            TYPES[ConflictError],
            "Something else is on record, or the first request under this `Idempotency-Key` "
            "is still being answered.",
            "hold 7Q3KM4X: served_at is already on record as 2026-03-02T14:00:00Z; "
            "correct that entry, with a reason, to change it",
        ),
        _Refusal(
            TYPES[StaleVersionError],
            "Somebody else wrote since it was read: read it again, then decide.",
            "hold 7Q3KM4X: version 2 is stale, it is at 3; read it again before you correct it",
        ),
        _Refusal(BY_STATUS[413], "The body is longer than 64 KiB.", TOO_LARGE),
        _Refusal(
            BY_STATUS[415],
            "The body is of another kind than JSON.",
            "Content-Type: 'text/plain' is not read here; send application/json",
        ),
        _Refusal(
            TYPES[InvalidHoldError],
            "A value cannot be taken: the body says which, and what is allowed.",
            "at: '2026-03-02' is refused; write an RFC 3339 string, as 2026-11-27T18:00:00-05:00",
        ),
        _Refusal(
            TYPES[TooManyRequestsError],
            "Asked too often; `Retry-After` says when to come again.",
            "requests: more than 600 a minute; come again in 12 s",
        ),
        _Refusal(
            BY_STATUS[500],
            "A fault of ours, or rules that cannot answer. What is recorded is recorded whole "
            "or not at all.",
            "Try again; reference 7Q3KM4.",
        ),
    )
}


def _problem(status: int) -> dict[str, Any]:
    type_, description, detail = _REFUSALS[status]
    example = {"type": type_.uri, "title": type_.title, "status": status, "detail": detail}
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": description, "content": content}


def problems(*statuses: int) -> Responses:
    """Declare refusals."""
    return {status: _problem(status) for status in statuses}


def reading(*more: int) -> Responses:
    """Declare how a route that reads may refuse; `more` as it can, 403 and 404 among them."""
    return problems(401, *more, 422, 429, 500)


def writing(*more: int) -> Responses:
    """Declare how a route that writes may refuse; `more` as it can, 404 and 412 among them."""
    return problems(401, 403, *more, 409, 413, 415, 422, 429, 500)


def answer(
    status: int,
    description: str,
    *,
    example: Any,
    headers: Mapping[str, str] | None = None,
    links: Mapping[str, Any] | None = None,
) -> Responses:
    """Declare what a route answers when all is well; FastAPI adds the shape."""
    declared: dict[str, Any] = {
        "description": description,
        "content": {"application/json": {"example": example}},
    }
    if headers:
        declared["headers"] = {
            name: {"description": told, "schema": {"type": "string"}}
            for name, told in headers.items()
        }
    if links:
        declared["links"] = dict(links)
    return {status: declared}


def listing(description: str, item: Mapping[str, Any]) -> Responses:
    """Declare the answer that is the last page of a list, with one thing on it."""
    return answer(200, description, example={"items": [item], "next_cursor": None})


def links(parameter: str, *operations: str, found: str = "id") -> dict[str, Any]:
    """Say what can be done with what was made, for readers of the document.

    Args:
        parameter: Of the path of each operation.
        operations: By their ids.
        found: Where the answer has its value, as a pointer without its first slash.
    """
    value = {parameter: f"$response.body#/{found}"}
    return {name: {"operationId": name, "parameters": value} for name in operations}
