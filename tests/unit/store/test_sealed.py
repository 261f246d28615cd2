"""What a channel keeps sealed comes back whole, for its own row alone."""

from __future__ import annotations

import pytest

from scheduler.errors import InvalidHoldError, StoreError
from scheduler.store import sealed
from scheduler.store.cipher import WEBHOOK, Cipher
from scheduler.store.sealed import Sealed

CIPHER = Cipher(bytes(32), purpose=WEBHOOK)


@pytest.mark.parametrize(
    "content",
    [
        Sealed(),
        Sealed(("whsec_new", "whsec_old")),
        Sealed(("whsec_new",), ca_pem="authority", client_pem="certificate and key"),
        Sealed(url="slack://token"),
    ],
)
def test_what_is_sealed_comes_back(content: Sealed) -> None:
    assert sealed.unseal(CIPHER, "CHANNEL", sealed.seal(CIPHER, "CHANNEL", content)) == content


def test_channel_that_keeps_nothing_has_nothing() -> None:
    assert sealed.unseal(CIPHER, "CHANNEL", None) == Sealed()


def test_it_opens_for_its_own_channel_alone() -> None:
    token = sealed.seal(CIPHER, "CHANNEL", Sealed(("whsec_new",)))

    with pytest.raises(StoreError, match="does not open"):
        sealed.unseal(CIPHER, "ANOTHER", token)


def test_neither_token_nor_repr_shows_it() -> None:
    content = Sealed(("whsec_new",), client_pem="key", url="slack://token")

    assert b"whsec" not in sealed.seal(CIPHER, "CHANNEL", content)
    assert not any(part in repr(content) for part in ("whsec", "key", "token"))


def test_without_a_key_nothing_is_sealed() -> None:
    assert sealed.required(CIPHER) is CIPHER
    with pytest.raises(InvalidHoldError, match="HOLDCLOCK_DATA_KEY is needed"):
        sealed.required(None)
