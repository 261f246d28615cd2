"""A form whose answer was lost on the way: it is not carried out again."""

from __future__ import annotations

import pytest

from scheduler.errors import ConflictError, InFlightError
from scheduler.replies import Kept
from tests.support.house import OFFICE, OPERATOR, Premises
from tests.support.office import Office
from web.pages.pressed_once import PressedOnce

KEY, DIGEST = "a-key-of-a-form-x", "all that it says"


class DiedError(Exception):
    """The process ended before the answer was kept."""


@pytest.fixture
def pressed(office: Office) -> PressedOnce:
    return PressedOnce(office.parts.replies)


def die_after_writing(premises: Premises) -> Kept:
    premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    raise DiedError


def never() -> Kept:
    raise AssertionError("it was carried out again")


def test_form_whose_answer_was_lost_is_not_carried_out_again(
    premises: Premises, pressed: PressedOnce
) -> None:
    with pytest.raises(DiedError):
        pressed.answer(OPERATOR, KEY, DIGEST, lambda: die_after_writing(premises))

    with pytest.raises(InFlightError, match="Send it once more"):
        pressed.answer(OPERATOR, KEY, DIGEST, never)
    premises.clock.tick(minutes=2)
    with pytest.raises(ConflictError, match="look at what is on record now"):
        pressed.answer(OPERATOR, KEY, DIGEST, never)

    assert len(premises.house.directory.all_of("contact")) == 1


def test_form_that_wrote_nothing_may_come_again(pressed: PressedOnce) -> None:
    def fail() -> Kept:
        raise DiedError

    with pytest.raises(DiedError):
        pressed.answer(OPERATOR, KEY, DIGEST, fail)

    answers = [
        pressed.answer(OPERATOR, KEY, DIGEST, lambda: Kept(303, {"location": "/"}, b""))
        for _ in range(2)
    ]

    assert answers == [Kept(303, {"location": "/"}, b"")] * 2
