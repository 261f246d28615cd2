from __future__ import annotations

import pytest

from scheduler.errors import ConfigError, StoreError
from scheduler.store import cipher

KEY = bytes.fromhex("5f1c02e9a47bd3886e10f7c2b59a4d03c8e67f214b90ad3517fe62884cd1b09a")
OTHER_KEY = bytes.fromhex("0a9be31d7746c5528f3011c96ad2e47fb318550e6cf1a2d9842b7e90c35d1f68")
CONTEXT = "7Q3KM4/subject_name"
NAME = "Zoë Ångström-Pérez"
PINNED = (
    "01103c0ae92f43da99bd7a58e3fe8fed626a44de90db7cbe5347eae063c1"
    "043c71ae8871b8075b600026f0d59ae4c813a00c54"
)


@pytest.mark.parametrize("plaintext", ["", "A123456789", NAME, "x" * 10_000])
def test_a_sealed_value_opens_in_its_own_context(plaintext: str) -> None:
    sealer = cipher.Cipher(KEY)

    token = sealer.seal(plaintext, context=CONTEXT)

    assert cipher.Cipher(KEY).open(token, context=CONTEXT) == plaintext


def test_a_token_shows_nothing_of_the_text_and_differs_every_time() -> None:
    sealer = cipher.Cipher(KEY)

    first, second = (sealer.seal(NAME, context=CONTEXT) for _ in range(2))

    assert first != second
    assert NAME.encode() not in first
    assert len(first) == 1 + 12 + len(NAME.encode()) + 16


def test_a_token_written_by_the_first_release_still_opens() -> None:
    """Pins the form at rest: key derivation, associated data, layout."""
    token = bytes.fromhex(PINNED)

    assert cipher.Cipher(KEY).open(token, context=CONTEXT) == NAME


@pytest.mark.parametrize(
    "opener",
    [
        pytest.param(cipher.Cipher(OTHER_KEY), id="other-key"),
        pytest.param(cipher.Cipher(KEY, purpose=cipher.WEBHOOK), id="other-purpose"),
    ],
)
def test_another_key_or_purpose_does_not_open_it(opener: cipher.Cipher) -> None:
    token = cipher.Cipher(KEY).seal(NAME, context=CONTEXT)

    with pytest.raises(StoreError, match=CONTEXT):
        opener.open(token, context=CONTEXT)


@pytest.mark.parametrize("context", ["7Q3KM5/subject_name", "7Q3KM4/a_number"])
def test_a_value_moved_to_another_row_or_field_does_not_open(context: str) -> None:
    sealer = cipher.Cipher(KEY)
    token = sealer.seal(NAME, context=CONTEXT)

    with pytest.raises(StoreError):
        sealer.open(token, context=context)


def test_a_flipped_bit_anywhere_is_found_and_the_message_tells_no_secret() -> None:
    sealer = cipher.Cipher(KEY)
    token = sealer.seal(NAME, context=CONTEXT)

    for at in range(len(token)):
        altered = bytes(byte ^ (at == where) for where, byte in enumerate(token))
        with pytest.raises(StoreError) as caught:
            sealer.open(altered, context=CONTEXT)
        told = str(caught.value)
        assert NAME not in told
        assert KEY.hex() not in told
        assert "DATA_KEY" in told or "release" in told


def test_every_truncation_is_found() -> None:
    sealer = cipher.Cipher(KEY)
    token = sealer.seal(NAME, context=CONTEXT)

    for length in range(len(token)):
        with pytest.raises(StoreError):
            sealer.open(token[:length], context=CONTEXT)


def test_a_newer_form_is_named() -> None:
    token = b"\x02" + cipher.Cipher(KEY).seal(NAME, context=CONTEXT)[1:]

    with pytest.raises(StoreError, match="form 2"):
        cipher.Cipher(KEY).open(token, context=CONTEXT)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="31 bytes; use 32"):
        cipher.Cipher(KEY[:31])


def test_an_empty_context_is_refused() -> None:
    with pytest.raises(ValueError, match="context"):
        cipher.Cipher(KEY).seal(NAME, context="")
