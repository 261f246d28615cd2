"""Everybody who can hear of a hold, and what they would be told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from scheduler.domain import routing
from scheduler.domain.events import Event, Kind
from scheduler.domain.ladder import LADDER
from scheduler.domain.roster import Channel, Contact, Roster, Side
from scheduler.domain.routing import Draft
from tests.unit.domain.builders import START, hold, rules

WEBHOOK = (Channel("channel", "webhook"),)

OFFICE = Contact("office", Side.OFFICE, WEBHOOK)
FIRST = Contact("first", Side.OFFICE, WEBHOOK, 1)
SECOND = Contact("second", Side.OFFICE, WEBHOOK, 2)
THIRD = Contact("third", Side.OFFICE, WEBHOOK, 3)
JAIL = Contact("jail", Side.FACILITY, WEBHOOK)
SUPERVISOR = Contact("supervisor", Side.SUPERVISOR, WEBHOOK)
ADMINISTRATOR = Contact("administrator", Side.ADMINISTRATORS, WEBHOOK)
EVERY_SIDE = Roster((OFFICE, JAIL, SUPERVISOR, ADMINISTRATOR))


def event(kind: Kind, **data: str | bool) -> Event:
    return Event(kind, START, data)


def reminder(lead: str = "24 h", counts_to: str = "ceiling") -> Event:
    return event(Kind.REMINDER_DUE, lead=lead, counts_to=counts_to)


def drafts(
    *events: Event,
    roster: Roster = EVERY_SIDE,
    policy: str = "i-247a",
    ladder: tuple[timedelta, ...] = LADDER,
    now: datetime = START,
    heard: tuple[str, ...] = (),
    **known: Any,
) -> dict[str, Draft]:
    """Return the drafts by recipient, for a hold that `known` tells of."""
    judged_by = rules(policy, ladder=ladder)
    about = hold(judged_by, **known)
    made = routing.drafts(events, roster, hold=about, rules=judged_by, now=now, heard=heard)
    told = {draft.contact.id: draft for draft in made}
    assert len(told) == len(made)
    return told
