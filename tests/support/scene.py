"""One hold in every state of the board, as if some days at two jails had brought them about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from scheduler.store import workers
from tests.support.house import OFFICE, OPERATOR, Premises

HOUR: Final = timedelta(hours=1)
WORKER: Final = "scene"
PINE: Final = "PINE"
"""A second jail, in another zone."""
PAPERS: Final = ("served_at", "warrant_served_at")
STORIES: Final[tuple[dict[str, Any], ...]] = (
    {"ref": "CR-2291", "would_release_at": -50.45},
    {"ref": "LK-0417", "would_release_at": -44.8},
    {"ref": "OK-1190", "would_release_at": -46.5, "policy": "8-cfr-287.7d"},
    {"ref": "OK-1188", "would_release_at": -59, "policy": "8-cfr-287.7d"},
    {"ref": "LK-0419", "would_release_at": -10, "papers": False},
    {"ref": "TR-0312", "would_release_at": -0.2, "facility": PINE},
    {"ref": "WS-0007", "warrant_served_at": -60, "policy": "287g-wso"},
    {"ref": "OK-1192", "expected_release_at": 49, "papers": False},
    {"ref": "CR-2288", "expected_release_at": -0.15},
    {"ref": "PR-0090"},
    {"ref": "NH-0001", "policy": "no-hold"},
)
"""Hours from now; both papers are on record unless told otherwise."""


def look(premises: Premises) -> None:
    """Let a worker's deadline thread look, so that the board is believed."""
    now = premises.clock.now()
    with premises.database.write() as connection:
        if workers.seen(connection):
            workers.looked(connection, WORKER, now, is_suspect=False)
        else:
            workers.start(connection, WORKER, host="scene", pid=1, now=now)


def play(premises: Premises) -> dict[str, str]:
    """Register a hold for each state, and carry out what is due; return ids by reference."""
    premises.administration.add_facility(
        OPERATOR,
        PINE,
        name="Pine Ridge Detention Center",
        state="TN",
        timezone="America/Chicago",
        policy="i-247a",
        office=OFFICE,
        phone="+1 615 555 0142",
    )
    ids = {story["ref"]: _register(premises, dict(story)) for story in STORIES}
    premises.tick()
    look(premises)
    return ids


def _register(premises: Premises, story: dict[str, Any]) -> str:
    now = premises.clock.now()
    ref, has_papers = story.pop("ref"), story.pop("papers", True)
    told = {"facility_code": story.pop("facility", "OAK")}
    told |= {
        name: value if isinstance(value, str) else (now + value * HOUR).isoformat()
        for name, value in story.items()
    }
    lodged = (now - 71 * HOUR).isoformat()
    told |= {"lodged_at": lodged}
    if has_papers:
        told = dict.fromkeys(PAPERS, lodged) | told
    return premises.register(ref, **told).hold.id
