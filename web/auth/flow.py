"""One way to a provider and back, bound to one browser by a cookie.

The cookie holds chance, when it was given, and where to go afterwards. Everything else
(state, nonce, the PKCE verifier) is worked out from it with the installation's key, so
that nothing is kept here, and a changed cookie fits no answer.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

import orjson

from scheduler.clock import Clock
from scheduler.errors import NotSignedInError

GOOD_FOR: Final = timedelta(minutes=10)


class Flow(NamedTuple):
    """What binds one way; its repr shows nothing.

    Attributes:
        cookie: As the browser keeps it.
        next: A path of ours, to go to at the end.
        challenge: Of the verifier, for S256.
    """

    cookie: str
    next: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """Return what tells a provider which verifier will come."""
        return _text(sha256(self.verifier.encode()).digest())

    def __repr__(self) -> str:
        return "Flow()"


class Flows:
    """Makes ways, and knows them again.

    Args:
        key: SECRET_KEY.
        clock: By which they end.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = hmac.digest(key, b"provider sign-in", "sha256")
        self._clock = clock

    def begin(self, wanted: str) -> Flow:
        """Return a new way that ends at a path of ours."""
        began_at = int(self._clock.now().timestamp())
        told = orjson.dumps([began_at, secrets.token_urlsafe(32), wanted])
        return self._flow(_text(told))

    def returned(self, cookie: str, state: str) -> Flow:
        """Return the way that a browser comes back from.

        Raises:
            NotSignedInError: It was not sent from here, or too long ago.
        """
        flow = self._flow(cookie)
        if not cookie or not hmac.compare_digest(flow.state.encode(), state.encode()):
            raise NotSignedInError("state: this browser was not sent to the provider from here")
        began_at = datetime.fromtimestamp(_read(cookie)[0], UTC)
        if not began_at <= self._clock.now() < began_at + GOOD_FOR:
            raise NotSignedInError("state: too much time has passed; begin again")
        return flow

    def _flow(self, cookie: str) -> Flow:
        return Flow(
            cookie,
            _read(cookie)[1],
            *(self._derived(purpose, cookie) for purpose in ("state", "nonce", "verifier")),
        )

    def _derived(self, purpose: str, cookie: str) -> str:
        return _text(hmac.digest(self._key, f"{purpose} {cookie}".encode(), "sha256"))


def _read(cookie: str) -> tuple[int, str]:
    """Return when a way began and where it leads; nothing where the cookie cannot be read."""
    try:
        began_at, _, wanted = orjson.loads(
            base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        )
    except (ValueError, TypeError):
        return 0, "/"
    if not isinstance(began_at, int) or not isinstance(wanted, str):
        return 0, "/"
    return began_at, wanted


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
