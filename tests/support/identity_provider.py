"""A provider of identities on the loopback: it keeps to the protocol, and breaks it when told to."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from scheduler.clock import Clock

CLIENT_ID: Final = "holdclock at oak"
CLIENT_SECRET: Final = "a client: secret"
LIFETIME_S: Final = 300


class IdentityProvider:
    """What it says, and of whom.

    Attributes:
        person: The claims about whoever is in front of the browser.
        overrides: Claims of the next ID tokens that are not as they must be; None leaves one out.
        header: Of the next ID tokens, over what it should be.
        asked: The paths that were asked for, in order.
    """

    def __init__(self, clock: Clock, redirect_uri: str) -> None:
        self.issuer = ""
        self.person: dict[str, Any] = {}
        self.overrides: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.asked: list[str] = []
        self.secret: str | None = CLIENT_SECRET
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._codes: dict[str, dict[str, str]] = {}
        self._signing: RSAKey | ECKey | OctKey = _first_key()
        self._published: list[Any] = [self._signing]

    def rotate(self, *, publish: bool = True) -> None:
        """Sign with a new key from now on, of another kind."""
        self._signing = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"}, auto_kid=False)
        self._published = [self._signing] if publish else self._published

    def share_a_secret(self) -> None:
        """Sign with a key that the client knows as well, and publish it."""
        self._signing = OctKey.generate_key(256, {"kid": "shared"}, auto_kid=False)
        self._published = [self._signing]
        self.header = {"alg": "HS256"}

    def code_for(self, url: str) -> str:
        """Return where the browser is sent back to, as if its owner had signed in."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self._redirect_uri
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{self._redirect_uri}?{urlencode(answer)}"

    # What is asked over HTTP.

    def answer(self, path: str) -> dict[str, Any] | None:
        """Return what is published under a path."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.discovery,
            }
        if path == "/keys":
            is_shared = isinstance(self._signing, OctKey)
            return {"keys": [key.as_dict(private=is_shared) for key in self._published]}
        return None

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return the answer to a code, or None where it is refused."""
        # Once, whatever comes of it.
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or not self._is_client(form, authorization):
            return None
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest())
        if challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        if form["redirect_uri"] != asked["redirect_uri"]:
            return None
        return {"token_type": "Bearer", "access_token": "x", "id_token": self._id_token(asked)}

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        if authorization:
            told = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            client_id, _, secret = told.partition(":")
            return (unquote(client_id), unquote(secret)) == (CLIENT_ID, self.secret)
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, self.secret)

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + LIFETIME_S,
            "nonce": asked["nonce"],
            **self.person,
            **self.overrides,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        alg = "ES256" if isinstance(self._signing, ECKey) else "RS256"
        header = {"alg": alg, "kid": self._signing.kid, **self.header}
        if header["alg"] == "none":
            return ".".join([*map(_encoded, (header, claims)), ""])
        return jwt.encode(header, claims, self._signing, algorithms=[header["alg"]])


@cache
def _first_key() -> RSAKey:
    """Make the key once a run: it takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, auto_kid=False)


@contextmanager
def running(clock: Clock, redirect_uri: str) -> Iterator[IdentityProvider]:
    """Lend a provider that answers on a loopback port."""
    provider = IdentityProvider(clock, redirect_uri)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(provider.answer(self._noted()))

        def do_POST(self) -> None:
            self._noted()
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(provider.token(form, self.headers.get("authorization", "")))

        def _noted(self) -> str:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            return path

        def _send(self, told: dict[str, Any] | None) -> None:
            body = json.dumps({"error": "invalid_grant"} if told is None else told).encode()
            self.send_response(400 if told is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's)
            """Say nothing."""

    return Handler


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
