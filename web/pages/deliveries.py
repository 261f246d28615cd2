"""Alerts on their way, arrived and given up; an administrator has one sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler import sentences
from scheduler.errors import HoldStateError
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn
from web.pages.hold import STATES
from web.parts import Parts
from web.rules import AdministersPages
from web.voice import Voice, voice

A_GROUP: Final = 50
GROUPS: Final = ("dead", "sending", "waiting", "delivered", "superseded", "recorded")
"""What needs somebody first."""
ENDED_UNSENT: Final = frozenset({"dead", "superseded"})
ELSEWHERE: Final = "UTC"


class Sent(NamedTuple):
    """One delivery as it is read.

    Attributes:
        delay: Between the instant it was due and its arrival; empty where it has not arrived.
        may_resend: It ended without arriving.
    """

    id: str
    hold_id: str
    title: str
    to: str
    due_at: datetime
    zone: str
    tries: int
    delay: str
    is_doubtful: bool
    may_resend: bool


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
        values = {"sent": _sent(row, {}, said), "refused": refused}
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
    said = voice(reader_from(asks).manner)
    views = parts.views.seen_by(asks.actor)
    zones = {each.code: each.timezone for each in parts.open_holds.seen_by(asks.actor).facilities()}
    groups = []
    for state in GROUPS:
        rows = views.deliveries(state=state, limit=A_GROUP)
        title = STATES[state]
        groups.append(Group(said.say(title), tuple(_sent(row, zones, said) for row in rows)))
    return [group for group in groups if group.sent]


def _sent(row: Mapping[str, Any], zones: Mapping[str, str], said: Voice) -> Sent:
    title = sentences.alert_title(row["type"])
    due_at = sentences.instant_of(row["due_at"])
    arrived = row["ended_at"] if row["state"] == "delivered" else None
    return Sent(
        id=row["id"],
        hold_id=row["hold_id"] or "",
        title=said.say(title),
        to=f"{row['contact_name']}, {row['channel_kind']}",
        due_at=due_at,
        zone=zones.get(row["facility_code"] or "", ELSEWHERE),
        tries=row["attempts"],
        delay="" if arrived is None else said.gone(sentences.instant_of(arrived) - due_at),
        is_doubtful=bool(row["possible_duplicate"]),
        may_resend=row["state"] in ENDED_UNSENT,
    )
