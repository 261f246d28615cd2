"""What was typed when a session ended, carried through sign-in by the browser itself.

It is sealed, and opens only for the account that typed it: a form may hold who is held,
and the next to sign in at a shared desk need not be the same person.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple

from scheduler.errors import StoreError
from scheduler.store.cipher import Cipher

PURPOSE = "kept form"
Fields = tuple[tuple[str, str], ...]


class Kept(NamedTuple):
    """A form that was not sent; its repr does not show what was typed.

    Attributes:
        path: Where it was to go.
        fields: Names and texts, in their order.
    """

    path: str
    fields: Fields

    def __repr__(self) -> str:
        return f"Kept({len(self.fields)} fields)"


class KeptForms:
    """Seals forms and opens them.

    Args:
        data_key: DATA_KEY.
    """

    def __init__(self, data_key: bytes) -> None:
        self._cipher = Cipher(data_key, purpose=PURPOSE)

    def seal(self, account_id: str, path: str, fields: Sequence[tuple[str, str]]) -> str:
        """Return what a hidden field carries."""
        text = json.dumps([path, list(fields)])
        return base64.urlsafe_b64encode(self._cipher.seal(text, context=account_id)).decode()

    def open(self, account_id: str, carried: str) -> Kept | None:
        """Return the form of an account; None if it is another's, or was altered."""
        try:
            token = base64.urlsafe_b64decode(carried)
            path, fields = json.loads(self._cipher.open(token, context=account_id))
        except (ValueError, StoreError):
            return None
        return Kept(str(path), tuple((str(name), str(text)) for name, text in fields))
