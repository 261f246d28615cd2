"""Who is on duty at an office now, and whom an alert goes on to."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.domain import duty_hours
from scheduler.domain.duty_hours import schedule_text
from scheduler.domain.instants import rfc3339
from scheduler.domain.roster import Contact, Roster
from scheduler.store import directory, rosters
from scheduler.store.engine import Connection


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


class Turn(NamedTuple):
    """A time in which the same contact is told first.

    Attributes:
        begins: UTC.
        ends: UTC.
        first: Whom alerts go to; the first of the list where nobody is on duty.
        is_nobody_on_duty: So it is.
    """

    begins: datetime
    ends: datetime
    first: Contact
    is_nobody_on_duty: bool


def turns(found: Duty, until: datetime) -> list[Turn]:
    """Return who is told first from now on, turn by turn; nothing without a list."""
    known = [contact.on_duty for contact in found.roster.duty_list if contact.on_duty is not None]
    changes = {at for hours in known for at in duty_hours.changes(hours, found.now, until)}
    told: list[Turn] = []
    bounds = [found.now, *sorted(changes), until]
    for begins, ends in itertools.pairwise(bounds):
        then = found._replace(now=begins)
        if then.first is None:
            return []
        turn = Turn(begins, ends, then.first, then.is_nobody_on_duty)
        if told and told[-1][2:] == turn[2:]:
            turn = turn._replace(begins=told.pop().begins)
        told.append(turn)
    return told


def of_office(connection: Connection, office: str, now: datetime) -> Duty:
    """Return who is on duty at an office that is there."""
    roster = rosters.of_office(connection, office)
    names = {row["id"]: row["name"] for row in directory.all_of(connection, "contact")}
    return Duty(roster, now, names)


def duty_object(office: str, found: Duty) -> dict[str, Any]:
    """Return a duty list as machines read it; instants in UTC."""
    return {
        "office": office,
        "at": rfc3339(found.now),
        "first": None if found.first is None else found.first.id,
        "nobody_on_duty": found.is_nobody_on_duty,
        "list": [entry_object(found, contact) for contact in found.roster.duty_list],
        "chain": [[_named(found, contact) for contact in place] for place in found.chain],
    }


def entry_object(found: Duty, contact: Contact) -> dict[str, Any]:
    """Return one contact of a duty list."""
    return {
        **_named(found, contact),
        "place": contact.place,
        "on_duty": contact.is_on_duty(found.now),
        "hours": _hours(contact),
        "channels": [channel.kind for channel in contact.channels],
    }


def _named(found: Duty, contact: Contact) -> dict[str, Any]:
    return {"id": contact.id, "name": found.names[contact.id]}


def _hours(contact: Contact) -> str:
    if contact.on_duty is None:
        return "always"
    return f"{schedule_text(contact.on_duty.spans)} ({contact.on_duty.zone})"
