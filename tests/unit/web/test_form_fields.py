"""A body of the interface as a form: labels, kinds, hints, and what was typed read back."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from scheduler.errors import InvalidHoldError
from web.api.schemas import Body, Instant, LongText, Shown, Text
from web.pages.administration import fields as form_fields
from web.pages.administration.fields import Kind

Code = Annotated[str, Field(pattern="^[a-z]+$"), Shown(allowed="use small letters")]


class Thing(Body):
    """One of everything."""

    code: Code
    name: Annotated[Text, Field(description="In full.")]
    size: Annotated[int, Field(ge=1, le=9, description="From 1 to 9.", examples=[3])] | None = None
    kind: Literal["plain", "very_fancy"] = "plain"
    is_kept: bool = False
    leads: Annotated[list[str], Field(max_length=2), Shown("Own leads")] | None = None
    scopes: list[str] = Field(default_factory=list)
    ends_at: Instant | None = None
    reason: LongText | None = None
    of_code: Annotated[Code, Shown("Of which", hint="")] | None = None


FIELDS = form_fields.of_body(Thing, choices={"scopes": [("a", "A")]}, labels={"scopes": "Scopes"})
BY_NAME = {field.name: field for field in FIELDS}
TYPED = {"code": "oak", "name": " Oak ", "kind": "plain"}


def read(**typed: str) -> Thing:
    return form_fields.read(Thing, TYPED | typed, FIELDS)


def test_each_field_is_filled_in_by_what_its_shape_says() -> None:
    assert {name: field.kind for name, field in BY_NAME.items()} == {
        "code": Kind.LINE,
        "name": Kind.LINE,
        "size": Kind.LINE,
        "kind": Kind.CHOICE,
        "is_kept": Kind.BOX,
        "leads": Kind.LINES,
        "scopes": Kind.PICKS,
        "ends_at": Kind.INSTANT,
        "reason": Kind.TEXT,
        "of_code": Kind.LINE,
    }


def test_labels_hints_and_choices_come_from_the_declaration() -> None:
    assert [BY_NAME[name].label for name in ("name", "leads", "scopes", "ends_at", "of_code")] == [
        "Name", "Own leads", "Scopes", "Ends", "Of which",
    ]  # fmt: skip
    assert BY_NAME["name"].hint == "In full."
    assert BY_NAME["size"].hint == "From 1 to 9. As 3."
    assert BY_NAME["kind"].choices == [("plain", "Plain"), ("very_fancy", "Very fancy")]
    assert (BY_NAME["kind"].default, BY_NAME["of_code"].hint) == ("plain", "")


def test_what_must_be_filled_in_is_what_the_body_cannot_do_without() -> None:
    assert [name for name, field in BY_NAME.items() if field.is_needed] == ["code", "name"]
    assert [name for name, field in BY_NAME.items() if field.is_optional] == [
        "size", "leads", "ends_at", "reason", "of_code",
    ]  # fmt: skip


def test_what_was_typed_is_read_as_the_interface_takes_it() -> None:
    body = read(size="4", is_kept="yes", leads="4 h\n\n 30 min ", ends_at="2026-11-27 18:00")

    assert (body.size, body.is_kept, body.leads) == (4, True, ["4 h", "30 min"])
    assert body.ends_at == "2026-11-27T18:00:00Z"


def test_what_is_left_empty_is_none_or_as_the_body_has_it() -> None:
    body = read(kind="", scopes="", leads="", reason="  ")

    assert (body.kind, body.scopes, body.leads, body.reason) == ("plain", [], None, None)


def test_all_that_is_wrong_is_told_at_once_a_sentence_a_field() -> None:
    with pytest.raises(InvalidHoldError) as refused:
        read(
            code="OAK",
            name="",
            size="few",
            kind="odd",
            leads="1 h\n2 h\n3 h",
            ends_at="Friday",
            reason="x" * 2001,
        )

    told = form_fields.labelled(refused.value.by_field, FIELDS)
    assert list(told) == ["code", "name", "size", "kind", "leads", "ends_at", "reason"]
    assert told["code"] == "Code: 'OAK' is refused; use small letters"
    assert told["name"] == "Name: it is missing"
    assert told["size"] == "Size: 'few' is refused; write a whole number"
    assert told["kind"] == "Kind: 'odd' is refused"
    assert told["leads"].endswith("is refused; at most 2")
    assert told["ends_at"].startswith("Ends: 'Friday' is refused")
    assert told["reason"] == "Reason: 2001 characters are too many; at most 2000"


@pytest.mark.parametrize(("size", "said"), [("0", "use 1 or more"), ("10", "use 9 or less")])
def test_a_number_out_of_bounds_is_told_the_bound(size: str, said: str) -> None:
    with pytest.raises(InvalidHoldError, match=said):
        read(size=size)


def test_what_concerns_no_field_of_the_form_stands_by_itself() -> None:
    told = form_fields.labelled({"size": "size: 11 is refused", "door": "it is shut"}, FIELDS)

    assert told == {"size": "Size: 11 is refused", "": "it is shut"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "yes"), (False, ""), (["4 h", "1 h"], "4 h\n1 h"), (3, "3"), ("x", "x")],
)
def test_values_are_held_as_texts(value: object, text: str) -> None:
    assert form_fields.told(value) == text


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("name", " Oak", "Oak ", True),
        ("name", "Oak", "oak", False),
        ("leads", "4 h\n\n1 h", "4 h\n1 h\n", True),
        ("leads", "4 h 1 h", "4 h\n1 h", False),
    ],
)
def test_texts_that_fill_a_field_in_alike_are_no_change(
    name: str, one: str, other: str, same: bool
) -> None:
    assert BY_NAME[name].is_same(one, other) is same
