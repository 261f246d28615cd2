"""Many endpoints on loopback, good ones and bad ones, and a worker in this process that serves all.

Time is real here, and so are the sockets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from scheduler import intake, wiring
from scheduler.clock import SystemClock
from tests.support import house
from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE
from tests.support.receiver import Receiver


class Endpoint(Protocol):
    """Whatever listens on a port of this machine."""

    port: int


class Crowd:
    """An office in which everybody hears everything, each at an endpoint of their own.

    Args:
        database_url: Migrated, and not used yet.
        folder: For the settings.
        good: Endpoints that answer.
        bad: Those that do not, or not as they should.
    """

    def __init__(
        self, database_url: str, folder: Path, good: Sequence[Receiver], bad: Sequence[Endpoint]
    ) -> None:
        settings = house.read_settings(database_url, folder)
        self.clock = SystemClock()
        self.house = wiring.open_house(settings, clock=self.clock, durable=False)
        self._good = good
        self._settle([*bad, *good])
        self._ways = wiring.notifiers(settings)
        self.service = wiring.build_worker(self.house, settings, ways=self._ways)
        self._registered = 0

    def register(self) -> None:
        """Let one more alert be written for everybody."""
        self._registered += 1
        told = {"facility_code": FACILITY, "hold_ref": f"R-{self._registered}"}
        asked = intake.read_registration(told, ZONE, self.clock.now())
        self.house.registry.register_hold(asked, OPERATOR)

    def delay_s(self, *, patience_s: float = 20.0) -> float:
        """Let one more alert be written; return in how many seconds every good endpoint has it."""
        began = self.clock.monotonic()
        self.register()
        for receiver in self._good:
            receiver.wait_for(self._registered, timeout_s=patience_s)
        return self.clock.monotonic() - began

    def close(self) -> None:
        """Stop the worker, and let go of connections."""
        self.service.stop()
        for notifier in self._ways.values():
            notifier.close()
        self.house.close()

    def _settle(self, endpoints: Sequence[Endpoint]) -> None:
        admin = self.house.administration
        admin.add_office(OPERATOR, OFFICE, name="East office")
        admin.add_facility(
            OPERATOR,
            FACILITY,
            name="Oakmont",
            state="NC",
            timezone=ZONE,
            policy="i-247a",
            office=OFFICE,
        )
        for endpoint in endpoints:
            contact = admin.add_contact(OPERATOR, name="Duty", office=OFFICE)
            admin.add_webhook(OPERATOR, contact, f"http://127.0.0.1:{endpoint.port}/hook")


@contextmanager
def crowd(database_url: str, folder: Path, good: int, bad: Sequence[Endpoint]) -> Iterator[Crowd]:
    """Lend a crowd whose worker runs; the bad endpoints are the caller's to close."""
    with ExitStack() as stack:
        receivers = [stack.enter_context(Receiver()) for _ in range(good)]
        gathered = Crowd(database_url, folder, receivers, bad)
        stack.callback(gathered.close)
        gathered.service.start()
        yield gathered
