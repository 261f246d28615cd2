"""The way to the sign-in page, and from there to where somebody wanted to go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from scheduler.accounts.refusals import Refusals
from scheduler.errors import HoldError, NotAllowedError, NotSignedInError
from web import problems
from web.auth.paths import sign_in_url
from web.auth.resume import Resume
from web.auth.steps import Carried, Steps
from web.guards import ForeignFormError
from web.identity import FOR_MACHINES, SAFE
from web.rendering import Pages, reader_of
from web.source import source_of
from web.voice import marked

ENDED: Final = marked("Your session has ended. Sign in again: what you typed is kept.")
NOT_YOURS: Final = problems.Words(marked("Not for your role"), (marked("Nothing was recorded."),))


def add_handlers(
    app: FastAPI, pages: Pages, *, refusals: Refusals, resume: Resume, steps: Steps
) -> None:
    """Lead whoever is not signed in to the sign-in page, and put refusals on the log.

    Args:
        app: With the handlers of `problems` already.
        pages: Fills templates.
        refusals: Puts them on the log.
        resume: Keeps what was typed.
        steps: Makes the sign-in page.
    """
    otherwise = cast("Callable[[Request, Exception], Response]", app.exception_handlers[HoldError])

    async def on_nobody(request: Request, exc: Exception) -> Response:
        if request.url.path.startswith(FOR_MACHINES):
            return problems.told(cast("NotSignedInError", exc))
        if request.method in SAFE:
            return RedirectResponse(sign_in_url(_asked_for(request)), 303)
        return steps.at_sign_in(request, Carried(kept=await resume.keep(request)), ENDED)

    def on_refusal(request: Request, exc: Exception) -> Response:
        actor = getattr(request.state, "actor", None)
        if actor is not None:
            refusals.tell(actor, _what(request), source=source_of(request))
        if isinstance(exc, ForeignFormError) or problems.is_for_machines(request.scope):
            return otherwise(request, exc)
        return problems.page(pages, 403, NOT_YOURS, reader=reader_of(request))

    app.add_exception_handler(NotSignedInError, on_nobody)
    app.add_exception_handler(NotAllowedError, on_refusal)


def _asked_for(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _what(request: Request) -> str:
    """Name the route that was asked for, not its path: there may be anything in that."""
    own = str(getattr(request.scope.get("route"), "path", "")).strip("/").split("/")
    asked = request.url.path.strip("/").split("/")
    # The route knows its own part; before that stand the prefixes of routers, without values.
    prefix = asked[: len(asked) - len(own)]
    return f"{request.method} /{'/'.join(prefix + own)}"
