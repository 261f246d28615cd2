"""The way to the sign-in page, and from there to where somebody wanted to go."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from scheduler.errors import NotSignedInError
from web import problems
from web.identity import FOR_MACHINES

SIGN_IN = "/sign-in"
HOME = "/"
LONGEST_NEXT = 2000


def add_handler(app: FastAPI) -> None:
    """Lead whoever is not signed in to the sign-in page."""

    def on_nobody(request: Request, exc: Exception) -> Response:
        if request.url.path.startswith(FOR_MACHINES):
            return problems.told(exc if isinstance(exc, NotSignedInError) else NotSignedInError())
        return RedirectResponse(sign_in_url(_asked_for(request)), 303)

    app.add_exception_handler(NotSignedInError, on_nobody)


def sign_in_url(wanted: str = HOME) -> str:
    """Return where to sign in, and go on from there to a path of ours."""
    target = next_path(wanted)
    return SIGN_IN if target == HOME else f"{SIGN_IN}?next={quote(target, safe='/')}"


def next_path(told: str) -> str:
    """Return where to go after sign-in: a path of this application, or its first page.

    What comes in an address is anybody's: it must not lead to another site, whatever a
    browser makes of backslashes, tabs and doubled slashes.
    """
    plain = unquote(told)
    is_path = (
        told.startswith("/")
        and not plain.startswith(("//", "/\\"))
        and "\\" not in plain
        and all(" " <= letter != "\x7f" for letter in plain)
        and len(told) <= LONGEST_NEXT
    )
    if not is_path:
        return HOME
    parts = urlsplit(told)
    return told if not parts.scheme and not parts.netloc else HOME


def _asked_for(request: Request) -> str:
    if request.method not in {"GET", "HEAD"}:
        return HOME
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
