"""Who hears of what, when and on which channel: an event becomes one alert per recipient.

Who belongs to a facility's roster is data; which kinds reach which side, and
what outranks what, is the table here. docs/alerts.md tells it to people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from scheduler.domain import duty_hours
from scheduler.domain.duty import HOUR, MINUTE
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.instants import parse_duration
from scheduler.domain.ladder import next_rung
from scheduler.domain.policy import Notice, Policy
from scheduler.domain.roster import AGENCY, Chain, Channel, Contact, Roster, Side


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


class Draft(NamedTuple):
    """One alert to one recipient, before it is written to the outbox.

    Attributes:
        also: Types of the less urgent alerts that it stands for.
        channels: All of the recipient's, or the first.
        not_before: When quiet hours let it go; None is at once.
    """

    event: Event
    type: str
    also: tuple[str, ...]
    contact: Contact
    urgency: int
    lasting: bool
    channels: tuple[Channel, ...]
    not_before: datetime | None


OFFICE_AND_FACILITY = Side.OFFICE | Side.FACILITY
EVERYBODY = OFFICE_AND_FACILITY | Side.SUPERVISOR

OUTCOME_TYPE = "hold.closed"
_OUTCOME = Route(OUTCOME_TYPE, OFFICE_AND_FACILITY, 13, 13, lasting=True)
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

FACILITY_REMINDERS = frozenset({"expected_release", "notice"})
"""Reminders of the facility's own duty go to the facility too."""
RUNGS = frozenset({"ceiling", "deadline"})
"""What the reminders of the ladder count to."""
LATE = 4 * HOUR
"""From so long before the limit on, every channel is used and no quiet is kept."""
LAST_RUNG = 30 * MINUTE
"""The supervisor hears of rungs from here on, and of the shortest where all are longer."""
EVERY_CHANNEL = frozenset(
    {
        "hold.release_without_notification",
        "hold.over_detention",
        "hold.expired",
        "hold.withdrawn",
        "hold.ceiling_reached",
        "hold.citizenship_claimed",
    }
)
"""Types that use every channel however long before the limit."""
NEVER_NARROWED = frozenset(
    {
        # An unlawful hold, or a release unannounced: to have asked not to hear of it
        # must excuse nobody.
        "hold.release_without_notification",
        "hold.over_detention",
        "hold.expired",
        # Whoever heard the charge must hear that it is withdrawn.
        "hold.withdrawn",
        # The chain has nobody else at that place.
        "hold.escalated",
    }
)
"""Types that reach a contact whatever it is narrowed to."""
TYPES = frozenset(route.type for route in ROUTES.values())
"""What a contact can be narrowed to."""


class _Phase(NamedTuple):
    """What of a hold's state decides who hears, and how.

    Attributes:
        tells_agency: Its policy lets the agency hear.
        is_late: Under four hours are left to the limit, or it has passed.
        is_expired: The authority has ended without an outcome by then.
    """

    tells_agency: bool
    is_late: bool
    is_expired: bool


class _Told(NamedTuple):
    """That one contact hears of an event."""

    contact: Contact
    urgency: int
    channels: tuple[Channel, ...]


class _Case(NamedTuple):
    """What the alerts of one moment are about; see `drafts`."""

    roster: Roster
    phase: _Phase
    hold: Hold
    rules: Rules
    now: datetime
    heard: Collection[str]


def chain_length(roster: Roster, policy: Policy, *, now: datetime, hold: Hold | None = None) -> int:
    """Return how many places an unanswered reminder can be passed on to.

    Args:
        roster: Of the hold's facility.
        policy: The hold's.
        now: UTC; who is on duty then.
        hold: None for one that is not on record yet.
    """
    return len(_chain(roster, hold, now, agency=_tells_agency(roster, policy)))


def drafts(
    events: Iterable[Event],
    roster: Roster,
    *,
    hold: Hold,
    rules: Rules,
    now: datetime,
    heard: Collection[str] = (),
) -> list[Draft]:
    """Return one draft per recipient: the most urgent event, the others listed in it.

    Args:
        events: Written for one hold at one moment.
        roster: Of the hold's facility.
        hold: As the events leave it.
        rules: The hold's; where its policy prohibits notice, the agency hears nothing.
        now: UTC, when the alerts are written: who is on duty then, is told.
        heard: Contacts that were alerted about the hold before. They hear that it
            is closed, or that its limit has moved.
    """
    if not roster.contacts:
        return []
    case = _Case(roster, _phase(roster, hold, rules.policy, now), hold, rules, now, heard)
    told: dict[str, list[tuple[_Told, Event]]] = {}
    outcomes: list[Event] = []
    for event in events:
        route = ROUTES.get(event.kind)
        if route is None:
            continue
        if route.type == OUTCOME_TYPE:
            outcomes.append(event)
            continue
        for each in _hearing(event, case):
            told.setdefault(each.contact.id, []).append((each, event))
    for event in outcomes:
        # Whoever is alerted at this very moment was alerted too.
        for each in _tell(event.kind, case, {*heard, *told}):
            told.setdefault(each.contact.id, []).append((each, event))
    return [_most_urgent(entries, case) for entries in told.values()]


def _phase(roster: Roster, hold: Hold, policy: Policy, now: datetime) -> _Phase:
    limit = hold.ceiling_at
    is_late = limit is not None and limit - now <= LATE
    return _Phase(_tells_agency(roster, policy), is_late, hold.expired_at is not None)


def _tells_agency(roster: Roster, policy: Policy) -> bool:
    return policy.notice is not Notice.PROHIBITED or roster.alerts_despite_prohibition


