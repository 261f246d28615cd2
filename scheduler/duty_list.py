"""Who is on duty at an office now, and whom an alert goes on to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.domain.roster import Contact, Roster
from scheduler.store import directory, rosters
from scheduler.store.engine import Database


class Duty(NamedTuple):
    """An office's duty list at an instant.

    Attributes:
        roster: The office's contacts and the administrators who can be reached.
        now: UTC.
        names: By contact id.
    """

    roster: Roster
    now: datetime
    names: Mapping[str, str]

    @property
    def first(self) -> Contact | None:
        """Who is told first; None without a list."""
        return self.roster.first(self.now)

    @property
    def is_nobody_on_duty(self) -> bool:
        """Whether there is a list, and nobody of it is on duty."""
        listed = self.roster.duty_list
        return bool(listed) and not any(contact.is_on_duty(self.now) for contact in listed)

    @property
    def chain(self) -> tuple[tuple[Contact, ...], ...]:
        """Whom an unanswered reminder goes on to, place by place."""
        return self.roster.chain(self.now)


def duty(database: Database, clock: Clock, office: str) -> Duty:
    """Return who is on duty at an office.

    Raises:
        HoldNotFoundError: There is no such office.
    """
    now = database.now(clock)
    with database.read() as connection:
        directory.get(connection, "office", office)
        roster = rosters.of_office(connection, office)
        names = {row["id"]: row["name"] for row in directory.all_of(connection, "contact")}
    return Duty(roster, now, names)
