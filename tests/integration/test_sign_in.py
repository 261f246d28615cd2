"""Passwords, codes and locks, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.fields import Lockout
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.sessions import Stage
from scheduler.errors import NotSignedInError
from tests.support.desk import PASSWORD, SOURCE, Desk
from tests.support.house import OPERATOR, Premises
from tests.support.together import at_once


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


class Counted(Passwords):
    """Passwords that count how often they are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[bool] = []

    def matches(self, kept: str | None, password: str) -> bool:
        is_right = super().matches(kept, password)
        self.compared.append(is_right)
        return is_right


def test_guesses_at_once_are_no_more_than_one_after_the_other(desk: Desk) -> None:
    passwords = Counted()
    desk.people.sign_in._passwords = passwords
    guesses: list[Callable[[], None]] = [lambda: desk.fail(1)] * 12
    at_once(*guesses)

    # Twelve were compared, so that each took as long; of five alone it counted.
    assert len(passwords.compared) == 12
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
