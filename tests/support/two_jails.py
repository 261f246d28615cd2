"""Two jails, each with an office of its own: what somebody at the first sees of the second."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

from scheduler.amendments import Agreement
from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE, Premises
from tests.support.office import Machine, Office, Person

ELM: Final = "ELM"
WEST: Final = "WEST"
ROLES: Final = ("facility", "agent", "administrator", "auditor")
SCOPED: Final = frozenset({"facility", "agent"})
LODGED: Final = "2026-03-02T08:00:00-05:00"
STARTED: Final = "2026-03-02T08:30:00-05:00"


class TwoJails:
    """The premises of a test, with a second jail and office beside the first.

    Args:
        premises: With the first.
        is_alone: The second is left out: as the first one's staff should see it anyway.

    Attributes:
        own: By role and noun, the id of something of the first.
        foreign: The same of the second.
    """

    def __init__(self, premises: Premises, *, is_alone: bool = False) -> None:
        self.office = Office(premises)
        self.premises = premises
        self._numbers = itertools.count(1)
        first = self._furnish(FACILITY, OFFICE)
        self.own = {role: self._of(first, role) for role in ROLES}
        self.foreign: dict[str, Mapping[str, str]] = {}
        if is_alone:
            return
        premises.administration.add_office(OPERATOR, WEST, name="West office")
        premises.administration.add_facility(
            OPERATOR, ELM, name="Elm jail", state="NC", timezone=ZONE, office=WEST
        )
        second = self._furnish(ELM, WEST)
        self.foreign = {role: self._of(second, role) for role in ROLES}

    def machine(self, role: str) -> Machine:
        """Return a machine of the first jail, or its office, by role."""
        return self.office.machine(role, *self._places(role))

    def person(self, role: str) -> Person:
        """Return the browser of somebody there."""
        return self.office.person(role, *self._places(role))

    @staticmethod
    def _places(role: str) -> tuple[list[str], list[str]]:
        return [FACILITY] if role == "facility" else [], [OFFICE] if role == "agent" else []

    def hold(self, facility_code: str = FACILITY, **fields: Any) -> str:
        """Register a hold; its id."""
        told = {"lodged_at": LODGED, "facility_code": facility_code, **fields}
        reference = told.pop("hold_ref", None) or f"R-{next(self._numbers)}"
        return self.premises.register(reference, **told).hold.id

    def user(self) -> str:
        """Make an account; its id."""
        address = f"new{next(self._numbers)}@example.gov"
        return self.office.people.users.add(OPERATOR, email=address, role="auditor")

    def contact(self) -> str:
        """Make a contact; its id."""
        return self.premises.administration.add_contact(OPERATOR, name="New", office=OFFICE)

    def channel(self) -> str:
        """Make a webhook; its id."""
        url = f"https://hooks.example.gov/{next(self._numbers)}"
        return self.premises.administration.add_webhook(OPERATOR, self.contact(), url).id

    def holiday(self, **told: Any) -> str:
        """Put a date on record that moves nothing; its id."""
        told = {"day": f"2030-01-{next(self._numbers) % 28 + 1:02}", "source": "Order 1"} | told
        record, _ = self.premises.house.holidays.add(
            OPERATOR, {"name": f"Day {next(self._numbers)}", **told}, Agreement("x", is_given=True)
        )
        return record.id

    def key(self) -> str:
        """Make a key; its id."""
        return self.office.people.api_keys.add(OPERATOR, name="New", role="auditor").id

    def code(self, add: Callable[..., str], **told: Any) -> str:
        """Add an office or a facility under a new code; returns it."""
        return add(OPERATOR, f"NEW{next(self._numbers)}", name="New", **told)

    def delivery(self, state: str) -> str:
        """Return the id of a delivery about a new hold, brought into a state."""
        hold_id = self.hold(would_release_at=STARTED)
        row = self.premises.deliveries(hold_id=hold_id)[0]
        told = "UPDATE delivery SET state = :state WHERE id = :id"
        self.premises.execute(told, state=state, id=row.id)
        return str(row.id)

    def _furnish(self, facility: str, office: str) -> dict[str, dict[str, str]]:
        """Put on record what a jail and its office have; ids by whose it is and noun."""
        desk = self.premises.administration
        at_jail = desk.add_contact(OPERATOR, name=f"Desk {facility}", facility=facility)
        at_office = desk.add_contact(OPERATOR, name=f"Duty {office}", office=office, place=1)
        webhook = f"https://hooks.example.gov/{facility}"
        channels = {
            "facility": desk.add_webhook(OPERATOR, at_jail, webhook).id,
            "agent": desk.add_webhook(OPERATOR, at_office, f"{webhook}/office").id,
        }
        # Each jail has the same, in the same order: only what it is called differs.
        hold_id = self.hold(facility, would_release_at=STARTED)
        scope = [facility]
        day = self.holiday(day="2031-05-05", name=f"{facility} day", facilities=scope)
        common = {
            "facilities": facility,
            "offices": office,
            "holds": hold_id,
            "deliveries": str(self.premises.deliveries(hold_id=hold_id)[0].id),
            "holidays": day,
            "policies": "nc-162-62-2025",
        }
        return {
            "facility": {**common, "contacts": at_jail, "channels": channels["facility"]},
            "agent": {**common, "contacts": at_office, "channels": channels["agent"]},
        }

    @staticmethod
    def _of(furnished: Mapping[str, Mapping[str, str]], role: str) -> Mapping[str, str]:
        return furnished["agent" if role == "agent" else "facility"]
