"""The protocol with a provider of identities: where to send a browser, and whom it brings back.

The code flow with PKCE. The provider's word is taken only as an ID token that it signed
for this installation, for this browser, moments ago; its other answers are only the way
there. Every request goes out through `fetch`, which is guarded as webhooks are.

Source:
    OpenID Connect Core 1.0 sections 3.1.2 and 3.1.3, Discovery 1.0 section 4.3; RFC 7636
    (PKCE), RFC 9207 (`iss` in the answer), RFC 9700 section 2.1 (what to check).
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from config.values import is_loopback
from scheduler.clock import Clock
from scheduler.errors import DeliveryError, NotSignedInError
from web.auth.flow import Flow

Fetch = Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]
"""Given method, URL, headers and body, returns status and body; raises DeliveryError."""

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
    "EdDSA",
)  # fmt: skip
"""Signatures by a key that only the provider has: never `none`, never a shared secret."""
SCOPE: Final = "openid profile email"
FRESH_FOR: Final = timedelta(hours=1)
"""How long what the provider publishes is taken as known."""
LEEWAY_S: Final = 60
"""How far its clock and ours may be apart."""
OLDEST: Final = timedelta(minutes=10)
"""An ID token is made for the code that was just sent in."""
_JSON: Final = {"accept": "application/json"}
_FORM: Final = {**_JSON, "content-type": "application/x-www-form-urlencoded"}
_GONE_WRONG = (JoseError, ValueError, TypeError, KeyError)


class Registration(NamedTuple):
    """This installation, as the provider knows it; its repr does not show the secret.

    Attributes:
        redirect_uri: Where it sends browsers back to.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str

    def __repr__(self) -> str:
        return f"Registration({self.issuer!r}, {self.client_id!r})"


