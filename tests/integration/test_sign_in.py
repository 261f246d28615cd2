"""Passwords, codes, locks, sessions and invitations, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from config.fields import Lockout, PasswordHash
from scheduler.accounts.sessions import Stage
from scheduler.accounts.sign_in import Entered
from scheduler.commands.people import People, people
from scheduler.domain.actors import Actor, Role
from scheduler.errors import HoldNotFoundError, InvalidHoldError, NotAllowedError, NotSignedInError
from scheduler.links import InvitationLinks
from tests.support.house import FACILITY, OPERATOR, Premises
from tests.support.together import at_once

EMAIL, PASSWORD = "desk@example.gov", "violet tractors eat seven clouds"
OTHER = "green tractors eat seven clouds"
SOURCE = "203.0.113.7"


class Desk:
    """One account, its authenticator, and whoever tries to get in."""

    def __init__(self, premises: Premises, **settings: Any) -> None:
        self.premises = premises
        self.clock = premises.clock
        told = premises.settings.model_copy(update=settings)
        self.people: People = people(premises.house, told)
        self.id = self.people.users.add(
            OPERATOR, email=EMAIL, role="facility", facilities=[FACILITY], password=PASSWORD
        )
        entered = self.try_password()
        self.key = self.people.sign_in.enrolling(entered.token).key
        enrolled = self.people.sign_in.enrol(entered.token, self.code(), source=SOURCE)
        assert enrolled is not None
        self.token = enrolled.entered.token
        self.recovery_codes = enrolled.recovery_codes
        self.clock.tick(minutes=1)

    def code(self) -> str:
        return pyotp.TOTP(self.key).at(self.clock.now())

    def try_password(self, password: str = PASSWORD, code: str = "", email: str = EMAIL) -> Entered:
        return self.people.sign_in.with_password(email, password, code, source=SOURCE)

    def fail(self, times: int = 1, **told: str) -> None:
        for _ in range(times):
            with pytest.raises(NotSignedInError, match="is wrong"):
                self.try_password(**{"password": OTHER, **told})

    def is_in(self, token: str | None = None) -> bool:
        return self.people.sign_in.is_at(token or self.token, Stage.SIGNED_IN)

    def told(self, *kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Return kind, actor and data of events that are about no hold."""
        return [
            (each["kind"], each["actor"], each["data"])
            for each in self.premises.events()
            if each["kind"] in kinds
        ]


@pytest.fixture
def desk(premises: Premises) -> Desk:
    return Desk(premises)


# What the log says.


def test_sign_in_and_sign_out_are_events_with_source_and_without_the_address(desk: Desk) -> None:
    token = desk.try_password(code=desk.code()).token
    desk.people.sign_in.sign_out(token, source=SOURCE)
    desk.people.sign_in.sign_out(token, source=SOURCE)

    who = f"user:{desk.id}"
    assert desk.told("user_signed_in", "user_signed_out") == [
        ("user_signed_in", who, {"source": SOURCE, "how": "password and first code"}),
        ("user_signed_in", who, {"source": SOURCE, "how": "password and code"}),
        ("user_signed_out", who, {"source": SOURCE}),
    ]
    assert "example.gov" not in str(desk.premises.events())


def test_leaving_before_the_code_is_no_sign_out(desk: Desk) -> None:
    desk.people.sign_in.sign_out(desk.try_password().token, source=SOURCE)

    assert desk.told("user_signed_out") == []


def test_failures_are_events_of_the_account_or_of_nobody(desk: Desk) -> None:
    desk.fail()
    desk.fail(password=PASSWORD, code="000000")
    desk.fail(email="nobody@example.gov")

    assert desk.told("sign_in_failed") == [
        ("sign_in_failed", f"user:{desk.id}", {"source": SOURCE, "because": "password"}),
        ("sign_in_failed", f"user:{desk.id}", {"source": SOURCE, "because": "code"}),
        ("sign_in_failed", "anonymous", {"source": SOURCE, "because": "unknown address"}),
    ]


# Codes.


def test_code_is_good_once(desk: Desk) -> None:
    code = desk.code()
    desk.try_password(code=code)

    desk.fail(password=PASSWORD, code=code)


def test_of_two_sign_ins_with_one_code_at_once_one_gets_in(desk: Desk) -> None:
    code = desk.code()

    def enter() -> bool:
        try:
            return desk.try_password(code=code).stage is Stage.SIGNED_IN
        except NotSignedInError:
            return False

    assert sorted(at_once(*[enter] * 4)) == [False, False, False, True]


def test_recovery_code_is_good_once(desk: Desk) -> None:
    code = desk.recovery_codes[0]

    assert desk.try_password(code=code).stage is Stage.SIGNED_IN
    desk.fail(password=PASSWORD, code=code)
    how = desk.told("user_signed_in")[-1][2]["how"]
    assert how == "password and recovery code"


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "AAAA-AAAA"])
def test_what_is_no_code_of_theirs_is_refused(desk: Desk, code: str) -> None:
    desk.fail(password=PASSWORD, code=code)


def test_code_of_half_a_minute_ago_is_taken_and_an_older_one_is_not(desk: Desk) -> None:
    old = desk.code()
    desk.clock.tick(seconds=60)
    desk.fail(password=PASSWORD, code=old)
    recent = desk.code()
    desk.clock.tick(seconds=30)

    assert desk.try_password(code=recent).stage is Stage.SIGNED_IN


