"""Setting a second factor up: a picture to scan, the key to type, one code to confirm."""

from __future__ import annotations

import io
from typing import Annotated, Final

import segno
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from scheduler.accounts.sign_in import SignIn
from scheduler.errors import NotSignedInError
from web.auth.signing_in import CodeForm
from web.auth.steps import SECOND_FACTOR, Carried, Steps
from web.identity import SendsUnknown, identity_of
from web.source import source_of
from web.voice import marked

WRONG: Final = marked("The code is wrong. Type the six digits that your authenticator shows now.")


def routes(sign_in: SignIn, steps: Steps) -> APIRouter:
    """Return the routes.

    Args:
        sign_in: Sets it up.
        steps: Makes the pages.
    """
    router = APIRouter()

    def form_page(request: Request, carried: Carried, token: str, *, problem: str) -> Response:
        enrolling = sign_in.enrolling(token)
        return steps.page(
            request, "second_factor.html", carried,
            status=422 if problem else 200,
            problem=problem, key=_spelled(enrolling.key), account=enrolling.session.account.email,
        )  # fmt: skip

    @router.get(SECOND_FACTOR, response_class=HTMLResponse)
    def show(request: Request, carried: Annotated[Carried, Query()]) -> Response:
        token = identity_of(request).cookie.read(request)
        return form_page(request, carried.without_kept(), token, problem="")

    @router.get(f"{SECOND_FACTOR}/qr.svg")
    def picture(request: Request) -> Response:
        enrolling = sign_in.enrolling(identity_of(request).cookie.read(request))
        drawn = io.BytesIO()
        code = segno.make(enrolling.uri, micro=False)
        code.save(drawn, kind="svg", scale=5, light="white", svgclass=None, lineclass=None)
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    @router.post(SECOND_FACTOR, response_class=HTMLResponse)
    def confirm(request: Request, form: Annotated[CodeForm, Form()], was: SendsUnknown) -> Response:
        try:
            if not form.code.strip():
                return form_page(request, form, was, problem="")
            enrolled = sign_in.enrol(was, form.code, source=source_of(request))
            if enrolled is None:
                return form_page(request, form, was, problem=WRONG)
        except NotSignedInError:
            return steps.begin_again(request, form)
        codes = enrolled.recovery_codes
        return steps.in_by_now(
            request, "recovery_codes.html", form, entered=enrolled.entered, codes=codes
        )

    return router


def _spelled(key: str) -> str:
    """Return a key in groups of four, to be typed."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
