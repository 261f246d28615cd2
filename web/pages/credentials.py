"""One's own password and second factor: changed by whoever has the current ones at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.errors import InvalidHoldError, WeakPasswordError
from web.auth import weak
from web.auth.invitation import NOT_THE_SAME
from web.auth.steps import SECOND_FACTOR
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn, identity_of
from web.parts import Parts
from web.source import source_of
from web.voice import Voice, marked, voice

HERE: Final = "account"
WRONG: Final[Mapping[str, str]] = {
    "current": marked("The current password is wrong. After 5 tries in 15 minutes, it locks."),
    "code": marked("The code is wrong, or was used before. Take the next one."),
}
"""What is said of a field that was refused."""


class PasswordForm(BaseModel):
    """The form's fields; none of them is ever put into a page."""

    current: str = ""
    password: str = ""
    again: str = ""


class SecondFactorForm(BaseModel):
    """The same, for setting the second factor up anew."""

    current: str = ""
    code: str = ""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of both forms."""
    router = APIRouter()
    router.include_router(_password(parts, frame))
    router.include_router(_second_factor(parts, frame))
    return router


class _Page:
    """A form that is shown empty each time, with what is wrong at its fields."""

    def __init__(self, parts: Parts, frame: Frame, template: str, form: type[BaseModel]) -> None:
        self._parts = parts
        self._frame = frame
        self._template = template
        self._nothing = dict.fromkeys(form.model_fields, "")

    def shown(self, asks: Person, problems: Mapping[str, str]) -> Response:
        """Return the form."""
        found = self._parts.users.get(asks.account.id)
        values = {
            "account": asks.account,
            "has_password": found["has_password"],
            "problems": self._nothing | dict(problems),
            "wrong": problems,
        }
        status = 422 if problems else 200
        return self._frame.page(asks, self._template, values, here=HERE, status=status)


def _password(parts: Parts, frame: Frame) -> APIRouter:
    router = APIRouter()
    page = _Page(parts, frame, "account_password.html", PasswordForm)

    @router.get("/account/password", response_class=HTMLResponse)
    def ask(asks: SignedIn) -> Response:
        return page.shown(asks, {})

    @router.post("/account/password", response_class=HTMLResponse)
    def change(request: Request, asks: Sends, form: Annotated[PasswordForm, Form()]) -> Response:
        said, source = voice(reader_from(asks).manner), source_of(request)
        if form.password != form.again:
            return page.shown(asks, {"again": said.say(NOT_THE_SAME)})
        parts.rate_limits.sign_in(source, asks.account.email)
        try:
            entered = parts.own_account.change_password(
                asks.session, form.current, form.password, source=source
            )
        except InvalidHoldError as exc:
            return page.shown(asks, _told(exc, said))
        answer = RedirectResponse("/account?saved=password", 303)
        identity_of(request).cookie.set(answer, entered.token)
        return answer

    return router


def _second_factor(parts: Parts, frame: Frame) -> APIRouter:
    router = APIRouter()
    page = _Page(parts, frame, "account_second_factor.html", SecondFactorForm)

    @router.get("/account/second-factor", response_class=HTMLResponse)
    def ask(asks: SignedIn) -> Response:
        return page.shown(asks, {})

    @router.post("/account/second-factor", response_class=HTMLResponse)
    def renew(request: Request, asks: Sends, form: Annotated[SecondFactorForm, Form()]) -> Response:
        said, source = voice(reader_from(asks).manner), source_of(request)
        parts.rate_limits.sign_in(source, asks.account.email)
        try:
            entered = parts.own_account.renew_second_factor(
                asks.session, form.current, form.code, source=source
            )
        except InvalidHoldError as exc:
            return page.shown(asks, _told(exc, said))
        answer = RedirectResponse(SECOND_FACTOR, 303)
        identity_of(request).cookie.set(answer, entered.token)
        return answer

    return router


def _told(exc: InvalidHoldError, said: Voice) -> dict[str, str]:
    if isinstance(exc, WeakPasswordError):
        return {"password": weak.told(exc, said)}
    return {name: said.say(WRONG[name]) for name in exc.by_field}