def test_key_of_the_second_factor_is_sealed_and_of_another_each_time(desk: Desk) -> None:
    desk.people.users.reset_second_factor(OPERATOR, desk.id)
    first = desk.people.sign_in.enrolling(desk.try_password().token).key
    second = desk.people.sign_in.enrolling(desk.try_password().token).key
    kept = desk.premises.scalar("SELECT totp_secret FROM account")

    assert first != second
    assert second.encode() not in bytes(kept)


# Locks.


def test_fifth_failure_locks_and_the_right_password_gets_nobody_in(desk: Desk) -> None:
    desk.fail(5)

    desk.fail(password=PASSWORD, code=desk.code())
    assert desk.told("sign_in_locked") == [
        ("sign_in_locked", f"user:{desk.id}", {"source": SOURCE})
    ]
    assert desk.people.users.get(desk.id)["locked_at"] is not None
    # Whoever was in before stays: it was not they who failed.
    assert desk.is_in()


def test_four_failures_lock_nothing_and_are_forgotten_by_a_sign_in(desk: Desk) -> None:
    desk.fail(4)
    desk.try_password(code=desk.code())
    desk.clock.tick(seconds=30)
    desk.fail(4)

    assert desk.try_password(code=desk.code()).stage is Stage.SIGNED_IN


def test_failures_spread_over_more_than_15_minutes_lock_nothing(desk: Desk) -> None:
    desk.fail(4)
    desk.clock.tick(minutes=15)
    desk.fail(4)

    assert desk.told("sign_in_locked") == []


def test_timed_lock_ends_after_15_minutes_and_tries_meanwhile_do_not_lengthen_it(
    desk: Desk,
) -> None:
    desk.fail(5)
    desk.clock.tick(minutes=14)
    desk.fail(5, password=PASSWORD)
    desk.clock.tick(seconds=59)
    desk.fail(password=PASSWORD, code=desk.code())
    desk.clock.tick(seconds=1)

    assert desk.try_password(code=desk.code()).stage is Stage.SIGNED_IN


def test_other_lock_stands_until_an_administrator_ends_it(premises: Premises) -> None:
    desk = Desk(premises, lockout=Lockout.UNTIL_RELEASED)
    desk.fail(5)
    desk.clock.tick(days=2)
    desk.fail(password=PASSWORD, code=desk.code())

    desk.people.users.unlock(OPERATOR, desk.id)

    assert desk.try_password(code=desk.code()).stage is Stage.SIGNED_IN


def test_guesses_at_once_are_no_more_than_one_after_the_other(desk: Desk) -> None:
    compared: list[bool] = []
    real = desk.people.sign_in._passwords.matches

    def matches(kept: str | None, password: str) -> bool:
        right = real(kept, password)
        compared.append(right)
        return right

    desk.people.sign_in._passwords.matches = matches  # type: ignore[method-assign]  # counted, not faked
    guesses: list[Callable[[], None]] = [lambda: desk.fail(1)] * 12
    at_once(*guesses)

    # Twelve were compared, so that each took as long; of five alone it counted.
    assert len(compared) == 12
    assert desk.premises.scalar("SELECT count(*) FROM sign_in_failure") == 5
    assert len(desk.told("sign_in_locked")) == 1


def test_wrong_codes_lock_as_wrong_passwords_do(desk: Desk) -> None:
    pending = desk.try_password()
    for _ in range(5):
        with pytest.raises(NotSignedInError):
            desk.people.sign_in.with_code(pending.token, "000000", source=SOURCE)

    with pytest.raises(NotSignedInError):
        desk.people.sign_in.with_code(pending.token, desk.code(), source=SOURCE)
    assert len(desk.told("sign_in_locked")) == 1


def test_password_that_is_right_takes_no_failure_off_before_the_code_is(desk: Desk) -> None:
    desk.fail(4)
    desk.try_password()
    desk.fail(1)

    desk.fail(password=PASSWORD, code=desk.code())


def test_address_that_is_nobodys_leaves_only_a_hash(desk: Desk) -> None:
    desk.fail(email="Jane.Doe@example.gov")

    kept = desk.premises.scalar("SELECT email_hash FROM sign_in_failure")
    assert "jane" not in kept
    assert len(kept) == 64


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
    desk.premises.administration.add_facility(
        OPERATOR, "ELM", name="Elm", state="NC", timezone="America/New_York", policy="i-247a"
    )
    desk.people.users.edit(OPERATOR, desk.id, {"name": "Night desk"})
    after_name = desk.is_in()
    desk.people.users.edit(OPERATOR, desk.id, {"facilities": [FACILITY, "ELM"]})

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


# Invitations.


class Invited:
    """An account without a password, and the link that a mail would bring."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.invitations = desk.people.invitations
        self.id = desk.people.users.add(OPERATOR, email="new@example.gov", role="auditor")
        self.token = self.new_token()

    def new_token(self) -> str:
        made = self.invitations.invite(OPERATOR, self.id)
        key = self.desk.premises.settings.secret_key
        return InvitationLinks(key, "https://x").url(made).rpartition("/")[2]

    def answer(self, password: str = OTHER) -> Entered:
        return self.invitations.answer(self.token, password)


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
