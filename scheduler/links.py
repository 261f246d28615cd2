"""One-time links that messages carry: the id of a row, signed, and nothing else."""

from __future__ import annotations

from typing import ClassVar

import itsdangerous


class _Links:
    """Makes and reads the links of one installation, for one purpose.

    Args:
        key: SECRET_KEY; whoever has it can make links.
        base_url: Where the pages are.
    """

    salt: ClassVar[str]
    path: ClassVar[str]

    def __init__(self, key: bytes, base_url: str) -> None:
        self._signer = itsdangerous.Signer(key, salt=self.salt)
        self._base_url = base_url.rstrip("/")

    def url(self, name: str) -> str:
        """Return the link of a row."""
        return f"{self._base_url}/{self.path}/{self._signer.sign(name).decode()}"

    def _named(self, token: str) -> str | None:
        try:
            return self._signer.unsign(token).decode()
        except (itsdangerous.BadSignature, UnicodeError):
            return None


class AcknowledgeLinks(_Links):
    """Links to acknowledge an alert by: one for each delivery."""

    salt = "acknowledge"
    path = "acknowledge"

    def delivery_id(self, token: str) -> str | None:
        """Return the delivery a link is for, or None if it was not made here."""
        return self._named(token)


class InvitationLinks(_Links):
    """Links to set a password by: one for each invitation."""

    salt = "invitation"
    path = "invitation"

    def invitation_id(self, token: str) -> str | None:
        """Return the invitation a link is for, or None if it was not made here."""
        return self._named(token)
