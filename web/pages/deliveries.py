"""Alerts on their way, arrived and given up; an administrator has one sent again."""

from __future__ import annotations

from typing import Final, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.errors import HoldStateError
from web import telling
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn
from web.parts import Parts
from web.rules import AdministersPages
from web.telling import Sent
from web.voice import voice

A_GROUP: Final = 50


class Group(NamedTuple):
    """Those in one state, the last first."""

    title: str
    sent: tuple[Sent, ...]


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of deliveries."""
    router = APIRouter()

    @router.get("/deliveries", response_class=HTMLResponse)
    def show(asks: SignedIn) -> Response:
        values = {"groups": _groups(parts, asks), "at_most": A_GROUP}
        return frame.page(asks, "deliveries.html", values, here="deliveries")

    def asking(asks: Person, name: str, refused: str = "", status: int = 200) -> Response:
        said = voice(reader_from(asks).manner)
        row = parts.views.seen_by(asks.actor).delivery(name)
        values = {"sent": telling.sent(row, _zones(parts, asks), said), "refused": refused}
        return frame.page(asks, "resend.html", values, here="deliveries", status=status)

    @router.get("/deliveries/{name}/resend", response_class=HTMLResponse)
    def ask(asks: AdministersPages, name: str) -> Response:
        return asking(asks, name)

    @router.post("/deliveries/{name}/resend", response_class=HTMLResponse)
    def resend(asks: Sends, name: str) -> Response:
        try:
            parts.resend(asks.actor, name)
        except HoldStateError as exc:
            return asking(asks, name, str(exc), 409)
        return RedirectResponse("/deliveries", 303)

    return router


def _groups(parts: Parts, asks: Person) -> list[Group]:
    said, views = voice(reader_from(asks).manner), parts.views.seen_by(asks.actor)
    zones = _zones(parts, asks)
    groups = []
    for state, title in telling.STATES.items():
        rows = views.deliveries(state=state, limit=A_GROUP)
        sent = tuple(telling.sent(row, zones, said) for row in rows)
        groups.append(Group(said.say(title), sent))
    return [group for group in groups if group.sent]


def _zones(parts: Parts, asks: Person) -> telling.Zones:
    return telling.Zones(parts.open_holds.seen_by(asks.actor).facilities())
