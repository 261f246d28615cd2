"""One's own account: how pages look, and the password. Nobody else changes these here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.errors import InvalidHoldError, WeakPasswordError
from web.auth import weak
from web.auth.invitation import NOT_THE_SAME
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn, identity_of
from web.parts import Parts
from web.source import source_of
from web.voice import Voice, marked, voice

HERE: Final = "account"
SAVED: Final[Mapping[str, str]] = {
    "yes": marked("Saved."),
    "password": marked("Your password was changed. Every other session of yours has ended."),
}
"""What is said of a change that was made, by what the address carries."""
WRONG: Final = marked("The current password is wrong. After 5 tries in 15 minutes, it locks.")


class Preferences(BaseModel):
    """The form's fields; a box that is not ticked is not sent."""

    language: str = ""
    hours: str = "24"
    single_keys: str = ""
    timezone: str = ""


class PasswordForm(BaseModel):
    """The form's fields; none of them is ever put into a page."""

    current: str = ""
    password: str = ""
    again: str = ""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the page, and of its form for the password."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    def show(asks: SignedIn, saved: str = "") -> Response:
        found = parts.users.get(asks.account.id)
        values = {"account": asks.account, "found": found, "saved": SAVED.get(saved, "")}
        return frame.page(asks, "account.html", values, here=HERE)

    @router.post("/account")
    def change(asks: Sends, form: Annotated[Preferences, Form()]) -> Response:
        parts.users.set_preferences(
            asks.actor,
            asks.account.id,
            language=form.language or None,
            twelve_hour=form.hours == "12",
            single_keys=bool(form.single_keys),
            timezone=form.timezone,
        )
        return RedirectResponse("/account?saved=yes", 303)

    router.include_router(_password(parts, frame))
    return router


def _password(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the form by which somebody changes their password."""
    router = APIRouter()

    def form_page(asks: Person, problems: Mapping[str, str], status: int = 200) -> Response:
        values = {
            "account": asks.account,
            "has_password": parts.users.get(asks.account.id)["has_password"],
            "problems": dict.fromkeys(PasswordForm.model_fields, "") | dict(problems),
            "wrong": problems,
        }
        return frame.page(asks, "account_password.html", values, here=HERE, status=status)

    @router.get("/account/password", response_class=HTMLResponse)
    def ask(asks: SignedIn) -> Response:
        return form_page(asks, {})

    @router.post("/account/password", response_class=HTMLResponse)
    def change(request: Request, asks: Sends, form: Annotated[PasswordForm, Form()]) -> Response:
        said, source = voice(reader_from(asks).manner), source_of(request)
        if form.password != form.again:
            return form_page(asks, {"again": said.say(NOT_THE_SAME)}, 422)
        parts.rate_limits.sign_in(source, asks.account.email)
        try:
            entered = parts.own_account.change_password(
                asks.session, form.current, form.password, source=source
            )
        except InvalidHoldError as exc:
            return form_page(asks, _told(exc, said), 422)
        answer = RedirectResponse("/account?saved=password", 303)
        identity_of(request).cookie.set(answer, entered.token)
        return answer

    return router


def _told(exc: InvalidHoldError, said: Voice) -> dict[str, str]:
    if isinstance(exc, WeakPasswordError):
        return {"password": weak.told(exc, said)}
    return {"current": said.say(WRONG)}
