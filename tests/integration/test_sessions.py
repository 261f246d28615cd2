"""Sessions and accounts: what ends them, and who changes them; on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.fields import PasswordHash
from scheduler.accounts.sessions import Stage
from scheduler.commands.people import people
from scheduler.domain.actors import Actor, Role
from scheduler.errors import InvalidHoldError, NotAllowedError
from tests.support.desk import OTHER, PASSWORD, SOURCE, Desk
from tests.support.house import ELSEWHERE, FACILITY, OPERATOR, Premises


@pytest.fixture
def desk(premises: Premises) -> Desk:
    return Desk(premises)


# Sessions.


def test_session_ends_after_half_an_hour_without_a_page(desk: Desk) -> None:
    token = desk.try_password(code=desk.code()).token
    desk.clock.tick(minutes=29, seconds=59)
    before = desk.people.sessions.who(token).ends_at
    desk.clock.tick(minutes=30)

    assert before == desk.clock.now()
    assert not desk.is_in(token)


def test_page_that_refreshes_itself_does_not_keep_a_session(desk: Desk) -> None:
    token = desk.try_password(code=desk.code()).token
    desk.clock.tick(minutes=20)
    desk.people.sessions.who(token, is_activity=False)
    desk.clock.tick(minutes=10)

    assert not desk.is_in(token)


def test_session_ends_after_twelve_hours_whatever_is_asked_for(desk: Desk) -> None:
    token = desk.try_password(code=desk.code()).token
    for _ in range(35):
        desk.clock.tick(minutes=20)
        desk.people.sessions.who(token)
    desk.clock.tick(minutes=20)

    assert not desk.is_in(token)


def test_token_is_kept_as_a_hash(desk: Desk) -> None:
    rows = desk.premises.scalar("SELECT count(*) FROM session WHERE token_hash = :t", t=desk.token)

    assert rows == 0
    assert len(desk.token) == 43


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.people.users.disable(OPERATOR, d.id), id="switched off"),
        pytest.param(
            lambda d: d.people.users.edit(OPERATOR, d.id, {"role": "auditor"}), id="another role"
        ),
        pytest.param(
            lambda d: d.people.users.set_password(OPERATOR, d.id, OTHER), id="another password"
        ),
        pytest.param(
            lambda d: d.people.users.reset_second_factor(OPERATOR, d.id), id="no second factor"
        ),
    ],
)
def test_session_ends_with_what_it_was_given_for(
    desk: Desk, change: Callable[[Desk], None]
) -> None:
    before = desk.is_in()

    change(desk)

    assert (before, desk.is_in()) == (True, False)


def test_another_place_ends_sessions_and_another_name_does_not(desk: Desk) -> None:
    desk.premises.add_facility()
    desk.people.users.edit(OPERATOR, desk.id, {"name": "Night desk"})
    after_name = desk.is_in()
    desk.people.users.edit(OPERATOR, desk.id, {"facilities": [FACILITY, ELSEWHERE]})

    assert (after_name, desk.is_in()) == (True, False)


def test_role_and_places_are_those_on_record_now(desk: Desk) -> None:
    actor = desk.people.sessions.who(desk.token).actor

    assert actor == Actor(f"user:{desk.id}", Role.FACILITY, frozenset({FACILITY}))


# Accounts.


def test_account_that_nobody_used_for_90_days_is_switched_off_at_the_next_sign_in_of_anybody(
    desk: Desk,
) -> None:
    desk.clock.tick(days=90)

    desk.fail(email="nobody@example.gov")

    assert desk.people.users.get(desk.id)["disabled_at"] is not None
    changed = desk.told("setting_changed")[-1]
    assert (changed[1], changed[2]["field"]) == ("timekeeper", "disabled_at")
    desk.fail(password=PASSWORD, code=desk.code())
    desk.people.users.enable(OPERATOR, desk.id)
    assert desk.try_password(code=desk.code()).stage is Stage.SIGNED_IN


def test_account_used_within_90_days_stays(desk: Desk) -> None:
    desk.clock.tick(days=89)
    desk.fail(email="nobody@example.gov")

    assert desk.people.users.get(desk.id)["disabled_at"] is None


def test_administrator_does_not_switch_off_or_demote_themselves(desk: Desk) -> None:
    own = Actor(f"user:{desk.id}", Role.ADMINISTRATOR)

    with pytest.raises(NotAllowedError):
        desk.people.users.disable(own, desk.id)
    with pytest.raises(NotAllowedError):
        desk.people.users.edit(own, desk.id, {"role": "auditor"})
    assert desk.is_in()


@pytest.mark.parametrize("role", [Role.FACILITY, Role.AGENT, Role.AUDITOR])
def test_accounts_are_changed_by_administrators_alone(desk: Desk, role: Role) -> None:
    other = Actor("user:SOMEONE", role)
    users = desk.people.users
    for change in (
        lambda: users.add(other, email="x@example.gov", role="auditor"),
        lambda: users.edit(other, desk.id, {"name": "x"}),
        lambda: users.disable(other, desk.id),
        lambda: users.enable(other, desk.id),
        lambda: users.unlock(other, desk.id),
        lambda: users.set_password(other, desk.id, OTHER),
        lambda: users.reset_second_factor(other, desk.id),
        lambda: users.set_preferences(other, desk.id, language="es"),
        lambda: desk.people.invitations.invite(other, desk.id),
    ):
        with pytest.raises(NotAllowedError):
            change()


def test_preferences_are_ones_own(desk: Desk) -> None:
    own = Actor(f"user:{desk.id}", Role.AUDITOR)

    desk.people.users.set_preferences(own, desk.id, language="es", twelve_hour=True)

    account = desk.people.sessions.who(desk.token).account
    assert (account.language, account.twelve_hour, account.single_keys) == ("es", True, True)
    with pytest.raises(InvalidHoldError, match="'fr' is unknown"):
        desk.people.users.set_preferences(own, desk.id, language="fr")


def test_password_kept_otherwise_is_kept_anew_at_sign_in(premises: Premises) -> None:
    desk = Desk(premises, password_hash=PasswordHash.PBKDF2)
    before = premises.scalar("SELECT password_hash FROM account")
    desk.people = people(premises.house, premises.settings)

    desk.try_password(code=desk.code())
    desk.clock.tick(seconds=30)

    after = premises.scalar("SELECT password_hash FROM account")
    assert (before[:13], after[:10]) == ("pbkdf2-sha256", "$argon2id$")
    assert desk.try_password(code=desk.code()).stage is Stage.SIGNED_IN


# One's own password.


def test_own_password_is_changed_by_the_current_one_and_ends_every_other_session(
    desk: Desk,
) -> None:
    other = desk.try_password(code=desk.code()).token
    session = desk.people.sessions.who(desk.token)

    entered = desk.people.own_account.change_password(session, PASSWORD, OTHER, source=SOURCE)

    assert [desk.is_in(each) for each in (entered.token, desk.token, other)] == [True, False, False]
    desk.fail(password=PASSWORD)
    assert desk.try_password(OTHER).stage is Stage.CODE
    changed = desk.told("setting_changed")[-1]
    assert (changed[1], changed[2]["field"]) == (f"user:{desk.id}", "password")
    assert changed[2]["old"] == changed[2]["new"] == "(not shown)"


def test_wrong_current_password_counts_as_a_failed_sign_in_does(desk: Desk) -> None:
    session = desk.people.sessions.who(desk.token)
    for _ in range(5):
        with pytest.raises(InvalidHoldError, match="current: the password is wrong"):
            desk.people.own_account.change_password(session, OTHER, OTHER, source=SOURCE)

    with pytest.raises(InvalidHoldError, match="current: the password is wrong"):
        desk.people.own_account.change_password(session, PASSWORD, OTHER, source=SOURCE)
    assert len(desk.told("sign_in_locked")) == 1
