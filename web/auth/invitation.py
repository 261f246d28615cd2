"""The page behind an invitation: GET shows it and uses nothing up, POST sets a password once."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from scheduler.accounts.invitations import Invitations, Invited
from scheduler.accounts.sign_in import SignIn
from scheduler.errors import HoldNotFoundError, WeakPasswordError
from web import problems
from web.auth import weak
from web.auth.steps import Carried, Steps
from web.identity import SendsUnknown
from web.rate_limits import RateLimits
from web.rendering import Pages, reader_of
from web.source import source_of
from web.voice import marked, voice

NOT_THE_SAME: Final = marked("The two passwords are not the same. Type them once more.")
OVER: Final = problems.Words(
    marked("This invitation is not good, or not any more"),
    (
        marked("It was used, is more than three days old, or a newer one took its place."),
        marked("Ask whoever manages accounts for a new one."),
    ),
)


class PasswordForm(BaseModel):
    """The form."""

    password: str = ""
    again: str = ""


def routes(
    invitations: Invitations, sign_in: SignIn, steps: Steps, pages: Pages, *, limits: RateLimits
) -> APIRouter:
    """Return the routes.

    Args:
        invitations: Reads and takes them.
        sign_in: Ends what the browser was before.
        steps: Makes the pages.
        pages: Says what is wrong.
        limits: How often anybody may try.
    """
    router = APIRouter()
    path = "/invitation/{token}"

    def over(request: Request) -> Response:
        return problems.page(pages, 404, OVER, reader=reader_of(request))

    def form_page(request: Request, invited: Invited, problem: str) -> Response:
        return steps.page(
            request, "invitation.html", Carried(),
            status=422 if problem else 200, problem=problem, invited=invited,
        )  # fmt: skip

    # HEAD too: link checkers use it, and it uses nothing up either.
    @router.api_route(path, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def show(request: Request, token: str) -> Response:
        try:
            return form_page(request, invitations.read(token), "")
        except HoldNotFoundError:
            return over(request)

    @router.post(path, response_class=HTMLResponse)
    def answer(
        request: Request, token: str, form: Annotated[PasswordForm, Form()], was: SendsUnknown
    ) -> Response:
        limits.link(source_of(request))
        try:
            invited = invitations.read(token)
            if form.password != form.again:
                return form_page(request, invited, NOT_THE_SAME)
            entered = invitations.answer(token, form.password)
        except WeakPasswordError as exc:
            told = weak.told(exc, voice(reader_of(request).manner))
            return form_page(request, invited, told)
        except HoldNotFoundError:
            return over(request)
        sign_in.sign_out(was, source=source_of(request))
        return steps.go_on(request, entered, Carried())

    return router
