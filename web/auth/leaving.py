"""Signing out, and staying."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from scheduler.accounts.sign_in import SignIn
from web.auth.paths import SIGN_IN, next_path
from web.auth.steps import Carried
from web.identity import Sends, SendsUnknown, identity_of
from web.source import source_of


def routes(sign_in: SignIn) -> APIRouter:
    """Return the routes.

    Args:
        sign_in: Lets people out.
    """
    router = APIRouter()

    @router.post("/sign-out")
    def leave(request: Request, was: SendsUnknown) -> Response:
        # Whoever's session has ended meanwhile leaves just as well.
        sign_in.sign_out(was, source=source_of(request))
        answer = RedirectResponse(SIGN_IN, 303)
        identity_of(request).cookie.clear(answer)
        return answer

    @router.post("/stay-signed-in")
    def stay(form: Annotated[Carried, Form()], _: Sends) -> Response:
        # That it was asked for is all: the session has half an hour again.
        return RedirectResponse(next_path(form.next), 303)

    return router
