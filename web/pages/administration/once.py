"""A form of administration is carried out once; changed after that, it asks first.

What it adds has no name of its own by which a second could be told from the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

import orjson
from fastapi import Response

from scheduler.domain.actors import Actor
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.replies import Kept
from web.api.writing import KEPT_HEADERS, KEY_HEADER
from web.pages.pressed_once import PressedOnce, new_key

FIELD: Final = "once"
CHANGED: Final = (
    "This form was sent before, and what it said then is on record. What you changed since is "
    "below: sent now, it comes on top of that."
)
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Once:
    """Carries forms out once.

    Args:
        pressed: Remembers them.
        actor: Who sends.
        path: Where to.
        typed: All fields of the form, its key among them.
    """

    def __init__(
        self, pressed: PressedOnce, actor: Actor, path: str, typed: Mapping[str, str]
    ) -> None:
        self._pressed = pressed
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
            InFlightError: It is being carried out by another press.
        """

        def carry_out() -> Kept:
            made = act()
            headers = {name: made.headers[name] for name in KEPT_HEADERS if name in made.headers}
            return Kept(made.status_code, headers, bytes(made.body))

        try:
            kept = self._pressed.answer(self._actor, self._key, self._digest, carry_out)
        except InvalidHoldError as exc:
            if exc.field != KEY_HEADER:
                raise
            raise ConflictError(CHANGED) from exc
        return Response(kept.body, kept.status, dict(kept.headers))
