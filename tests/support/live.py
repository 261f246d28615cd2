"""A house on real time, and worker processes beside it that wake, send and are killed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scheduler import intake, wiring
from scheduler.clock import SystemClock
from scheduler.domain.hold import Hold
from scheduler.store import at_once, holds
from tests.support import house, processes
from tests.support.house import FACILITY, OPERATOR, ZONE

WINDOW: Final = timedelta(hours=48)
QUIET: Final = "ELM"
"""A facility where nobody is told anything."""
READY_S = 60.0


class Live:
    """Facilities whose own contacts hear of expiries, and nothing else, at a loopback receiver.

    Args:
        database_url: Migrated, and not used yet.
        folder: Where the worker processes run.
        receiver_url: Where the contacts hear, each by a channel of its own.
        facilities: Their codes; there is also `QUIET`.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        receiver_url: str | None,
        facilities: Sequence[str] = (FACILITY,),
    ) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.settings = house.read_settings(database_url, folder)
        self.house = wiring.open_house(self.settings)
        admin = self.house.administration
        for code in (*facilities, QUIET):
            admin.add_facility(
                OPERATOR, code, name=f"Jail {code}", state="NC", timezone=ZONE, policy="i-247a"
            )
            if receiver_url is not None and code != QUIET:
                contact = admin.add_contact(OPERATOR, name="Desk", facility=code)
                admin.add_webhook(OPERATOR, contact, receiver_url)

    def register(self, hold_ref: str, due_at: datetime, facility: str = FACILITY) -> Hold:
        """Register a hold that expires at an instant, and of which nobody hears before."""
        started = (due_at - WINDOW).isoformat()
        told = {"facility_code": facility, "hold_ref": hold_ref}
        instants = ("lodged_at", "served_at", "warrant_served_at", "would_release_at")
        told |= dict.fromkeys((*instants, "notice_given_at"), started)
        asked = intake.read_registration(told, ZONE, self.clock.now())
        return self.house.registry.register_hold(asked, OPERATOR).hold

    def register_all(self, due: Sequence[datetime], facility: str = FACILITY) -> list[str]:
        """Register a hold for each instant in one transaction; return their ids.

        The copies come without the events of a registration.
        """
        first = self.register(f"{facility}-0", due[0], facility)
        rows = []
        for number, due_at in enumerate(due[1:], 1):
            moved: dict[str, Any] = {
                name: value + (due_at - due[0])
                for name, value in first._asdict().items()
                if isinstance(value, datetime)
            }
            # The first has expired at its registration if its instant is past; the copies have not.
            moved |= {"expired_at": None, "expired_step": None, "alarmed_to": None}
            copy = first._replace(
                id=f"{facility}{number:04d}", hold_ref=f"{facility}-{number}", **moved
            )
            rows.append(holds.New(copy, due_at, quiet=False, digest=copy.id))
        with self.house.database.write() as connection:
            at_once.insert(connection, [holds.insertion(rows, self.clock.now())])
            self.house.database.notify(connection)
        return [first.id, *(row.hold.id for row in rows)]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind wherever somebody is told, in the order of recording."""
        every = self.house.event_log.events()
        return [e for e in every if e["kind"] == kind and e["facility_code"] != QUIET]

    @contextmanager
    def worker(self) -> Iterator[processes.RunningCommand]:
        """Run the real `holdclock worker`; what is left of it is killed at the end."""
        told = {
            "HOLDCLOCK_DATABASE_URL": self.settings.database_url,
            "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": "1024-65535",
        }
        with processes.holdclock("worker", folder=self.folder, settings=told) as command:
            command.wait_for_line("worker ready", within_s=READY_S)
            yield command

    def close(self) -> None:
        """Give back every connection."""
        self.house.close()


@contextmanager
def live(
    database_url: str,
    folder: Path,
    receiver_url: str | None = None,
    facilities: Sequence[str] = (FACILITY,),
) -> Iterator[Live]:
    """Lend a house on real time."""
    opened = Live(database_url, folder, receiver_url, facilities)
    try:
        yield opened
    finally:
        opened.close()
