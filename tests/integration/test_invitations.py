"""Invitations: good once, for three days, and for whom they were made; on both databases."""

from __future__ import annotations

import pytest

from scheduler.accounts.sessions import Stage
from scheduler.errors import HoldNotFoundError, InvalidHoldError
from scheduler.links import InvitationLinks
from tests.support.desk import OTHER, PASSWORD, Desk, Invited
from tests.support.house import OPERATOR, Premises
from tests.support.together import at_once


@pytest.fixture
def desk(premises: Premises) -> Desk:
    return Desk(premises)


@pytest.fixture
def invited(desk: Desk) -> Invited:
    return Invited(desk)


def test_invitation_sets_a_password_and_leads_to_the_second_factor(invited: Invited) -> None:
    shown = invited.invitations.read(invited.token)
    entered = invited.answer()

    assert shown.email == "new@example.gov"
    assert entered.stage is Stage.ENROLMENT
    assert invited.desk.try_password(OTHER, email="new@example.gov").stage is Stage.ENROLMENT


def test_invitation_of_an_account_with_a_second_factor_asks_for_its_code(desk: Desk) -> None:
    made = desk.people.invitations.invite(OPERATOR, desk.id)
    link = InvitationLinks(desk.premises.settings.secret_key, "").url(made)

    entered = desk.people.invitations.answer(link.rpartition("/")[2], OTHER)

    assert entered.stage is Stage.CODE
    assert not desk.is_in()


def test_invitation_is_good_once(invited: Invited) -> None:
    invited.answer()

    with pytest.raises(HoldNotFoundError, match="not good"):
        invited.answer(PASSWORD)
    invited.desk.fail(password=PASSWORD, email="new@example.gov")


def test_of_two_who_answer_an_invitation_at_once_one_sets_the_password(invited: Invited) -> None:
    def answer() -> bool:
        try:
            invited.answer()
        except HoldNotFoundError:
            return False
        return True

    assert sorted(at_once(*[answer] * 3)) == [False, False, True]


def test_invitation_is_good_for_three_days(invited: Invited) -> None:
    invited.desk.clock.tick(days=3, seconds=-1)
    invited.invitations.read(invited.token)
    invited.desk.clock.tick(seconds=1)

    with pytest.raises(HoldNotFoundError):
        invited.answer()


def test_newer_invitation_takes_the_place_of_the_older(invited: Invited) -> None:
    older = invited.token
    newer = invited.new_token()

    with pytest.raises(HoldNotFoundError):
        invited.invitations.answer(older, OTHER)
    assert invited.invitations.answer(newer, OTHER).stage is Stage.ENROLMENT


def test_invitation_is_over_when_the_account_is_switched_off(invited: Invited) -> None:
    invited.desk.people.users.disable(OPERATOR, invited.id)

    with pytest.raises(HoldNotFoundError):
        invited.answer()


def test_link_that_was_not_made_here_is_refused(invited: Invited) -> None:
    name, _, signature = invited.token.partition(".")
    foreign = InvitationLinks(b"another key", "").url(name).rpartition("/")[2]

    for token in (name, f"{name}.{signature[:-1]}", f"x{invited.token}", foreign, "", "é"):
        with pytest.raises(HoldNotFoundError):
            invited.invitations.read(token)


def test_password_that_is_not_good_enough_leaves_the_invitation_open(invited: Invited) -> None:
    with pytest.raises(InvalidHoldError):
        invited.answer("new@example.gov new@example.gov")

    assert invited.answer().stage is Stage.ENROLMENT
