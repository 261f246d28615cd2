"""A button pressed twice, or a form sent twice, is carried out once.

A form is made with a key of its own; what it wrote is remembered under that key, in the same
transaction (decision 0012), and a second press gets the first answer again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from scheduler.domain.actors import Actor
from scheduler.errors import ConflictError, InFlightError
from scheduler.replies import Kept, Replies

LONGEST_KEY: Final = 64
IN_FLIGHT: Final = (
    "This form was sent a moment ago and is being carried out. Send it once more to see what "
    "came of it: nothing is done twice."
)
LOST: Final = "This form was carried out before: look at what is on record now."


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
            ConflictError: It was carried out, and its answer was lost.
            InFlightError: The first press is still being carried out.
        """
        if not key or len(key) > LONGEST_KEY:
            return carry_out()
        digest = sha256(told.encode()).hexdigest()
        # The digest is in the key: mended after a refusal, a form is a new request.
        under = f"form-{key}-{digest[:16]}"
        kept = self.answer(actor, under, digest, lambda: Kept(303, {"location": carry_out()}, b""))
        return kept.headers["location"]

    def answer(self, actor: Actor, key: str, digest: str, carry_out: Callable[[], Kept]) -> Kept:
        """Return what a form is answered, or was when it was first sent.

        Args:
            actor: Who sends it.
            key: Of the form.
            digest: Of all that it says.
            carry_out: Writes, and returns the answer, a secret on it included: it is sealed.

        Raises:
            ConflictError: It was carried out, and its answer was lost.
            InFlightError: The first press is still being carried out.
            InvalidHoldError: The key came with something else before.
        """
        try:
            return self._answer(actor, key, digest, carry_out)
        except InFlightError:
            # The other press was a moment faster: by now it may be answered.
            pass
        try:
            return self._answer(actor, key, digest, carry_out)
        except InFlightError as exc:
            raise InFlightError(IN_FLIGHT) from exc

    def _answer(self, actor: Actor, key: str, digest: str, carry_out: Callable[[], Kept]) -> Kept:
        begun = self._replies.begin(actor.name, key, digest)
        if isinstance(begun, Kept):
            return begun
        if begun.is_done:
            raise ConflictError(LOST)
        with self._replies.riding(begun):
            kept = carry_out()
        self._replies.keep(begun, kept)
        return kept
