"""Who hears of what: an event becomes one alert per recipient, the most urgent one.

Who belongs to a facility's roster is data; which kinds reach which side, and
what outranks what, is the table here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from typing import NamedTuple

from scheduler.domain.events import Event, Kind
from scheduler.domain.policy import Notice, Policy


class Side(Flag):
    """Whose contact a recipient is."""

    OFFICE = auto()
    FACILITY = auto()
    SUPERVISOR = auto()
    ADMINISTRATORS = auto()


class Route(NamedTuple):
    """How one kind of event is told.

    Attributes:
        type: Its webhook type.
        to: Who hears of it.
        urgency: Smaller is more urgent, for an office.
        facility_urgency: The same for a facility, whose own duty comes first.
        lasting: An outcome does not overtake it.
    """

    type: str
    to: Side
    urgency: int
    facility_urgency: int
    lasting: bool = False


class Channel(NamedTuple):
    """One way to reach a contact."""

    id: str
    kind: str


class Contact(NamedTuple):
    """A recipient with the channels that are switched on; `place` orders a duty list."""

    id: str
    side: Side
    channels: tuple[Channel, ...]
    place: int | None = None


@dataclass(frozen=True)
class Roster:
    """Everybody who may hear of a facility's holds."""

    contacts: tuple[Contact, ...] = ()
    _known: dict[tuple[object, ...], tuple[Contact, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Who hears of what, as worked out before: a batch tells a few kinds hundreds of times."""

    def duty_list(self) -> tuple[Contact, ...]:
        """Return who is on duty at the office, in the order in which they are told.

        Whoever is first is told first, also where the first place itself is vacant.
        """
        listed = [c for c in self.contacts if c.side is Side.OFFICE and c.place is not None]
        return tuple(sorted(listed, key=lambda contact: contact.place or 0))

    def chain(self) -> tuple[tuple[Contact, ...], ...]:
        """Return whom an unanswered reminder goes on to, place by place."""
        places: list[tuple[Contact, ...]] = [(contact,) for contact in self.duty_list()[1:]]
        for side in (Side.SUPERVISOR, Side.ADMINISTRATORS):
            members = tuple(c for c in self.contacts if c.side is side)
            if members:
                places.append(members)
        return tuple(places)

    def hearing(self, event: Event, policy: Policy) -> tuple[Contact, ...]:
        """Return who hears of an event under a policy."""
        told = event.data.get("counts_to"), event.data.get("moved")
        key = (event.kind, event.place, *told, policy.notice)
        if key not in self._known:
            self._known[key] = tuple(_recipients(event, self, policy))
        return self._known[key]


class Draft(NamedTuple):
    """One alert to one recipient, before it is written to the outbox."""

    event: Event
    type: str
    also: tuple[str, ...]
    contact: Contact
    urgency: int
    lasting: bool


OFFICE_AND_FACILITY = Side.OFFICE | Side.FACILITY
EVERYBODY = OFFICE_AND_FACILITY | Side.SUPERVISOR
AGENCY = Side.OFFICE | Side.SUPERVISOR
"""Sides that belong to the agency."""

_OUTCOME = Route("hold.closed", OFFICE_AND_FACILITY, 13, 13, lasting=True)
# Whoever heard the charge hears that it is withdrawn.
_WITHDRAWN = Route("hold.withdrawn", EVERYBODY, 5, 5, lasting=True)

ROUTES: dict[Kind, Route] = {
    Kind.RELEASE_WITHOUT_NOTIFICATION: Route(
        "hold.release_without_notification", EVERYBODY, 1, 2, lasting=True
    ),
    Kind.OVER_DETENTION_ALARM: Route("hold.over_detention", EVERYBODY, 2, 1, lasting=True),
    Kind.HOLD_EXPIRED: Route("hold.expired", EVERYBODY, 3, 3, lasting=True),
    Kind.CITIZENSHIP_CLAIMED: Route(
        "hold.citizenship_claimed", Side.OFFICE | Side.SUPERVISOR, 4, 4, lasting=True
    ),
    Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN: _WITHDRAWN,
    Kind.HOLD_EXPIRY_WITHDRAWN: _WITHDRAWN,
    Kind.CEILING_REACHED: Route("hold.ceiling_reached", EVERYBODY, 6, 6),
    Kind.AUTHORITY_MISSING: Route("hold.authority_missing", OFFICE_AND_FACILITY, 7, 7),
    Kind.AUTHORITY_LAPSED: Route("hold.authority_lapsed", OFFICE_AND_FACILITY, 7, 7),
    Kind.CLOCK_CORRECTED: Route("hold.deadline_changed", OFFICE_AND_FACILITY, 8, 8),
    Kind.POLICY_CHANGED: Route("hold.deadline_changed", OFFICE_AND_FACILITY, 8, 8),
    Kind.NOTICE_OVERDUE: Route("hold.notice_overdue", OFFICE_AND_FACILITY, 9, 9),
    Kind.RELEASE_CONFIRMATION_DUE: Route("hold.confirm_release", OFFICE_AND_FACILITY, 9, 9),
    Kind.ALERT_ESCALATED: Route("hold.escalated", Side.OFFICE, 10, 10),
    Kind.REMINDER_DUE: Route("hold.reminder", Side.OFFICE, 10, 10),
    Kind.CLOCK_STARTED: Route("hold.clock_started", Side.OFFICE, 11, 11),
    Kind.HOLD_REGISTERED: Route("hold.registered", Side.OFFICE, 12, 12),
    Kind.TRANSFER_RECORDED: _OUTCOME,
    Kind.RELEASE_RECORDED: _OUTCOME,
    Kind.DETAINER_CANCELLED: _OUTCOME,
    Kind.DETAINER_DECLINED: _OUTCOME,
    Kind.DETAINER_SUPERSEDED: _OUTCOME,
    Kind.CUSTODY_MOVED: _OUTCOME,
    Kind.SUBJECT_DIED: _OUTCOME,
    Kind.SUBJECT_ESCAPED: _OUTCOME,
}
"""Kinds that are told. The rest are recorded and told to nobody."""

OUTCOME_TYPE = "hold.closed"
FACILITY_REMINDERS = frozenset({"expected_release", "notice"})
"""Reminders of the facility's own duty go to the facility too."""


def drafts(events: Iterable[Event], roster: Roster, policy: Policy) -> list[Draft]:
    """Return one draft per recipient: the most urgent event, the others listed in it.

    Args:
        events: Written for one hold at one moment.
        roster: Of the hold's facility.
        policy: The hold's; where it prohibits notice, the agency hears nothing.
    """
    told: dict[str, list[tuple[int, Event, Contact]]] = {}
    for event in events:
        for contact in roster.hearing(event, policy):
            route = ROUTES[event.kind]
            urgency = route.facility_urgency if contact.side is Side.FACILITY else route.urgency
            told.setdefault(contact.id, []).append((urgency, event, contact))
    return [_most_urgent(entries) for entries in told.values()]


def _recipients(event: Event, roster: Roster, policy: Policy) -> Iterator[Contact]:
    """Tell who hears of an event, by its kind and what `Roster.hearing` knows it by."""
    for contact in _addressed(event, roster):
        if policy.notice is not Notice.PROHIBITED or contact.side not in AGENCY:
            yield contact


def _addressed(event: Event, roster: Roster) -> Iterator[Contact]:
    route = ROUTES.get(event.kind)
    if route is None:
        return
    if event.kind is Kind.ALERT_ESCALATED:
        chain = roster.chain()
        if chain:
            yield from chain[min(event.place, len(chain)) - 1]
        return
    if route.type == "hold.deadline_changed" and not event.data.get("moved"):
        return
    to = route.to
    if event.kind is Kind.REMINDER_DUE and event.data.get("counts_to") in FACILITY_REMINDERS:
        to |= Side.FACILITY
    is_reminder = event.kind is Kind.REMINDER_DUE
    # With a duty list, a reminder goes to its first place only; the rest is escalation.
    passed_on = roster.duty_list()[1:] if is_reminder else ()
    for contact in roster.contacts:
        if contact.side in to and contact not in passed_on:
            yield contact


def _most_urgent(entries: Sequence[tuple[int, Event, Contact]]) -> Draft:
    urgency, event, contact = min(entries, key=lambda entry: entry[0])
    route = ROUTES[event.kind]
    if len(entries) == 1:
        return Draft(event, route.type, (), contact, urgency, route.lasting)
    others = dict.fromkeys(ROUTES[other.kind].type for _, other, _ in entries)
    also = tuple(kind for kind in others if kind != route.type)
    lasting = any(ROUTES[other.kind].lasting for _, other, _ in entries)
    return Draft(event, route.type, also, contact, urgency, lasting)
