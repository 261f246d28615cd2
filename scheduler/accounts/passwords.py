"""Passwords: what is good enough, and how it is kept.

Kept as Argon2id, or as PBKDF2 where FIPS-validated code must do it. No rule asks for
capitals, digits or signs: length does more, and such rules make passwords alike.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import threading
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scheduler.accounts.guessable import what_remains
from scheduler.errors import WeakPasswordError

SHORTEST, LONGEST = 15, 128
"""Characters. The longest is a bound on what one request may cost."""
FEWEST_OWN = 8
"""Characters that must be left once what everybody tries is taken away."""

ARGON2ID, PBKDF2 = "argon2id", "pbkdf2"
PBKDF2_ROUNDS: Final = 600_000
_PBKDF2_MARK = "pbkdf2-sha256"
_SALT_BYTES = 16
# The first of OWASP's equal choices that a small host can afford four times at once.
# Source: OWASP Password Storage Cheat Sheet (19 MiB, 2 passes, 1 lane; 600,000 rounds).
_ARGON2: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 4


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNWRITABLE = "unwritable"
    GUESSABLE = "guessable"


class Passwords:
    """Hashes passwords and compares them.

    Args:
        scheme: `ARGON2ID` or `PBKDF2`, for new hashes; both are read.
    """

    def __init__(self, scheme: str = ARGON2ID) -> None:
        self._scheme = scheme
        # Each takes 19 MiB and a core: a burst of sign-ins must not take all.
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = _nobodys(scheme)

    def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._turns:
            if self._scheme == PBKDF2:
                return _pbkdf2(_normal(password), os.urandom(_SALT_BYTES), PBKDF2_ROUNDS)
            return _ARGON2.hash(_normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Say whether this is the password; without one on record it takes as long, and is not."""
        with self._turns:
            is_same = _matches(kept or self._nobodys, _normal(password))
        return is_same and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Say whether a password should be hashed anew, as new ones are."""
        if self._scheme == PBKDF2:
            return not kept.startswith(f"{_PBKDF2_MARK}${PBKDF2_ROUNDS}$")
        return not kept.startswith("$argon2id$") or _ARGON2.check_needs_rehash(kept)


def require_good(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, or that everybody tries.

    Args:
        password: As it was typed.
        about: What anybody may know of the account: its address, its name.

    Raises:
        WeakPasswordError: The password is not in the message.

    Source:
        NIST SP 800-63B-4, 3.1.1.2: 15 characters where nothing else is asked for, no
        composition rules, a list of what is commonly used or expected.
    """
    told = unicodedata.normalize("NFKC", password)
    weakness = _weakness(told, about)
    if weakness is not None:
        what = _WHY[weakness].format(n=len(told))
        raise WeakPasswordError(f"password: {what}", because=weakness, characters=len(told))


def _weakness(told: str, about: Iterable[str]) -> Weakness | None:
    if len(told) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(told) > LONGEST:
        return Weakness.TOO_LONG
    if any(unicodedata.category(letter) == "Cc" for letter in told):
        return Weakness.UNWRITABLE
    return Weakness.GUESSABLE if len(what_remains(told, about)) < FEWEST_OWN else None


_WHY: Final = {
    Weakness.TOO_SHORT: f"{{n}} characters are too few; use {SHORTEST} or more",
    Weakness.TOO_LONG: f"{{n}} characters are too many; use {LONGEST} at most",
    Weakness.UNWRITABLE: "it has a control character; leave it out",
    Weakness.GUESSABLE: (
        "it is one that is tried first: repeated, in sequence, or made of common words, "
        "the product's name or the account's own; use several words that do not belong together"
    ),
}


def _normal(password: str) -> bytes:
    # Two keyboards may send one letter as different characters. Cut off afterwards: what
    # is longer than any password costs no more than one, and is none.
    return unicodedata.normalize("NFKC", password)[: LONGEST + 1].encode()


def _nobodys(scheme: str) -> str:
    """Return chance in the form of a hash: no password has it, and comparing takes as long."""
    salt, digest = (base64.b64encode(os.urandom(size)).decode() for size in (_SALT_BYTES, 32))
    if scheme == PBKDF2:
        return f"{_PBKDF2_MARK}${PBKDF2_ROUNDS}${salt}${digest}"
    cost = f"m={_ARGON2.memory_cost},t={_ARGON2.time_cost},p={_ARGON2.parallelism}"
    return f"${ARGON2ID}$v=19${cost}${salt.rstrip('=')}${digest.rstrip('=')}"


def _matches(kept: str, password: bytes) -> bool:
    if kept.startswith(f"{_PBKDF2_MARK}$"):
        _, rounds, salt, _ = kept.split("$")
        again = _pbkdf2(password, base64.b64decode(salt), int(rounds))
        return hmac.compare_digest(again, kept)
    try:
        return _ARGON2.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _pbkdf2(password: bytes, salt: bytes, rounds: int) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", password, salt, rounds)
    told = (base64.b64encode(each).decode() for each in (salt, digest))
    return "$".join((_PBKDF2_MARK, str(rounds), *told))
