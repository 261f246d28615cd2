"""What went wrong, in plain words and with its status: the one table from type to status."""

from __future__ import annotations

import logging
import secrets
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.errors import (
    HoldError,
    HoldNotFoundError,
    HoldStateError,
    InvalidHoldError,
    NotAllowedError,
    PolicyError,
)
from web.pages import Pages

logger = logging.getLogger(__name__)

STATUSES: dict[type[HoldError], int] = {
    InvalidHoldError: 422,
    HoldNotFoundError: 404,
    NotAllowedError: 403,
    HoldStateError: 409,
    PolicyError: 500,
}
"""By type; a subclass has the status of its base."""

MEDIA_TYPE = "application/problem+json"
_SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Words(NamedTuple):
    """What a problem page says."""

    title: str
    sentences: tuple[str, ...]


WORDS = {
    403: Words(
        "Not accepted",
        ("This answer came from another site's page. Nothing was recorded.",
         "Open the link from the message itself."),
    ),
    404: Words(
        "There is no such page",
        ("Look at the address in the message once more: it may have been cut short.",),
    ),
    405: Words("This page cannot be used like that", ("Open it from the message.",)),
    413: Words(
        "That was too much",
        ("At most 64 KiB are taken. Nothing was recorded.",),
    ),
    422: Words(
        "This form could not be read",
        ("Nothing was recorded. Open the link from the message again.",),
    ),
}  # fmt: skip
LINK_UNKNOWN = Words(
    "This link leads nowhere",
    (
        "It was cut short or altered on its way, or it was switched off since.",
        "Open it from the message itself, whole. If it does not work then, call the jail.",
    ),
)


def status_of(error: HoldError) -> int:
    """Return the status of an error of ours."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return 400


def page(pages: Pages, status: int, words: Words | None = None) -> Response:
    """Return a page that says what is wrong, and nothing about the inside."""
    said = words or WORDS.get(status) or Words("This cannot be answered", ())
    return pages.page("problem.html", said._asdict(), status)


def fault(pages: Pages, reference: str) -> Response:
    """Return the page of a fault that is ours."""
    said = Words(
        "This page could not be made",
        (
            f"Nothing was recorded. Try again; reference {reference}.",
            "If it is urgent, call the jail.",
        ),
    )
    return page(pages, 500, said)


def as_json(status: int, title: str, **more: Any) -> JSONResponse:
    """Return a problem for machines (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, **more}
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


class Faults:
    """Turns what nobody expected into a page with a reference, and a record in the log.

    Args:
        app: What may fail.
        pages: Makes the page.
    """

    def __init__(self, app: ASGIApp, *, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception:
            reference = "".join(secrets.choice(_SPEAKABLE) for _ in range(6))
            # Never the path: it may hold a token.
            logger.exception(
                "A page could not be made",
                extra={"action": "page_failed", "reference": reference},
            )
            if has_begun:
                raise
            await fault(self._pages, reference)(scope, receive, send)


def add_handlers(app: Any, pages: Pages) -> None:
    """Let an app answer its refusals in these words."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    def on_refusal(_: Request, exc: Exception) -> Response:
        return page(pages, status_of(exc) if isinstance(exc, HoldError) else 500)

    def on_status(_: Request, exc: Exception) -> Response:
        answer = page(pages, exc.status_code if isinstance(exc, HTTPException) else 500)
        if isinstance(exc, HTTPException) and exc.headers:
            answer.headers.update(exc.headers)
        return answer

    def on_unread_form(_: Request, __: Exception) -> Response:
        return page(pages, 422)

    app.add_exception_handler(HoldError, on_refusal)
    app.add_exception_handler(HTTPException, on_status)
    app.add_exception_handler(RequestValidationError, on_unread_form)
