"""What went wrong, in plain words for people and as JSON for machines."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.errors import HoldError, HoldNotFoundError
from web import problem_json
from web.problem_json import (
    MEDIA_TYPE,
    as_json,
    is_for_machines,
    of_status,
    status_of,
    told,
    unread,
    when_to_come_again,
)
from web.reader import ANYBODY, Reader
from web.rendering import Pages, reader_of
from web.voice import marked

logger = logging.getLogger(__name__)

__all__ = [
    "LINK_UNKNOWN",
    "MEDIA_TYPE",
    "Faults",
    "Words",
    "add_handlers",
    "as_json",
    "fault",
    "is_for_machines",
    "page",
    "status_of",
    "told",
    "too_large",
]

Respond = Callable[[Scope, Receive, Send], Awaitable[None]]


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
HOLDS = "/holds"
NOT_AMONG_YOURS = Words(
    marked("There is no such hold among your facilities."),
    (marked("Look at the reference once more, or find it on the board."),),
)
NOT_ON_RECORD = Words(
    marked("There is no such thing on record, or it is not yours to see"),
    (marked("Look at the address once more, or find it on its list."),),
)
LINK_UNKNOWN = Words(
    marked("This link leads nowhere"),
    (
        marked("It was cut short or altered on its way, or it was switched off since."),
        marked("Open it from the message itself, whole. If it does not work then, call the jail."),
    ),
)


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


def too_large(pages: Pages) -> Respond:
    """Return what answers a request that is too large, before anybody reads it."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if is_for_machines(scope):
            answer: Response = of_status(HTTPException(413))
        else:
            answer = page(pages, 413)
        await answer(scope, receive, send)

    return respond


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
            return problem_json.fault(reference)
        return fault(self._pages, reference, reader_of(Request(scope)))


def add_handlers(app: Any, pages: Pages) -> None:
    """Let an app answer its refusals in these words."""

    def on_refusal(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HoldError) and is_for_machines(request.scope):
            return told(exc)
        status = status_of(exc) if isinstance(exc, HoldError) else 500
        answer = page(pages, status, _words(exc, request.url.path), reader=reader_of(request))
        answer.headers.update(when_to_come_again(exc))
        return answer

    def on_status(request: Request, exc: Exception) -> Response:
        if isinstance(exc, HTTPException) and is_for_machines(request.scope):
            return of_status(exc)
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        answer = page(pages, status, reader=reader_of(request))
        if isinstance(exc, HTTPException) and exc.headers:
            answer.headers.update(exc.headers)
        return answer

    def on_unread_form(request: Request, exc: Exception) -> Response:
        if isinstance(exc, RequestValidationError) and is_for_machines(request.scope):
            return told(unread(exc))
        return page(pages, 422, reader=reader_of(request))

    app.add_exception_handler(HoldError, on_refusal)
    app.add_exception_handler(HTTPException, on_status)
    app.add_exception_handler(RequestValidationError, on_unread_form)


def _words(exc: Exception, path: str) -> Words | None:
    if not isinstance(exc, HoldNotFoundError):
        return None
    return NOT_AMONG_YOURS if path.startswith(HOLDS) else NOT_ON_RECORD
