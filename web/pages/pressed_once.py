"""A button pressed twice, or a form sent twice, is carried out once.

A form is made with a key of its own; what it wrote is remembered under that key, in the same
transaction (decision 0012), and a second press is led to the same page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from scheduler.domain.actors import Actor
from scheduler.errors import InFlightError
from scheduler.replies import Kept, Replies

LONGEST_KEY: Final = 64


def new_key() -> str:
    """Return a key for a form."""
    return secrets.token_urlsafe(16)


class PressedOnce:
    """Carries out what forms ask for, once for each form.

    Args:
        replies: Remembers what was written.
    """

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def location(self, actor: Actor, key: str, told: str, carry_out: Callable[[], str]) -> str:
        """Return where somebody is led once it is carried out.

        Args:
            actor: Who sends the form.
            key: Of the form; without one it is carried out each time.
            told: All that was typed: the same form sent again with a change is another.
            carry_out: Writes, and returns where to go.

        Raises:
            InFlightError: The first press is still being carried out.
        """
        if not key or len(key) > LONGEST_KEY:
            return carry_out()
        digest = sha256(told.encode()).hexdigest()
        # The digest is in the key: mended after a refusal, a form is a new request.
        begun = self._replies.begin(actor.name, f"form-{key}-{digest[:16]}", digest)
        if isinstance(begun, Kept):
            return begun.headers["location"]
        try:
            with self._replies.riding(begun):
                where = carry_out()
        except InFlightError:
            # The other press was a moment faster: by now it may be answered.
            again = self._replies.begin(actor.name, begun.key.key, digest)
            if isinstance(again, Kept):
                return again.headers["location"]
            raise
        self._replies.keep(begun, Kept(303, {"location": where}, b""))
        return where