def _chain(roster: Roster, hold: Hold | None, now: datetime, *, agency: bool) -> Chain:
    since: datetime | None = None
    if hold is not None and roster.is_scheduled:
        rungs = (hold.reminded_to, hold.deadline_reminded_to)
        since = max((rung for rung in rungs if rung is not None), default=None)
    return roster.chain(now, since=since, agency=agency)


# Who.


def _hearing(event: Event, case: _Case) -> Sequence[_Told]:
    """Return who hears of an event, as worked out before where that is possible."""
    roster, phase = case.roster, case.phase
    if event.kind is Kind.ALERT_ESCALATED:
        chain = _chain(roster, case.hold, case.now, agency=phase.tells_agency)
        members = chain[min(event.place, len(chain)) - 1] if chain else ()
        return list(_tell(event.kind, case, {contact.id for contact in members}))
    if ROUTES[event.kind].type == "hold.deadline_changed":
        if not event.data.get("moved"):
            return ()
        # Whoever counts on the old limit must hear of the new one.
        return list(_tell(event.kind, case, _addressed(event, case).union(case.heard)))
    told = event.data
    hour = case.now if roster.is_scheduled else None
    # A hundred thousand holds ask for the same few answers: whatever decides is in the key.
    key = (event.kind, told.get("counts_to"), told.get("lead"), case.rules.ladder[-1], phase, hour)
    known: Sequence[_Told] | None = roster.known.get(key)
    if known is None:
        known = roster.known[key] = tuple(_tell(event.kind, case, _addressed(event, case)))
    return known


def _addressed(event: Event, case: _Case) -> set[str]:
    """Return whom an event is meant for, before anybody is narrowed or left out."""
    to = ROUTES[event.kind].to
    if event.kind is Kind.REMINDER_DUE and event.data.get("counts_to") in FACILITY_REMINDERS:
        to |= Side.FACILITY
    if _is_last_rung(event, case.rules):
        to |= Side.SUPERVISOR
    if case.phase.is_expired:
        to |= EVERYBODY
    addressed = {contact.id for contact in case.roster.contacts if contact.side in to}
    if EVERYBODY not in to:
        # Up to the limit the list is told one by one: its first, the others by escalation.
        first = case.roster.first(case.now)
        addressed -= {listed.id for listed in case.roster.duty_list if listed is not first}
    return addressed


def _tell(kind: Kind, case: _Case, addressed: Collection[str]) -> Iterator[_Told]:
    """Tell those of them who may hear and want to."""
    route, phase = ROUTES[kind], case.phase
    for contact in case.roster.contacts:
        is_barred = contact.side in AGENCY and not phase.tells_agency
        if contact.id in addressed and not is_barred and _hears(contact, route.type):
            urgency = route.facility_urgency if contact.side is Side.FACILITY else route.urgency
            yield _Told(contact, urgency, _channels(contact, route, case))


def _hears(contact: Contact, type_: str) -> bool:
    if contact.kinds is None or type_ in contact.kinds or type_ in NEVER_NARROWED:
        return True
    # Who is on duty is told for the whole list.
    return type_ == "hold.reminder" and contact.place is not None


def _is_last_rung(event: Event, rules: Rules) -> bool:
    if event.kind is not Kind.REMINDER_DUE or event.data.get("counts_to") not in RUNGS:
        return False
    return _lead(event) <= max(LAST_RUNG, rules.ladder[-1])


def _lead(event: Event) -> timedelta:
    return _duration(str(event.data["lead"]))


# A few leads are read over and over.
_duration = lru_cache(maxsize=256)(parse_duration)


# How and when.


def _channels(contact: Contact, route: Route, case: _Case) -> tuple[Channel, ...]:
    is_early = not case.phase.is_late and route.type not in EVERY_CHANNEL
    # The list is the office's affair, and changes nothing for a facility.
    if is_early and case.roster.duty_list and contact.side is not Side.FACILITY:
        return contact.first_channels
    return contact.channels


def _most_urgent(entries: Sequence[tuple[_Told, Event]], case: _Case) -> Draft:
    told, event = entries[0]
    also: tuple[str, ...] = ()
    lasting, channels = ROUTES[event.kind].lasting, told.channels
    if len(entries) > 1:
        told, event = min(entries, key=lambda entry: entry[0].urgency)
        types = dict.fromkeys(ROUTES[other.kind].type for _, other in entries)
        also = tuple(type_ for type_ in types if type_ != ROUTES[event.kind].type)
        lasting = any(ROUTES[other.kind].lasting for _, other in entries)
        channels = max((each.channels for each, _ in entries), key=len)
    type_, contact = ROUTES[event.kind].type, told.contact
    not_before = None if contact.quiet is None else _not_before(contact.quiet, entries, case)
    return Draft(event, type_, also, contact, told.urgency, lasting, channels, not_before)


def _not_before(
    quiet: duty_hours.Hours, entries: Sequence[tuple[_Told, Event]], case: _Case
) -> datetime | None:
    """Return when quiet hours let an alert go, or None where it goes at once."""
    if case.phase.is_late or not all(_may_wait(event) for _, event in entries):
        return None
    ends = duty_hours.quiet_until(quiet, case.now)
    if ends is None:
        return None
    # Never later than what comes next, or than four hours before the limit.
    limit = case.hold.ceiling_at
    caps = [case.hold.expected_release_at]
    if limit is not None:
        caps = [limit - LATE, next_rung(limit, case.rules.ladder, case.now)]
    return min([ends, *(cap for cap in caps if cap is not None and cap > case.now)])


def _may_wait(event: Event) -> bool:
    """Say whether quiet hours may hold an event back: early rungs and beginnings only."""
    if event.kind is Kind.REMINDER_DUE:
        return _lead(event) > LATE
    return event.kind in {Kind.HOLD_REGISTERED, Kind.CLOCK_STARTED}
