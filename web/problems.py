"""What went wrong, in plain words and with its status: the one table from type to status."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from math import ceil
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.errors import (
    ConflictError,
    HoldError,
    HoldNotFoundError,
    HoldStateError,
    InvalidHoldError,
    NotAllowedError,
    NotSignedInError,
    PolicyError,
    StaleVersionError,
    TooManyRequestsError,
)
from web.reader import ANYBODY, Reader
from web.rendering import Pages, reader_of
from web.voice import marked

logger = logging.getLogger(__name__)


class Type(NamedTuple):
    """A type of problem: its status, its name in the URI, and its title."""

    status: int
    name: str
    title: str


TYPES: dict[type[HoldError], Type] = {
    InvalidHoldError: Type(422, "invalid", "A value cannot be taken"),
    NotSignedInError: Type(401, "not-signed-in", "Nobody knows who asks"),
    NotAllowedError: Type(403, "not-allowed", "Not for this role"),
    HoldNotFoundError: Type(404, "not-found", "There is no such thing on record"),
    HoldStateError: Type(409, "wrong-state", "Not in the state it is in"),
    ConflictError: Type(409, "conflict", "Something else is on record"),
    StaleVersionError: Type(412, "stale-version", "Somebody else wrote since it was read"),
    TooManyRequestsError: Type(429, "too-many-requests", "Asked too often"),
    PolicyError: Type(500, "rules-cannot-answer", "The rules cannot answer"),
}
"""By type of error; a subclass without an own row has that of its base."""
FOR_MACHINES = ("/api/", "/openapi.json")
"""Paths below which a problem is told as JSON (RFC 9457)."""

MEDIA_TYPE = "application/problem+json"
_SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Words(NamedTuple):
    """What a problem page says."""

    title: str
    sentences: tuple[str, ...]


WORDS = {
    403: Words(
        marked("Not accepted"),
        (marked("This answer came from another site's page. Nothing was recorded."),
         marked("Open the link from the message itself.")),
    ),
    404: Words(
        marked("There is no such page"),
        (marked("Look at the address in the message once more: it may have been cut short."),),
    ),
    405: Words(marked("This page cannot be used like that"), (marked("Open it from the message."),)),
    413: Words(
        marked("That was too much"),
        (marked("At most 64 KiB are taken. Nothing was recorded."),),
    ),
    422: Words(
        marked("This form could not be read"),
        (marked("Nothing was recorded. Open the link from the message again."),),
    ),
    429: Words(
        marked("Asked too often"),
        (marked("Wait a few minutes, then try again. Nothing was recorded."),),
    ),
}  # fmt: skip
FAULT = Words(marked("This page could not be made"), (marked("If it is urgent, call the jail."),))
NOT_AMONG_YOURS = Words(
    marked("There is no such hold among your facilities."),
    (marked("Look at the reference once more, or find it on the board."),),
)
LINK_UNKNOWN = Words(
    marked("This link leads nowhere"),
    (
        marked("It was cut short or altered on its way, or it was switched off since."),
        marked("Open it from the message itself, whole. If it does not work then, call the jail."),
    ),
)


def type_of(error: HoldError) -> Type:
    """Return the type of an error of ours."""
    for kind in type(error).__mro__:
        if kind in TYPES:
            return TYPES[kind]
    return Type(400, "refused", "It was refused")


def status_of(error: HoldError) -> int:
    """Return the status of an error of ours."""
    return type_of(error).status


def told(error: HoldError) -> JSONResponse:
    """Return an error of ours for machines."""
    type_ = type_of(error)
    more: dict[str, Any] = {"type": f"urn:holdclock:problem:{type_.name}", "detail": str(error)}
    if isinstance(error, InvalidHoldError) and error.by_field:
        more["fields"] = error.by_field
    if isinstance(error, ConflictError) and error.hold_id is not None:
        more["hold"] = f"/api/v1/holds/{error.hold_id}"
    answer = as_json(type_.status, type_.title, **more)
    if isinstance(error, NotSignedInError):
        answer.headers["WWW-Authenticate"] = "Bearer"
    answer.headers.update(_when_to_come_again(error))
    return answer


def _when_to_come_again(error: Exception) -> dict[str, str]:
    if not isinstance(error, TooManyRequestsError):
        return {}
    return {"Retry-After": str(max(1, ceil(error.retry_after.total_seconds())))}


def page(
    pages: Pages, status: int, words: Words | None = None, *, reader: Reader = ANYBODY
) -> Response:
    """Return a page that says what is wrong, and nothing about the inside."""
    said = words or WORDS.get(status) or Words(marked("This cannot be answered"), ())
    return pages.page("problem.html", {"reference": "", **said._asdict()}, status, reader=reader)


def fault(pages: Pages, reference: str, reader: Reader = ANYBODY) -> Response:
    """Return the page of a fault that is ours."""
    return pages.page(
        "problem.html", {"reference": reference, **FAULT._asdict()}, 500, reader=reader
    )


def as_json(
    status: int, title: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return a problem for machines (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, **more}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def is_for_machines(scope: Scope) -> bool:
    """Say whether whoever asks reads JSON rather than pages."""
    return str(scope.get("path", "")).startswith(FOR_MACHINES)


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
            await self._answer(scope, reference)(scope, receive, send)

    def _answer(self, scope: Scope, reference: str) -> Response:
        if is_for_machines(scope):
            detail = f"Nothing was recorded. Try again; reference {reference}."
            return as_json(500, "This could not be answered", detail=detail)
        return fault(self._pages, reference, reader_of(Request(scope)))


def add_handlers(app: Any, pages: Pages) -> None:
    """Let an app answer its refusals in these words."""

    def on_refusal(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HoldError) and is_for_machines(request.scope):
            return told(exc)
        status = status_of(exc) if isinstance(exc, HoldError) else 500
        answer = page(pages, status, _words(exc), reader=reader_of(request))
        answer.headers.update(_when_to_come_again(exc))
        return answer

    def on_status(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HTTPException) and is_for_machines(request.scope):
            return as_json(exc.status_code, exc.detail, exc.headers)
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        answer = page(pages, status, reader=reader_of(request))
        if isinstance(exc, HTTPException) and exc.headers:
            answer.headers.update(exc.headers)
        return answer

    def on_unread_form(request: Request, exc: Exception) -> Response:
        if isinstance(exc, RequestValidationError) and is_for_machines(request.scope):
            return told(_unread(exc))
        return page(pages, 422, reader=reader_of(request))

    app.add_exception_handler(HoldError, on_refusal)
    app.add_exception_handler(HTTPException, on_status)
    app.add_exception_handler(RequestValidationError, on_unread_form)


def _words(exc: Exception) -> Words | None:
    if isinstance(exc, HoldNotFoundError):
        return NOT_AMONG_YOURS
    return None


def _unread(exc: RequestValidationError) -> InvalidHoldError:
    """Say of each field what is wrong with it; what was sent may be anybody's data, so not that."""
    by_field = {
        ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]): str(each["msg"])
        for each in exc.errors()
    }
    told_of = "; ".join(f"{field}: {message}" for field, message in by_field.items())
    return InvalidHoldError(told_of, by_field=by_field)
