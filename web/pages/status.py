"""Whether everything runs, in one sentence first; then the figures, with their time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from scheduler.domain.actors import Role
from scheduler.health import TO_SERVE, Check, Condition
from web import telling
from web.frame import Frame, reader_from, told_ago
from web.identity import SignedIn
from web.parts import Parts
from web.voice import Voice, marked, voice

OVERSEERS: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""They read what concerns all facilities, so that its numbers give nothing away."""
OF_EVERYBODY: Final = TO_SERVE | {"workers"}
"""What keeps anybody's reminders from going out."""
NOBODY_LOOKS: Final = marked("Reminders have stopped: no timekeeper runs.")
ILL: Final = {
    "database": marked("The database takes no entries."),
    "schema": marked("The database is that of another release."),
    "clock": marked("This host's clock and the database's differ."),
    "overdue": marked("What has been due for a minute was not carried out."),
    "set aside": marked("A hold could not be carried on: watch its limits by hand."),
    "workers": NOBODY_LOOKS,
    "outbox": marked("Alerts wait that should have gone out."),
    "dead letters": marked("Alerts were given up in the last 7 days."),
}
CLOCK_JUMPED: Final = marked("A timekeeper's clock jumped: what it wrote since is marked so.")


class Fault(NamedTuple):
    """What does not run, and what whoever runs the host does about it.

    Attributes:
        said: In the reader's words.
        found: As `holdclock doctor` prints it, in English; empty for whoever runs no host.
        mend: The same.
    """

    said: str
    found: str
    mend: str


class Figure(NamedTuple):
    """One thing that was looked at, and what was found."""

    name: str
    text: str


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get("/status", response_class=HTMLResponse)
    def show(asks: SignedIn) -> Response:
        found, framed = parts.condition(), frame.framed(asks, "status")
        said, sees_all = voice(reader_from(asks).manner), asks.actor.role in OVERSEERS
        zone = framed.zone or telling.ELSEWHERE
        faults = list(_faults(found, said, sees_all=sees_all))
        if framed.stopped and not found.workers and not _has(found, "workers"):
            # Nothing is due, so that nothing is ill yet; but nobody looks.
            faults.append(Fault(said.say(NOBODY_LOOKS), "", ""))
        values: dict[str, Any] = {
            "faults": faults,
            "figures": list(_figures(found, zone, said, sees_all=sees_all)),
            "at": found.at,
            "zone": zone,
        }
        return frame.page(asks, "status.html", values, here="status")

    return router


def _faults(found: Condition, said: Voice, *, sees_all: bool) -> Iterator[Fault]:
    for check in found.checks:
        if check.is_well or not (sees_all or check.name in OF_EVERYBODY):
            continue
        # What was found names holds of other facilities.
        told = (check.found, check.mend) if sees_all else ("", "")
        yield Fault(said.say(_sentence(check, found)), *told)


def _has(found: Condition, name: str) -> bool:
    return any(check.name == name and not check.is_well for check in found.checks)


def _sentence(check: Check, found: Condition) -> str:
    if check.name == "workers" and found.is_clock_suspect:
        return CLOCK_JUMPED
    return ILL.get(check.name, marked("Something does not run."))


def _figures(found: Condition, zone: str, said: Voice, *, sees_all: bool) -> Iterator[Figure]:
    say, figures = said.say, found.figures
    looked_at = figures.last_look_at
    look = say("never")
    if looked_at is not None:
        look = say(
            "{at}: {t} ago",
            at=said.when(looked_at, zone, seconds=True, midnight=False),
            t=told_ago(max(found.at - looked_at, timedelta(0)), said),
        )
    yield Figure(say("Timekeeper's last look"), look)
    alive = say("{n}, on {hosts}", n=len(found.workers), hosts=_hosts(found))
    yield Figure(say("Timekeepers at work"), alive if found.workers else say("none"))
    yield Figure(say("Clock"), _clock(found, said))
    if sees_all:
        yield from _of_all(found, zone, said)
    yield Figure(say("Schema of the database"), found.schema)


def _of_all(found: Condition, zone: str, said: Voice) -> Iterator[Figure]:
    say, figures = said.say, found.figures
    due, overdue = figures.earliest_due_at, say("nothing")
    if due is not None:
        at = said.when(due, zone, midnight=False)
        overdue = say("due {at}, {t} late", at=at, t=told_ago(found.at - due, said))
    yield Figure(say("Oldest that is overdue"), overdue)
    waiting = sum(figures.outbox.values())
    yield Figure(say("Outbox"), said.say_counted("{n} alert waits", "{n} alerts wait", waiting))
    if found.waiting_since is not None:
        since = said.when(found.waiting_since, zone, midnight=False)
        yield Figure(say("Oldest alert that waits"), since)
    yield Figure(
        say("Dead-lettered"),
        say("{n}; {recent} of the last 7 days", n=figures.dead_letters, recent=found.given_up),
    )
    yield Figure(say("Holds set aside"), str(figures.set_aside))
    yield Figure(say("Open holds"), str(figures.open_holds))


def _clock(found: Condition, said: Voice) -> str:
    if found.is_clock_suspect:
        return said.say("in doubt: it jumped")
    if found.off_by is None:
        return said.say("this host's own counts")
    seconds = f"{found.off_by.total_seconds():.2f}\N{NO-BREAK SPACE}s"
    return said.say("{t} off the database's", t=seconds)


def _hosts(found: Condition) -> str:
    return ", ".join(sorted({each.host for each in found.workers}))
