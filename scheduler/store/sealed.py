"""What a channel keeps sealed: one JSON object, written and read here alone."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from scheduler.errors import InvalidHoldError
from scheduler.store.cipher import Cipher, secrets_context


class Sealed(NamedTuple):
    """A channel's secrets; its repr shows nothing.

    Attributes:
        secrets: A webhook's ``whsec_`` secrets, the newest first.
        ca_pem: The only authorities that its certificate may come from.
        client_pem: The certificate and key that it asks of its callers.
        url: Of kind ``apprise``: the whole URL gives access.
    """

    secrets: tuple[str, ...] = ()
    ca_pem: str | None = None
    client_pem: str | None = None
    url: str | None = None

    def __repr__(self) -> str:
        return "Sealed()"


def required(cipher: Cipher | None) -> Cipher:
    """Return the key that seals.

    Raises:
        InvalidHoldError: It is not known here.
    """
    if cipher is None:
        raise InvalidHoldError("channel: HOLDCLOCK_DATA_KEY is needed to keep its secret")
    return cipher


def seal(cipher: Cipher, channel_id: str, content: Sealed) -> bytes:
    """Encrypt what a channel keeps, bound to its row."""
    told: dict[str, Any] = {
        name: value for name, value in content._asdict().items() if value is not None
    }
    return cipher.seal(json.dumps(told), context=secrets_context(channel_id))


def unseal(cipher: Cipher, channel_id: str, token: bytes | None) -> Sealed:
    """Return what a channel keeps; nothing where it keeps nothing.

    Raises:
        StoreError: Another key, another row, or altered.
    """
    if token is None:
        return Sealed()
    told = json.loads(cipher.open(bytes(token), context=secrets_context(channel_id)))
    return Sealed(**{**told, "secrets": tuple(told["secrets"])})
