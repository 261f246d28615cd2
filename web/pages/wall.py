"""The board on a wall: nothing to press, for a screen of its own or for somebody signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.errors import HoldNotFoundError, NotSignedInError
from web.frame import Frame, reader_from
from web.identity import Caller, Person, Watches, identity_of
from web.pages.board import Asked, Board
from web.parts import Parts
from web.reader import Reader
from web.rendering import reader_of
from web.voice import voice

KEPT_FOR: Final = timedelta(days=400)
"""As long as browsers keep anything; the screen is ended on the record, not by its browser."""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the wall."""
    router, board = APIRouter(), Board(parts)

    def shown(request: Request, caller: Caller, wanted: Asked, template: str) -> Response:
        reader = _reader(request, caller)
        values = board.seen_by(caller.actor, wanted.read(), voice(reader.manner))
        return frame.bare(caller.actor, reader, template, values)

    @router.get("/wall", response_class=HTMLResponse)
    def wall(request: Request, caller: Watches, wanted: Annotated[Asked, Query()]) -> Response:
        return shown(request, caller, wanted, "wall.html")

    @router.get("/wall/rows", response_class=HTMLResponse)
    def rows(request: Request, caller: Watches, wanted: Annotated[Asked, Query()]) -> Response:
        return shown(request, caller, wanted, "wall_rows.html")

    # It changes nothing on record. The address goes no further than this: what stays in the
    # address bar, where everybody in the corridor reads it, is `/wall`.
    @router.get("/wall/{token}", response_class=HTMLResponse)
    def begin(request: Request, token: str) -> Response:
        try:
            parts.walls.who(token)
        except NotSignedInError as exc:
            raise HoldNotFoundError("wall: there is no such screen, or it has ended") from exc
        answer = RedirectResponse("/wall", 303)
        identity_of(request).wall_cookie.set(answer, token, lasts=KEPT_FOR)
        return answer

    return router


def _reader(request: Request, caller: Caller) -> Reader:
    """Return whom the wall speaks to: who is signed in, or whoever passes by."""
    if caller.account is None or caller.session is None:
        return reader_of(request)
    return reader_from(Person(caller.actor, caller.account, caller.session))
