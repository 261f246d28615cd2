"""On which channels an alert goes out, to whom it is narrowed, and what quiet hours hold back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.domain import duty_hours, routing
from scheduler.domain.duty_hours import Hours
from scheduler.domain.events import Event, Kind
from scheduler.domain.roster import Channel, Contact, Roster
from tests.unit.domain.builders import START, at
from tests.unit.domain.recipients import (
    EVERY_SIDE,
    FIRST,
    JAIL,
    OFFICE,
    SECOND,
    drafts,
    event,
    reminder,
)

# Channels.


MAIL, PAGER = Channel("mail", "email", 1), Channel("pager", "webhook", 2)
DUTY = FIRST._replace(channels=(MAIL, PAGER))


def carried(*events: Event, roster: Roster | None = None, **known: Any) -> set[str]:
    told = drafts(*events, roster=roster or Roster((DUTY,)), **known)
    (draft,) = told.values()
    return {channel.id for channel in draft.channels}


@pytest.mark.parametrize(
    ("early", "now"),
    [
        pytest.param(event(Kind.HOLD_REGISTERED), START, id="registered"),
        pytest.param(reminder("24 h"), at(24), id="24 h"),
        pytest.param(reminder("8 h"), at(40), id="8 h"),
        pytest.param(reminder("8 h"), at(43, 59), id="a minute before the 4 h rung"),
    ],
)
def test_early_alerts_of_a_duty_list_use_the_first_channel(early: Event, now: datetime) -> None:
    assert carried(early, now=now, ceiling_at=at(48)) == {"mail"}


@pytest.mark.parametrize(
    ("late", "now"),
    [
        pytest.param(reminder("4 h"), at(44), id="4 h"),
        pytest.param(reminder("30 min"), at(47, 30), id="30 min"),
        pytest.param(event(Kind.ALERT_ESCALATED)._replace(place=1), at(45), id="escalated late"),
        pytest.param(event(Kind.NOTICE_OVERDUE), at(45), id="anything in the last hours"),
        pytest.param(event(Kind.CEILING_REACHED), at(48), id="ceiling"),
        pytest.param(event(Kind.CITIZENSHIP_CLAIMED), START, id="citizenship, however early"),
        pytest.param(event(Kind.RELEASE_WITHOUT_NOTIFICATION), START, id="release, the same"),
    ],
)
def test_late_and_grave_alerts_use_every_channel_at_once(late: Event, now: datetime) -> None:
    roster = Roster((DUTY, SECOND._replace(channels=(MAIL, PAGER))))

    told = drafts(late, roster=roster, now=now, ceiling_at=at(48), deadline_at=at(48))

    assert {len(draft.channels) for draft in told.values()} == {2}


def test_early_escalation_uses_the_first_channel() -> None:
    passed_on = event(Kind.ALERT_ESCALATED)._replace(place=1)
    roster = Roster((FIRST, SECOND._replace(channels=(MAIL, PAGER))))

    assert carried(passed_on, roster=roster, now=at(24), ceiling_at=at(48)) == {"mail"}


def test_alert_that_stands_for_a_grave_one_too_uses_every_channel() -> None:
    assert carried(event(Kind.CITIZENSHIP_CLAIMED), event(Kind.CLOCK_STARTED)) == {"mail", "pager"}


def test_without_a_duty_list_every_alert_uses_every_channel() -> None:
    office = OFFICE._replace(channels=(MAIL, PAGER))

    assert carried(reminder(), roster=Roster((office,))) == {"mail", "pager"}


def test_channels_that_share_the_first_place_are_both_first() -> None:
    pair = DUTY._replace(channels=(MAIL, PAGER._replace(place=1), Channel("sms", "apprise", 2)))

    assert carried(reminder(), roster=Roster((pair,))) == {"mail", "pager"}


def test_duty_list_of_the_office_changes_nothing_for_the_facility() -> None:
    jail = JAIL._replace(channels=(MAIL, PAGER))

    told = drafts(event(Kind.NOTICE_OVERDUE), roster=Roster((DUTY, jail)))

    assert len(told["jail"].channels) == 2
    assert len(told["first"].channels) == 1


# Narrowing.


def narrowed(contact: Contact, *kinds: str) -> Contact:
    return contact._replace(kinds=frozenset(kinds))


def test_contact_hears_only_of_the_kinds_it_is_narrowed_to() -> None:
    roster = Roster((narrowed(OFFICE, "hold.notice_overdue"),))

    told = drafts(event(Kind.NOTICE_OVERDUE), event(Kind.CLOCK_STARTED), roster=roster)

    assert (told["office"].type, told["office"].also) == ("hold.notice_overdue", ())
    assert drafts(reminder(), roster=roster) == {}


@pytest.mark.parametrize(
    "kind",
    [
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.OVER_DETENTION_ALARM,
        Kind.HOLD_EXPIRY_WITHDRAWN,
    ],
)
def test_unlawful_hold_is_told_to_whoever_asked_not_to_hear_of_it(kind: Kind) -> None:
    contacts = tuple(narrowed(each, "hold.reminder") for each in EVERY_SIDE.contacts)

    assert set(drafts(event(kind), roster=Roster(contacts))) == {"office", "jail", "supervisor"}


def test_duty_is_not_narrowed_away() -> None:
    roster = Roster((narrowed(FIRST, "hold.registered"), narrowed(SECOND, "hold.registered")))
    passed_on = event(Kind.ALERT_ESCALATED)._replace(place=1)

    assert set(drafts(reminder(), roster=roster)) == {"first"}
    assert set(drafts(passed_on, roster=roster)) == {"second"}


def test_kinds_to_narrow_to_are_the_types_that_are_told() -> None:
    assert "hold.reminder" in routing.TYPES
    assert "channel.test" not in routing.TYPES
    assert routing.NEVER_NARROWED < routing.TYPES


# Quiet hours.


SLEEPER = OFFICE._replace(quiet=Hours("America/New_York", duty_hours.quiet_from("22:00-06:00")))
TEN_AT_NIGHT, SIX = at(13), at(21)
"""22:00 and 06:00 in New York."""


def waits_until(*events: Event, now: datetime = TEN_AT_NIGHT, **known: Any) -> datetime | None:
    return drafts(*events, roster=Roster((SLEEPER,)), now=now, **known)["office"].not_before


@pytest.mark.parametrize(
    "early",
    [
        pytest.param([event(Kind.HOLD_REGISTERED)], id="registered"),
        pytest.param([event(Kind.HOLD_REGISTERED), event(Kind.CLOCK_STARTED)], id="both"),
        pytest.param([reminder("24 h")], id="24 h"),
    ],
)
def test_quiet_hours_hold_early_alerts_back_till_the_morning(early: list[Event]) -> None:
    assert waits_until(*early, ceiling_at=at(48)) == SIX


@pytest.mark.parametrize("now", [at(12, 59), SIX])
def test_outside_of_quiet_hours_nothing_waits(now: datetime) -> None:
    assert waits_until(reminder("24 h"), now=now, ceiling_at=at(48)) is None


@pytest.mark.parametrize(
    "grave",
    [
        Kind.AUTHORITY_MISSING,
        Kind.NOTICE_OVERDUE,
        Kind.CEILING_REACHED,
        Kind.HOLD_EXPIRED,
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        Kind.OVER_DETENTION_ALARM,
        Kind.CITIZENSHIP_CLAIMED,
    ],
)
def test_quiet_hours_hold_nothing_else_back_nor_what_comes_with_it(grave: Kind) -> None:
    assert waits_until(event(grave), ceiling_at=at(48)) is None
    assert waits_until(event(Kind.CLOCK_STARTED), event(grave), ceiling_at=at(48)) is None


@pytest.mark.parametrize(("lead", "left"), [("4 h", 4), ("30 min", 0.5), ("8 h", 4)])
def test_last_four_hours_know_no_quiet(lead: str, left: float) -> None:
    limit = TEN_AT_NIGHT + timedelta(hours=left)

    assert waits_until(reminder(lead), ceiling_at=limit) is None


@pytest.mark.parametrize("lead", ["4 h", "1 h"])
def test_short_reminder_of_the_notice_does_not_wait(lead: str) -> None:
    assert waits_until(reminder(lead, "notice")) is None


def test_nothing_waits_past_the_next_rung() -> None:
    # 24 h left at 22:30; the 20 h rung comes at 02:30.
    ladder = tuple(timedelta(hours=hours) for hours in (24, 20, 4))
    now = TEN_AT_NIGHT + timedelta(minutes=30)
    limit = now + timedelta(hours=24)

    assert waits_until(
        reminder("24 h"), now=now, ladder=ladder, ceiling_at=limit
    ) == limit - timedelta(hours=20)


def test_nothing_waits_past_four_hours_before_the_limit() -> None:
    limit = TEN_AT_NIGHT + timedelta(hours=8)
    ladder = (timedelta(hours=8), timedelta(hours=1))

    assert waits_until(reminder("8 h"), ladder=ladder, ceiling_at=limit) == limit - timedelta(
        hours=4
    )


def test_lodged_hold_waits_no_longer_than_its_expected_release() -> None:
    release = TEN_AT_NIGHT + timedelta(hours=2)

    assert waits_until(event(Kind.HOLD_REGISTERED), expected_release_at=release) == release
