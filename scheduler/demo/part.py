"""One made-up hold, and everything that people record about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduler import intake
from scheduler.clock import Clock
from scheduler.demo.places import Jail
from scheduler.domain.actors import Actor
from scheduler.domain.hold import Outcome
from scheduler.domain.instants import rfc3339
from scheduler.domain.policy import Paper
from scheduler.recorder import Entry
from scheduler.registry import Registry


class Part:
    """Plays one hold: each method records one fact, as of now.

    Args:
        registry: The product's own.
        clock: The simulated one.
        jail: Where the person is held.
        ref: The jail's reference.
    """

    def __init__(self, registry: Registry, clock: Clock, jail: Jail, ref: str) -> None:
        self.jail = jail
        self.ref = ref
        self._registry = registry
        self._clock = clock
        self._id = ""

    def lodge(self) -> None:
        """Register the detainer; nothing else is known yet."""
        self._register({})

    def lodge_expecting(self, release_at: datetime) -> None:
        """Register it with the instant the release is expected."""
        self._register({"expected_release_at": rfc3339(release_at)})

    def serve(self) -> None:
        """Record that the person was served a copy."""
        self._registry.serve_detainer(self._id, self._entry(self.jail.desk))

    def receive_warrant(self) -> None:
        """Record that the administrative warrant came."""
        self._registry.receive_paper(self._id, self._entry(self.jail.desk), Paper.WARRANT)

    def receive_order(self) -> None:
        """Record the judicial official's order."""
        self._registry.receive_paper(self._id, self._entry(self.jail.desk), Paper.JUDICIAL_ORDER)

    def serve_warrant(self) -> None:
        """Record that the warrant was served, which starts some policies' clock."""
        self._registry.serve_warrant(self._id, self._entry(self.jail.desk))

    def notify(self) -> None:
        """Record that the agency was told of the release."""
        self._registry.give_notice(self._id, self._entry(self.jail.desk), manner="telephone")

    def start_clock(self) -> None:
        """Record that the person would have been released now."""
        self._registry.start_clock(self._id, self._entry(self.jail.desk))

    def confirm_release(self, at: datetime) -> None:
        """Record when the person would have been released, some time ago."""
        self._registry.start_clock(self._id, self._entry(self.jail.desk, at))

    def acknowledge(self) -> None:
        """Record that the agent has the alert and is coming."""
        arrival = self._clock.now() + timedelta(hours=2)
        self._registry.acknowledge(self._id, self._entry(self.jail.agent), arrival)

    def transfer(self) -> None:
        """Record that the agency took custody."""
        self._close(self.jail.desk, Outcome.TRANSFERRED)

    def cancel(self) -> None:
        """Record that the agency cancelled the detainer."""
        self._close(self.jail.agent, Outcome.CANCELLED)

    def decline(self) -> None:
        """Record that the jail will not hold."""
        self._close(self.jail.desk, Outcome.DECLINED)

    def release(self, basis: str = "bond") -> None:
        """Record that the person was released."""
        entry = self._entry(self.jail.desk)
        self._registry.record_outcome(self._id, entry, Outcome.RELEASED, basis=basis)

    def _register(self, more: dict[str, Any]) -> None:
        fields = {"facility_code": self.jail.code, "hold_ref": self.ref, **more}
        asked = intake.read_registration(fields, self.jail.timezone, self._clock.now())
        self._id = self._registry.register_hold(asked, self.jail.desk).hold.id

    def _close(self, actor: Actor, outcome: Outcome) -> None:
        self._registry.record_outcome(self._id, self._entry(actor), outcome)

    def _entry(self, actor: Actor, at: datetime | None = None) -> Entry:
        return Entry(actor=actor, at=at)
