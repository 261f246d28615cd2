"""Who hears of what, how urgently, and in whose stead."""

from __future__ import annotations

import pytest

from scheduler.domain import routing
from scheduler.domain.events import Event, Kind
from scheduler.domain.routing import Channel, Contact, Draft, Roster, Side
from tests.unit.domain.builders import BOOK, START

FORM = BOOK["i-247a"]
NO_NOTICE = BOOK["no-hold-no-notice"]
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


def drafts(*events: Event, roster: Roster = EVERY_SIDE) -> dict[str, Draft]:
    made = routing.drafts(events, roster, FORM)
    told = {draft.contact.id: draft for draft in made}
    assert len(told) == len(made)
    return told


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param(Kind.HOLD_REGISTERED, {"office"}, id="registered"),
        pytest.param(Kind.CLOCK_STARTED, {"office"}, id="clock started"),
        pytest.param(Kind.REMINDER_DUE, {"office"}, id="reminder"),
        pytest.param(Kind.AUTHORITY_MISSING, {"office", "jail"}, id="papers"),
        pytest.param(Kind.NOTICE_OVERDUE, {"office", "jail"}, id="notice overdue"),
        pytest.param(Kind.RELEASE_CONFIRMATION_DUE, {"office", "jail"}, id="confirm the release"),
        pytest.param(Kind.AUTHORITY_LAPSED, {"office", "jail"}, id="lapsed"),
        pytest.param(Kind.CITIZENSHIP_CLAIMED, {"office", "supervisor"}, id="citizenship"),
        pytest.param(Kind.CEILING_REACHED, {"office", "jail", "supervisor"}, id="ceiling"),
        pytest.param(Kind.HOLD_EXPIRED, {"office", "jail", "supervisor"}, id="expired"),
        pytest.param(
            Kind.RELEASE_WITHOUT_NOTIFICATION, {"office", "jail", "supervisor"}, id="unnotified"
        ),
        pytest.param(
            Kind.OVER_DETENTION_ALARM, {"office", "jail", "supervisor"}, id="over-detention"
        ),
        pytest.param(
            Kind.HOLD_EXPIRY_WITHDRAWN, {"office", "jail", "supervisor"}, id="expiry withdrawn"
        ),
        pytest.param(
            Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
            {"office", "jail", "supervisor"},
            id="charge withdrawn",
        ),
        pytest.param(Kind.TRANSFER_RECORDED, {"office", "jail"}, id="closed"),
        pytest.param(Kind.DETAINER_SERVED, set(), id="service is recorded and told to nobody"),
        pytest.param(Kind.NOTICE_RECORDED, set(), id="notice too"),
        pytest.param(Kind.ENTRY_CORRECTED, set(), id="a correction that moves no limit"),
    ],
)
def test_kind_reaches_its_sides(kind: Kind, told: set[str]) -> None:
    assert set(drafts(event(kind))) == told


def test_every_outcome_is_told_as_closed() -> None:
    outcomes = [kind for kind, route in routing.ROUTES.items() if route.type == "hold.closed"]

    assert len(outcomes) == 8
    assert all(drafts(event(kind))["jail"].type == "hold.closed" for kind in outcomes)


@pytest.mark.parametrize("counts_to", ["expected_release", "notice"])
def test_reminder_of_the_facilitys_own_duty_reaches_the_facility(counts_to: str) -> None:
    assert set(drafts(event(Kind.REMINDER_DUE, counts_to=counts_to))) == {"office", "jail"}


@pytest.mark.parametrize("kind", [Kind.CLOCK_CORRECTED, Kind.POLICY_CHANGED])
def test_correction_is_told_where_a_limit_moved_and_only_there(kind: Kind) -> None:
    assert set(drafts(event(kind, moved=True))) == {"office", "jail"}
    assert drafts(event(kind, moved=False)) == {}
    assert drafts(event(kind)) == {}


BY_URGENCY = [
    Kind.RELEASE_WITHOUT_NOTIFICATION,
    Kind.OVER_DETENTION_ALARM,
    Kind.HOLD_EXPIRED,
    Kind.CITIZENSHIP_CLAIMED,
    Kind.HOLD_EXPIRY_WITHDRAWN,
    Kind.CEILING_REACHED,
    Kind.AUTHORITY_MISSING,
    Kind.CLOCK_CORRECTED,
    Kind.NOTICE_OVERDUE,
    Kind.REMINDER_DUE,
    Kind.CLOCK_STARTED,
    Kind.HOLD_REGISTERED,
    Kind.TRANSFER_RECORDED,
]


