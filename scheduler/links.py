"""One-time links to acknowledge an alert: one for each delivery, signed, holding nothing."""

from __future__ import annotations

import itsdangerous

SALT = "acknowledge"


class AcknowledgeLinks:
    """Makes and reads the links of one installation.

    Args:
        key: SECRET_KEY; whoever has it can make links.
        base_url: Where the pages are.
    """

    def __init__(self, key: bytes, base_url: str) -> None:
        self._signer = itsdangerous.Signer(key, salt=SALT)
        self._base_url = base_url.rstrip("/")

    def url(self, delivery_id: str) -> str:
        """Return the link of a delivery."""
        return f"{self._base_url}/acknowledge/{self._signer.sign(delivery_id).decode()}"

    def delivery_id(self, token: str) -> str | None:
        """Return the delivery a link is for, or None if it was not made here."""
        try:
            return self._signer.unsign(token).decode()
        except (itsdangerous.BadSignature, UnicodeError):
            return None
