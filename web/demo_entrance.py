"""The demo's own door: a sign-in for each role at one press, and what the receivers got.

Mounted by the demo alone, over a throw-away database: no real house has these routes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.errors import HoldNotFoundError
from web import guards
from web.cookies import SessionCookie
from web.rendering import Pages, reader_of
from web.voice import marked, voice


def routes(
    pages: Pages,
    *,
    roles: Sequence[tuple[str, str]],
    enter: Callable[[str], str],
    received: Callable[[], Sequence[Any]],
    base_url: str,
) -> APIRouter:
    """Return the routes.

    Args:
        pages: Fills the templates.
        roles: Name and words of each role that may be tried.
        enter: Begins a session of a role; returns its token.
        received: What came to the receivers so far, the last first.
        base_url: Where browsers reach it.
    """
    router = APIRouter(include_in_schema=False)
    cookie = SessionCookie(base_url)

    @router.get("/demo", response_class=HTMLResponse)
    def show(request: Request) -> Response:
        return pages.page("demo.html", {"roles": roles}, reader=reader_of(request))

    @router.post("/demo/{role}")
    def sign_in(request: Request, role: str) -> Response:
        guards.require_own_form(request, base_url)
        if role not in dict(roles):
            raise HoldNotFoundError(f"role '{role}': the demo has none such")
        answer = RedirectResponse("/", 303)
        cookie.set(answer, enter(role))
        return answer

    def came(request: Request, way: str, title: str) -> Response:
        reader = reader_of(request)
        told = [each for each in received() if each.way == way]
        values = {"title": voice(reader.manner).say(title), "received": told}
        return pages.page("demo_received.html", values, reader=reader)

    @router.get("/demo/mailbox", response_class=HTMLResponse)
    def mailbox(request: Request) -> Response:
        return came(request, "e-mail", marked("The demo's mailbox"))

    @router.get("/demo/webhooks", response_class=HTMLResponse)
    def webhooks(request: Request) -> Response:
        return came(request, "webhook", marked("What the demo's webhooks got"))

    return router