def test_office_hears_the_most_urgent_of_a_tick_with_the_others_listed() -> None:
    for place in range(len(BY_URGENCY) - 1):
        later = [event(kind, moved=True) for kind in BY_URGENCY[place:]]

        draft = drafts(*reversed(later))["office"]

        assert draft.event.kind is BY_URGENCY[place]
        assert len(draft.also) == len(later) - 1
        assert draft.type not in draft.also


def test_facility_hears_of_over_detention_first() -> None:
    told = drafts(
        event(Kind.RELEASE_WITHOUT_NOTIFICATION),
        event(Kind.HOLD_EXPIRED),
        event(Kind.OVER_DETENTION_ALARM),
    )

    assert told["jail"].type == "hold.over_detention"
    assert told["office"].type == "hold.release_without_notification"
    assert told["jail"].also == ("hold.release_without_notification", "hold.expired")


def test_type_is_listed_once_however_many_events_it_has() -> None:
    told = drafts(event(Kind.HOLD_EXPIRED), event(Kind.REMINDER_DUE), event(Kind.REMINDER_DUE))

    assert told["office"].also == ("hold.reminder",)


def test_alert_lasts_if_anything_in_it_does() -> None:
    assert not drafts(event(Kind.REMINDER_DUE))["office"].lasting
    assert not drafts(event(Kind.CEILING_REACHED))["office"].lasting
    assert drafts(event(Kind.HOLD_EXPIRED))["office"].lasting
    assert drafts(event(Kind.CITIZENSHIP_CLAIMED), event(Kind.TRANSFER_RECORDED))["office"].lasting


def test_reminder_goes_to_the_first_on_the_duty_list_and_to_who_is_not_on_it() -> None:
    roster = Roster((OFFICE, THIRD, FIRST, SECOND, JAIL))

    told = drafts(event(Kind.REMINDER_DUE), roster=roster)

    assert set(told) == {"office", "first"}


def test_vacant_first_place_leaves_the_reminder_to_the_next() -> None:
    told = drafts(event(Kind.REMINDER_DUE), roster=Roster((SECOND, THIRD)))

    assert set(told) == {"second"}


def test_from_the_deadline_on_the_whole_duty_list_hears() -> None:
    told = drafts(event(Kind.HOLD_EXPIRED), roster=Roster((FIRST, SECOND, THIRD)))

    assert set(told) == {"first", "second", "third"}


CHAIN = Roster((THIRD, ADMINISTRATOR, FIRST, SUPERVISOR, SECOND, JAIL))


def test_chain_goes_down_the_duty_list_to_the_supervisor_and_the_administrators() -> None:
    places = [tuple(contact.id for contact in place) for place in CHAIN.chain()]

    assert places == [("second",), ("third",), ("supervisor",), ("administrator",)]


def test_nobody_to_pass_on_to_makes_an_empty_chain() -> None:
    assert Roster().chain() == ()
    assert Roster((FIRST, JAIL)).chain() == ()


@pytest.mark.parametrize(
    ("place", "told"),
    [(1, "second"), (2, "third"), (3, "supervisor"), (4, "administrator"), (9, "administrator")],
)
def test_escalation_tells_its_place_in_the_chain_alone(place: int, told: str) -> None:
    passed_on = event(Kind.ALERT_ESCALATED)._replace(place=place)

    assert set(drafts(passed_on, roster=CHAIN)) == {told}
    assert drafts(passed_on, roster=CHAIN)[told].type == "hold.escalated"


def test_escalation_with_nobody_left_tells_nobody() -> None:
    passed_on = event(Kind.ALERT_ESCALATED)._replace(place=1)

    assert drafts(passed_on, roster=Roster((FIRST,))) == {}


def test_where_notice_is_prohibited_the_agency_hears_nothing() -> None:
    everything = [event(kind, moved=True) for kind in routing.ROUTES]
    everything[-1:] = [event(Kind.ALERT_ESCALATED)._replace(place=1)]

    for roster in (EVERY_SIDE, CHAIN):
        made = routing.drafts(everything, roster, NO_NOTICE)
        sides = {draft.contact.side for draft in made}

        assert Side.FACILITY in sides
        assert not sides & {Side.OFFICE, Side.SUPERVISOR}
