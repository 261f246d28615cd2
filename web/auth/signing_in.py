"""Signing in: plain forms, no script, the same words for every failure."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.accounts.sessions import Stage
from scheduler.accounts.sign_in import SignIn
from scheduler.errors import NotSignedInError
from web.auth.paths import SIGN_IN, next_path
from web.auth.steps import CODE, REFUSED_STATUS, Carried, Steps
from web.identity import SendsUnknown, identity_of
from web.rate_limits import RateLimits
from web.source import source_of
from web.voice import marked

WRONG: Final = marked(
    "The e-mail, password or code is wrong. After 5 tries in 15 minutes, password sign-in locks."
)


class SignInForm(Carried):
    """The first form."""

    email: str = ""
    password: str = ""
    code: str = ""


class CodeForm(Carried):
    """A form with a code alone."""

    code: str = ""


def routes(sign_in: SignIn, steps: Steps, limits: RateLimits) -> APIRouter:
    """Return the routes of sign-in.

    Args:
        sign_in: Lets people in.
        steps: Makes the pages.
        limits: How often anybody may try.
    """
    router = APIRouter()

    @router.get(SIGN_IN, response_class=HTMLResponse)
    def show(request: Request, carried: Annotated[Carried, Query()]) -> Response:
        if _is_in(request):
            return RedirectResponse(next_path(carried.next), 303)
        return steps.page(request, "sign_in.html", carried.without_kept(), problem="", email="")

    @router.post(SIGN_IN, response_class=HTMLResponse)
    def enter(request: Request, form: Annotated[SignInForm, Form()], was: SendsUnknown) -> Response:
        source = source_of(request)
        limits.sign_in(source, form.email)
        try:
            entered = sign_in.with_password(form.email, form.password, form.code, source=source)
        except NotSignedInError:
            return steps.page(
                request, "sign_in.html", form,
                status=REFUSED_STATUS, problem=WRONG, email=form.email[:254],
            )  # fmt: skip
        # The browser gets another token now; what the old one was good for ends.
        sign_in.sign_out(was, source=source)
        return steps.go_on(request, entered, form)

    @router.get(CODE, response_class=HTMLResponse)
    def ask(request: Request, carried: Annotated[Carried, Query()]) -> Response:
        return steps.page(request, "sign_in_code.html", carried.without_kept(), problem="")

    @router.post(CODE, response_class=HTMLResponse)
    def take(request: Request, form: Annotated[CodeForm, Form()], was: SendsUnknown) -> Response:
        if not sign_in.is_at(was, Stage.CODE):
            return steps.begin_again(request, form)
        try:
            entered = sign_in.with_code(was, form.code, source=source_of(request))
        except NotSignedInError:
            return steps.page(
                request, "sign_in_code.html", form, status=REFUSED_STATUS, problem=WRONG
            )
        return steps.go_on(request, entered, form)

    return router


def _is_in(request: Request) -> bool:
    try:
        identity_of(request).person(request)
    except NotSignedInError:
        return False
    return True
