"""The pages of the demo's house: the real application, with a door that needs no password."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from scheduler.clock import FastClock
from scheduler.commands import serving
from scheduler.commands.people import people
from scheduler.demo import places
from scheduler.demo.inbox import Inbox
from web import demo_entrance
from web.app import create_app
from web.rendering import Pages
from web.server import PageServer

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.wiring import House

HOST: Final = "127.0.0.1"
ROLES: Final = (
    ("facility", "Larkspur County Jail, booking desk"),
    ("agent", "Duty agent, South field office"),
    ("administrator", "Administrator"),
    ("auditor", "Auditor"),
)


def free_port(wanted: int) -> int:
    """Return that port of the loopback, or any that is free where it is taken."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server((HOST, port)) as tried:
            found: int = tried.getsockname()[1]
            return found
    return wanted


def address(port: int) -> str:
    """Return where the demo's door is."""
    return f"http://{HOST}:{port}/demo"


def serve(house: House, settings: Settings, inbox: Inbox) -> PageServer:
    """Make the pages of the demo's house, not started yet.

    People's sessions last as long as in a real house; they begin in the story's days, so
    that the log tells one time.
    """
    real = FastClock(house.clock.now(), 1.0)
    parts = serving.parts(
        house, settings, is_alive=lambda: True, what_is_ill=list, people_clock=real
    )
    who = people(house, settings, clock=real)
    accounts = {
        role: who.users.add(
            places.HOST,
            email=f"{role}@demo.example",
            name=words,
            role=role,
            facilities=[places.LARK.code] if role == "facility" else [],
            offices=["SOUTH"] if role == "agent" else [],
        )
        for role, words in ROLES
    }

    def enter(role: str) -> str:
        with house.database.write() as connection:
            return who.sessions.begin(connection, accounts[role], real.now())

    app = create_app(parts)
    app.include_router(
        demo_entrance.routes(
            Pages(), roles=ROLES, enter=enter, received=inbox.last, base_url=parts.base_url
        )
    )
    port = int(parts.base_url.rpartition(":")[2])
    return PageServer(app, host=HOST, port=port, on_stop=parts.news.close)
