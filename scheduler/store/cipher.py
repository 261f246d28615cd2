"""Encrypts the few values that tell who someone is, and the webhook secrets.

AES-256-GCM with a random nonce, under a key that HKDF-SHA256 derives from
`DATA_KEY` for one purpose. The context (whose value it is, which field) is
authenticated but not stored: a sealed value copied to another row or another
field does not open there.

    token = version (1 byte) | nonce (12) | ciphertext | tag (16)
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scheduler.errors import ConfigError, StoreError

PERSON = "person"
"""Names and A-numbers."""
WEBHOOK = "webhook"
"""The secrets that sign webhooks."""
REPLY = "reply"
"""Answers kept to be given again."""

_KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Cipher:
    """Seals and opens text for one purpose.

    Random nonces of 96 bits are safe for 2**32 values under one key, which is
    more than all the people ever held.

    Args:
        key: `DATA_KEY`, 32 bytes.
        purpose: Values sealed for one purpose do not open under another.

    Raises:
        ConfigError: The key has another length.

    Source:
        NIST SP 800-38D, 8.3 (how many random nonces); RFC 5869 (HKDF).
    """

    def __init__(self, key: bytes, *, purpose: str = PERSON) -> None:
        if len(key) != _KEY_BYTES:
            raise ConfigError([f"DATA_KEY: {len(key)} bytes; use {_KEY_BYTES}"])
        info = f"holdclock {purpose} v1".encode()
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)
        self._aead = AESGCM(derived)

    def seal(self, plaintext: str, *, context: str) -> bytes:
        """Encrypt `plaintext`; the same text gives another token every time.

        Args:
            plaintext: Any text, empty included.
            context: Whose value, which field (``"7Q3KM4/subject_name"``). Opening needs the same.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, plaintext.encode(), _associated(context))
        return _VERSION + nonce + sealed

    def open(self, token: bytes, *, context: str) -> str:
        """Decrypt what `seal` returned for the same context.

        Raises:
            StoreError: Another key, another context, or altered bytes; these
                cannot be told apart.
        """
        if len(token) < len(_VERSION) + _NONCE_BYTES + _TAG_BYTES:
            raise StoreError(
                f"{context}: the encrypted value is cut short ({len(token)} bytes); "
                "restore it from a backup"
            )
        version, rest = token[:1], token[1:]
        if version != _VERSION:
            raise StoreError(
                f"{context}: the encrypted value has form {version[0]}, this release knows "
                f"{_VERSION[0]}; use the release that wrote it"
            )
        nonce, sealed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, sealed, _associated(context)).decode()
        except InvalidTag as exc:
            raise StoreError(
                f"{context}: the encrypted value does not open: another DATA_KEY, or altered; "
                "use the key it was written with, or a backup"
            ) from exc


def _associated(context: str) -> bytes:
    if not context:
        # Without one, every value of the purpose could be swapped for any other.
        raise ValueError("a sealed value needs a context")
    return _VERSION + context.encode()


def secrets_context(channel_id: str) -> str:
    """Bind a channel's secrets to its row."""
    return f"{channel_id}/secrets"
