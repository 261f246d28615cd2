"""Who hears of what, how urgently, and in whose stead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain import duty_hours, routing
from scheduler.domain.duty_hours import Hours
from scheduler.domain.events import Kind
from scheduler.domain.roster import Contact, Roster, Side
from tests.unit.domain import builders
from tests.unit.domain.builders import START, at, hold
from tests.unit.domain.recipients import (
    ADMINISTRATOR,
    EVERY_SIDE,
    FIRST,
    JAIL,
    OFFICE,
    SECOND,
    SUPERVISOR,
    THIRD,
    drafts,
    event,
    reminder,
)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param(Kind.HOLD_REGISTERED, {"office"}, id="registered"),
        pytest.param(Kind.CLOCK_STARTED, {"office"}, id="clock started"),
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
    for kind in outcomes:
        assert drafts(event(kind), heard=("jail",))["jail"].type == "hold.closed"


def test_closed_reaches_whoever_was_alerted_on_whatever_side_and_nobody_else() -> None:
    told = drafts(event(Kind.RELEASE_RECORDED), heard=("supervisor", "administrator", "gone"))

    assert set(told) == {"supervisor", "administrator"}


def test_closed_reaches_whoever_is_alerted_at_the_same_moment() -> None:
    told = drafts(event(Kind.HOLD_REGISTERED), event(Kind.TRANSFER_RECORDED))

    assert {name: draft.also for name, draft in told.items()} == {"office": ("hold.closed",)}


@pytest.mark.parametrize("counts_to", ["expected_release", "notice"])
def test_reminder_of_the_facilitys_own_duty_reaches_the_facility(counts_to: str) -> None:
    assert set(drafts(reminder("1 h", counts_to))) == {"office", "jail"}


@pytest.mark.parametrize("counts_to", ["ceiling", "deadline"])
def test_reminder_of_the_agencys_part_does_not(counts_to: str) -> None:
    assert set(drafts(reminder("24 h", counts_to))) == {"office"}


@pytest.mark.parametrize("kind", [Kind.CLOCK_CORRECTED, Kind.POLICY_CHANGED])
def test_correction_is_told_where_a_limit_moved_and_only_there(kind: Kind) -> None:
    assert set(drafts(event(kind, moved=True))) == {"office", "jail"}
    assert drafts(event(kind, moved=False)) == {}
    assert drafts(event(kind)) == {}


def test_moved_limit_is_told_to_whoever_counts_on_the_old_one() -> None:
    moved = event(Kind.CLOCK_CORRECTED, moved=True)

    told = drafts(moved, roster=Roster((FIRST, SECOND, THIRD, ADMINISTRATOR)), heard=("second",))

    assert set(told) == {"first", "second"}


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
        later = [event(kind, moved=True, lead="24 h") for kind in BY_URGENCY[place:]]

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
    told = drafts(event(Kind.HOLD_EXPIRED), reminder(), reminder())

    assert told["office"].also == ("hold.reminder",)


def test_alert_lasts_if_anything_in_it_does() -> None:
    assert not drafts(reminder())["office"].lasting
    assert not drafts(event(Kind.CEILING_REACHED))["office"].lasting
    assert drafts(event(Kind.HOLD_EXPIRED))["office"].lasting
    assert drafts(event(Kind.CITIZENSHIP_CLAIMED), event(Kind.TRANSFER_RECORDED))["office"].lasting


def test_reminder_goes_to_the_first_on_the_duty_list_and_to_who_is_not_on_it() -> None:
    roster = Roster((OFFICE, THIRD, FIRST, SECOND, JAIL))

    told = drafts(reminder(), roster=roster)

    assert set(told) == {"office", "first"}


def test_vacant_first_place_leaves_the_reminder_to_the_next() -> None:
    told = drafts(reminder(), roster=Roster((SECOND, THIRD)))

    assert set(told) == {"second"}


def test_from_the_deadline_on_the_whole_duty_list_hears() -> None:
    told = drafts(event(Kind.HOLD_EXPIRED), roster=Roster((FIRST, SECOND, THIRD)))

    assert set(told) == {"first", "second", "third"}


@pytest.mark.parametrize(
    "kind",
    [Kind.HOLD_REGISTERED, Kind.CLOCK_STARTED, Kind.AUTHORITY_MISSING, Kind.NOTICE_OVERDUE],
)
def test_before_the_limit_the_list_hears_through_its_first(kind: Kind) -> None:
    told = drafts(event(kind), roster=Roster((OFFICE, FIRST, SECOND)))

    assert set(told) == {"office", "first"}


def test_ceiling_is_told_to_the_whole_list() -> None:
    told = drafts(event(Kind.CEILING_REACHED), roster=Roster((FIRST, SECOND, SUPERVISOR, JAIL)))

    assert set(told) == {"first", "second", "supervisor", "jail"}


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind, route in routing.ROUTES.items()
        # Nothing escalates any more, and only the alerted hear that it is closed.
        if route.type not in ("hold.escalated", "hold.closed")
    ],
)
def test_from_the_deadline_on_everybody_hears_of_everything(kind: Kind) -> None:
    roster = Roster((OFFICE, FIRST, SECOND, SUPERVISOR, JAIL, ADMINISTRATOR))
    late = event(kind, moved=True, lead="30 min", counts_to="deadline")

    told = drafts(late, roster=roster, expired_at=START, ceiling_at=START)

    assert set(told) == {"office", "first", "second", "supervisor", "jail"}


# The supervisor.


@pytest.mark.parametrize(
    ("lead", "ladder", "told"),
    [
        ("30 min", (4, 1, 0.5), True),
        ("1 h", (4, 1, 0.5), False),
        ("1 h", (4, 1), True),
        ("4 h", (4, 1), False),
        ("15 min", (4, 0.5, 0.25), True),
        ("30 min", (4, 0.5, 0.25), True),
    ],
)
def test_supervisor_hears_the_last_rung(
    lead: str, ladder: tuple[float, ...], *, told: bool
) -> None:
    leads = tuple(timedelta(hours=hours) for hours in ladder)

    made = drafts(reminder(lead), ladder=leads, now=at(47), ceiling_at=at(48))

    assert ("supervisor" in made) is told


def test_supervisor_hears_no_reminder_of_the_notice_however_short() -> None:
    assert "supervisor" not in drafts(reminder("30 min", "notice"))


# The chain.


NIGHT = "daily 20:00-08:00"
DAY = "daily 08:00-20:00"
MORNING, EVENING, LATE_EVENING = at(0), at(10, 45), at(11, 15)
"""09:00, 19:45 and 20:15 in New York."""


def working(contact: Contact, words: str) -> Contact:
    return contact._replace(on_duty=Hours("America/New_York", duty_hours.schedule_from(words)))


def chain(roster: Roster, now: datetime = START, **told: Any) -> list[str]:
    places = roster.chain(now, **told)
    return ["+".join(contact.id for contact in place) for place in places]


CHAIN = Roster((THIRD, ADMINISTRATOR, FIRST, SUPERVISOR, SECOND, JAIL))


def test_chain_goes_down_the_duty_list_to_the_supervisor_and_the_administrators() -> None:
    assert chain(CHAIN) == ["second", "third", "supervisor", "administrator"]
    assert chain(CHAIN) == chain(CHAIN, at(5))


def test_nobody_to_pass_on_to_makes_an_empty_chain() -> None:
    assert chain(Roster()) == []
    assert chain(Roster((FIRST, JAIL))) == []


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


# Who is on duty.


def test_reminder_goes_to_the_first_who_is_on_duty() -> None:
    roster = Roster((working(FIRST, NIGHT), working(SECOND, DAY), THIRD))

    assert set(drafts(reminder(), roster=roster, now=MORNING)) == {"second"}
    assert set(drafts(reminder(), roster=roster, now=LATE_EVENING)) == {"first"}


def test_reminder_goes_to_the_first_of_the_list_where_nobody_is_on_duty() -> None:
    roster = Roster((working(SECOND, NIGHT), working(FIRST, NIGHT)))

    assert set(drafts(reminder(), roster=roster, now=MORNING)) == {"first"}


def test_chain_leaves_out_who_is_off_duty() -> None:
    roster = Roster((FIRST, working(SECOND, NIGHT), THIRD, SUPERVISOR))

    assert chain(roster, MORNING) == ["third", "supervisor"]
    assert chain(roster, LATE_EVENING) == ["second", "third", "supervisor"]


def test_who_is_off_duty_is_better_than_nobody() -> None:
    assert chain(Roster((FIRST, working(SECOND, NIGHT))), MORNING) == ["second"]
    assert chain(Roster((FIRST, working(SECOND, NIGHT), SUPERVISOR)), MORNING) == ["supervisor"]


def test_after_a_change_of_shift_the_alert_goes_on_to_who_took_over() -> None:
    roster = Roster((working(FIRST, DAY), working(SECOND, NIGHT), SUPERVISOR))
    passed_on = event(Kind.ALERT_ESCALATED)._replace(place=1)

    told = drafts(passed_on, roster=roster, now=LATE_EVENING, reminded_to=EVENING)

    assert chain(roster, LATE_EVENING, since=EVENING) == ["second", "supervisor"]
    assert set(told) == {"second"}


def test_nobody_is_passed_over_or_told_twice_when_the_first_goes_home() -> None:
    roster = Roster((working(FIRST, DAY), SECOND, THIRD, SUPERVISOR))
    places = [
        drafts(
            event(Kind.ALERT_ESCALATED)._replace(place=place),
            roster=roster,
            now=now,
            reminded_to=EVENING,
        )
        for place, now in ((1, EVENING), (2, LATE_EVENING), (3, LATE_EVENING))
    ]

    assert [set(place) for place in places] == [{"second"}, {"third"}, {"supervisor"}]


def test_length_of_the_chain_is_that_of_the_chain_that_is_told() -> None:
    roster = Roster((working(FIRST, DAY), working(SECOND, NIGHT), SUPERVISOR))
    policy = builders.BOOK["i-247a"]
    reminded = hold(reminded_to=EVENING)

    assert routing.chain_length(roster, policy, now=EVENING, hold=reminded) == 1
    assert routing.chain_length(roster, policy, now=LATE_EVENING, hold=reminded) == 2
    assert routing.chain_length(roster, policy, now=LATE_EVENING) == 1


# Where a policy prohibits notice.


def test_where_notice_is_prohibited_the_agency_hears_nothing() -> None:
    everything = [event(kind, moved=True, lead="24 h") for kind in routing.ROUTES]
    everything.append(event(Kind.ALERT_ESCALATED)._replace(place=1))
    heard = tuple(contact.id for contact in (*EVERY_SIDE.contacts, *CHAIN.contacts))

    for roster in (EVERY_SIDE, CHAIN):
        told = drafts(*everything, roster=roster, policy="no-hold-no-notice", heard=heard)
        sides = {draft.contact.side for draft in told.values()}

        assert sides == {Side.FACILITY, Side.ADMINISTRATORS}


def test_chain_without_the_agency_has_the_administrators_alone() -> None:
    policy = builders.BOOK["no-hold-no-notice"]

    assert chain(CHAIN, agency=False) == ["administrator"]
    assert routing.chain_length(CHAIN, policy, now=START) == 1
    assert routing.chain_length(Roster((FIRST, SECOND)), policy, now=START) == 0


def test_facility_may_have_the_agency_alerted_all_the_same() -> None:
    insisting = Roster(CHAIN.contacts, alerts_despite_prohibition=True)
    policy = builders.BOOK["no-hold-no-notice"]

    told = drafts(event(Kind.HOLD_REGISTERED), roster=insisting, policy=policy.id)

    assert set(told) == {"first"}
    assert routing.chain_length(insisting, policy, now=START) == 4
