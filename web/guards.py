"""What stands before every page: headers, the size of a request, where it came from."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.errors import NotAllowedError

CSRF = "csrf"
"""The field in which every form of ours carries its session's token."""
BODY_LIMIT = 64 * 1024
TOO_LARGE = 413

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # The address of a page may be a capability: it goes nowhere with a link.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}

Respond = Callable[[Scope, Receive, Send], Awaitable[None]]


class SecurityHeaders:
    """Puts the headers on every answer, refusals and faults included.

    Args:
        app: Whose answers they are.
        is_https: The pages are reached over https: browsers may insist on it.
        policies: By path, a Content-Security-Policy of its own.
    """

    def __init__(
        self, app: ASGIApp, *, is_https: bool, policies: Mapping[str, str] | None = None
    ) -> None:
        self._app = app
        headers = HEADERS | (HTTPS_ONLY if is_https else {})
        self._headers = _raw(headers)
        self._names = {name for name, _ in self._headers}
        self._by_path = {
            path: _raw({**headers, "Content-Security-Policy": policy})
            for path, policy in (policies or {}).items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [each for each in message["headers"] if each[0] not in self._names]
                message["headers"] = own + self._by_path.get(scope.get("path", ""), self._headers)
            await send(message)

        await self._app(scope, receive, send_guarded)


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI has them, made once: setting each on every answer takes longer."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class BodyLimit:
    """Refuses a request that is too large, by what it says and by what it sends.

    Args:
        app: What reads the request.
        refuse: Answers instead.
    """

    def __init__(self, app: ASGIApp, *, refuse: Respond) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced(Headers(scope=scope).getlist("content-length")) > BODY_LIMIT:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_LIMIT:
                raise HTTPException(TOO_LARGE)
            return message

        await self._app(scope, receive_limited, send)


def _announced(lengths: Iterable[str]) -> int:
    """Return the length that a request claims; one that cannot be read is left to be counted."""
    return max((int(length) for length in lengths if length.isdecimal()), default=0)


class ForeignFormError(NotAllowedError):
    """A form was not made by a page of ours, or not for this session."""


def require_own_form(request: Request, base_url: str) -> None:
    """Refuse a form that another site's page sent.

    Raises:
        ForeignFormError: It came from elsewhere.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_own = site in {"same-origin", "none"}
    else:
        is_own = _is_own_origin(request, base_url)
    if not is_own:
        raise ForeignFormError("form: it was sent by a page of another site")


def require_token(sent: object, expected: str) -> None:
    """Refuse a form without the token of the session that it was made for.

    Raises:
        ForeignFormError: It has none, or another.
    """
    is_ours = (
        isinstance(sent, str)
        and expected != ""
        and hmac.compare_digest(sent.encode(), expected.encode())
    )
    if not is_ours:
        raise ForeignFormError("form: it was not made for this session; open the page again")


def _is_own_origin(request: Request, base_url: str) -> bool:
    origin = request.headers.get("origin")
    # "null" is what a browser says of our own page too, since we let no referrer out.
    # An old browser that tells no more must not be kept from answering an alert.
    if origin is None or origin == "null":
        return True
    return urlsplit(origin).netloc in {urlsplit(base_url).netloc, request.headers.get("host")}