class _Published(NamedTuple):
    """What a provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    takes_basic: bool
    read_at: datetime


class _Keys(NamedTuple):
    keys: KeySet
    read_at: datetime


class Provider:
    """One provider.

    Args:
        registration: How it knows us.
        fetch: The way out.
        clock: By which tokens end.
    """

    def __init__(self, registration: Registration, fetch: Fetch, clock: Clock) -> None:
        self._us = registration
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._published: _Published | None = None
        self._keys: _Keys | None = None

    @property
    def issuer(self) -> str:
        """Return what it calls itself."""
        return self._us.issuer

    def sign_in_url(self, flow: Flow) -> str:
        """Return where to send a browser.

        Raises:
            NotSignedInError: The provider cannot be asked.
        """
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._us.client_id,
                "redirect_uri": self._us.redirect_uri,
                "scope": SCOPE,
                "state": flow.state,
                "nonce": flow.nonce,
                "code_challenge": flow.challenge,
                "code_challenge_method": "S256",
            }
        )
        endpoint = self._about().authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"

    def claims(self, code: str, flow: Flow) -> Mapping[str, Any]:
        """Return what the provider says of whoever came back with a code.

        Raises:
            NotSignedInError: The code is not good, or the token is not what it must be.
        """
        token = self._id_token(code, flow)
        try:
            return self._checked(token, flow)
        except _GONE_WRONG as exc:
            # By its kind alone: the text of some errors quotes the token.
            raise NotSignedInError(f"ID token: it is refused, {type(exc).__name__}") from exc

    def _id_token(self, code: str, flow: Flow) -> str:
        about = self._about()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._us.redirect_uri,
            "code_verifier": flow.verifier,
        }
        headers = dict(_FORM)
        if self._us.client_secret is not None and about.takes_basic:
            headers["authorization"] = _basic(self._us.client_id, self._us.client_secret)
        else:
            form["client_id"] = self._us.client_id
            if self._us.client_secret is not None:
                form["client_secret"] = self._us.client_secret
        answer = self._ask("POST", about.token_endpoint, headers, urlencode(form).encode())
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotSignedInError("token endpoint: its answer has no ID token")
        return token

    def _checked(self, token: str, flow: Flow) -> Mapping[str, Any]:
        claims = self._signed(token)
        now = int(self._clock.now().timestamp())
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._us.issuer},
            aud={"essential": True, "value": self._us.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": flow.nonce},
        )
        registry.validate(claims)
        _require_our_party(claims, self._us.client_id)
        if claims["iat"] < now - OLDEST.total_seconds():
            raise ValueError("iat: too long ago")
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        """Return the claims of a token whose signature is the provider's."""
        try:
            return jwt.decode(token, self._keys_on_record(), ALGORITHMS).claims
        except _GONE_WRONG:
            # It may have new keys since.
            return jwt.decode(token, self._new_keys(), ALGORITHMS).claims

    def _keys_on_record(self) -> KeySet:
        with self._lock:
            known = self._keys
        if known is not None and self._is_fresh(known.read_at):
            return known.keys
        return self._new_keys()

    def _new_keys(self) -> KeySet:
        told = self._ask("GET", self._about().jwks_uri, _JSON)
        listed = told.get("keys")
        # A shared secret is no key of theirs alone, whatever it is published as.
        usable = [
            each
            for each in (listed if isinstance(listed, list) else [])
            if isinstance(each, dict)
            and each.get("kty") in {"RSA", "EC", "OKP"}
            and each.get("use", "sig") == "sig"
        ]
        try:
            keys = KeySet.import_key_set({"keys": usable})
        except _GONE_WRONG as exc:
            raise NotSignedInError(
                f"jwks_uri: its keys cannot be read, {type(exc).__name__}"
            ) from exc
        with self._lock:
            self._keys = _Keys(keys, self._clock.now())
        return keys

    def _about(self) -> _Published:
        with self._lock:
            known = self._published
        if known is not None and self._is_fresh(known.read_at):
            return known
        issuer = self._us.issuer
        told = self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", _JSON)
        if told.get("issuer") != issuer:
            raise NotSignedInError("discovery: it names another issuer than HOLDCLOCK_OIDC_ISSUER")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        found = _Published(
            _endpoint(told, "authorization_endpoint"),
            _endpoint(told, "token_endpoint"),
            _endpoint(told, "jwks_uri"),
            takes_basic=isinstance(methods, list) and "client_secret_basic" in methods,
            read_at=self._clock.now(),
        )
        with self._lock:
            self._published = found
        return found

    def _is_fresh(self, read_at: datetime) -> bool:
        return read_at <= self._clock.now() < read_at + FRESH_FOR

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> dict[str, Any]:
        where = urlsplit(url).path
        try:
            status, answer = self._fetch(method, url, headers, body)
        except DeliveryError as exc:
            raise NotSignedInError(f"provider: {where} does not answer; {exc}") from exc
        if status != 200:
            # Its body may quote the code, and says nothing that decides.
            raise NotSignedInError(f"provider: {where} answered {status}")
        try:
            told = orjson.loads(answer)
        except ValueError as exc:
            raise NotSignedInError(f"provider: {where} did not answer in JSON") from exc
        if not isinstance(told, dict):
            raise NotSignedInError(f"provider: {where} answered something else than an object")
        return told


def _require_our_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse a token that was made for others too, unless it was handed to us.

    Source: OpenID Connect Core 1.0 section 3.1.3.7, points 4 and 5.
    """
    audience, party = claims["aud"], claims.get("azp")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (is_shared or party is not None) and party != client_id:
        raise ValueError("azp: another party")


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    url = told.get(name)
    parts = urlsplit(url) if isinstance(url, str) else None
    is_good = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )
    if not is_good or not isinstance(url, str):
        raise NotSignedInError(f"discovery: {name} is no address over https")
    return url


def _basic(client_id: str, secret: str) -> str:
    """Return the header of RFC 6749 section 2.3.1: each part is encoded as a form first."""
    told = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(told.encode()).decode()}"
