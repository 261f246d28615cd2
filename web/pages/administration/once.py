"""A form that is sent twice is carried out once: by the key that was made with the form.

The same promise as the interface gives by `Idempotency-Key` (decision 0012), kept by
the same rows: a double click gets the first answer again, a secret on it included.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import orjson
from fastapi import Response

from scheduler.domain.actors import Actor
from scheduler.errors import ConflictError, InFlightError, InvalidHoldError
from scheduler.replies import Kept, Replies
from web.api.writing import KEPT_HEADERS

FIELD: Final = "once"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_key() -> str:
    """Return a key for a form."""
    return secrets.token_urlsafe(18)


class Once:
    """Carries forms out once.

    Args:
        replies: What was answered.
        actor: Who sends.
        path: Where to.
        typed: All fields of the form, its key among them.
    """

    def __init__(self, replies: Replies, actor: Actor, path: str, typed: Mapping[str, str]) -> None:
        self._replies = replies
        self._actor = actor
        # Without one it is as any form: what it does twice is done twice.
        self._key = typed.get(FIELD, "") if _KEY.fullmatch(typed.get(FIELD, "")) else new_key()
        told = orjson.dumps([path, sorted(typed.items())])
        self._digest = sha256(told).hexdigest()

    def answer(self, act: Callable[[], Response]) -> Response:
        """Return what `act` answers, or what it answered when this form was first sent.

        Raises:
            ConflictError: The form was sent before, with something else in it, or its
                answer was lost.
            InFlightError: It is being carried out by another click.
        """
        try:
            return self._answer(act)
        except InFlightError:
            # Another click was a moment faster: by now it may be answered.
            pass
        try:
            return self._answer(act)
        except InFlightError as exc:
            raise InFlightError(
                "This form was sent a moment ago and is being carried out. Send it once more to "
                "see what came of it: nothing is done twice."
            ) from exc

    def _answer(self, act: Callable[[], Response]) -> Response:
        try:
            begun = self._replies.begin(self._actor.name, self._key, self._digest)
        except InvalidHoldError as exc:
            raise ConflictError(
                "This form was sent before, and what it said then is on record. What you changed "
                "since is below: sent now, it comes on top of that."
            ) from exc
        if isinstance(begun, Kept):
            return Response(begun.body, begun.status, dict(begun.headers))
        if begun.is_done:
            raise ConflictError("This form was carried out before: look at what is on record now.")
        with self._replies.riding(begun):
            response = act()
        if response.status_code < 400:
            headers = {
                name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
            }
            kept = Kept(response.status_code, headers, bytes(response.body))
            self._replies.keep(begun, kept)
        return response
