from __future__ import annotations

import unicodedata

import pytest

from scheduler.accounts import passwords
from scheduler.accounts.passwords import ARGON2ID, PBKDF2, Passwords, require_good
from scheduler.errors import InvalidHoldError

GOOD = "violet tractors eat seven clouds"
ABOUT = ("night.sergeant@oakmont.example.gov", "Oakmont booking desk")


@pytest.mark.parametrize(
    "password",
    [
        pytest.param(GOOD, id="several words"),
        pytest.param("tqzvbnwkrjxhmpd", id="fifteen letters, no digit, no capital"),
        pytest.param("лиловые тракторы едят", id="another script"),
        pytest.param("x" + "kd9" * 2 + "wlq0 77 hvz", id="what a password manager makes"),
        pytest.param("a" * 3 + "plover7 gantry oboe", id="a repetition within"),
        pytest.param("0 " * 3 + "gantry oboe plover " * 5, id="long"),
    ],
)
def test_long_password_of_any_kind_is_good(password: str) -> None:
    require_good(password, ABOUT)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        pytest.param("plover7 gantry", "14 characters are too few", id="fourteen"),
        pytest.param("plover gantry oboe " * 7, "are too many; use 128 at most", id="133"),
        pytest.param("plover gantry \x00 oboe", "control character", id="control character"),
        pytest.param("aaaaaaaaaaaaaaaaaaaa", "tried first", id="one letter"),
        pytest.param("abcabcabcabcabcabc", "tried first", id="a piece repeated"),
        pytest.param("plover1plover1plover1", "tried first", id="a word repeated"),
        pytest.param("123456789012345", "tried first", id="digits in sequence"),
        pytest.param("qwertyuiopasdfghjkl", "tried first", id="along the keyboard"),
        pytest.param("zyxwvutsrqponmlkj", "tried first", id="backwards"),
        pytest.param("PasswordPassword1", "tried first", id="the word itself"),
        pytest.param("P4$$w0rd-P4$$w0rd!", "tried first", id="signs for letters"),
        pytest.param("correct horse battery staple", "tried first", id="the well-known example"),
        pytest.param("Holdclock-2026-November", "tried first", id="product and month"),
        pytest.param("Welcome Administrator 1!", "tried first", id="two common words"),
        pytest.param("night.sergeant.2026", "tried first", id="own address"),
        pytest.param("Oakmont Booking Desk 1", "tried first", id="own name"),
        pytest.param("SummerSummer20262026", "tried first", id="season and year"),
    ],
)
def test_password_that_is_tried_first_is_refused_without_being_repeated(
    password: str, said: str
) -> None:
    with pytest.raises(InvalidHoldError) as refused:
        require_good(password, ABOUT)

    assert said in str(refused.value)
    assert refused.value.field == "password"
    assert password not in str(refused.value)


@pytest.mark.parametrize("scheme", [ARGON2ID, PBKDF2])
def test_password_matches_what_is_kept_of_it_and_nothing_else(scheme: str) -> None:
    book = Passwords(scheme)

    kept = book.hashed(GOOD)

    assert GOOD not in kept
    assert kept != book.hashed(GOOD)
    assert book.matches(kept, GOOD)
    assert not book.matches(kept, GOOD + " ")
    assert not book.matches(None, GOOD)
    assert not book.matches("not a hash at all", GOOD)
    assert not book.is_outdated(kept)


def test_hash_of_the_other_scheme_is_read_and_known_to_be_outdated() -> None:
    argon, pbkdf = Passwords(ARGON2ID), Passwords(PBKDF2)
    kept = pbkdf.hashed(GOOD)

    assert kept.startswith(f"pbkdf2-sha256${passwords.PBKDF2_ROUNDS}$")
    assert argon.matches(kept, GOOD)
    assert argon.is_outdated(kept)
    assert pbkdf.is_outdated(argon.hashed(GOOD))


def test_argon2_is_the_id_variant_at_the_cost_that_owasp_names() -> None:
    assert Passwords().hashed(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_one_letter_sent_as_different_characters_is_one_letter() -> None:
    told = "señor tractor é " + "é" * 100
    composed, apart = (unicodedata.normalize(form, told) for form in ("NFC", "NFD"))
    book = Passwords()

    assert composed != apart
    assert book.matches(book.hashed(composed), apart)
