from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifiers import base, calendar_invite
from notifiers.base import Alert
from scheduler.domain.hold import OPEN_STATUSES, Status
from tests.support import calendar_reader
from tests.support.alerts import DEADLINE, REMINDER, alert, reminder

NOW = datetime(2026, 3, 9, 17, 0, 3, tzinfo=UTC)
UID = "hold-7Q3KM4@jail.example.gov"
CEILING = DEADLINE - timedelta(hours=20)
NO_CLOCK = {"starts_at": None, "deadline_at": None, "ceiling_at": None}


def made(said: Alert) -> calendar_invite.Invite | None:
    return calendar_invite.invite(said, uid=UID, organizer="alerts@jail.example.gov", now=NOW)


def read(said: Alert) -> calendar_reader.Entry:
    invite = made(said)
    assert invite is not None
    entry = calendar_reader.read(invite.text)
    assert entry.method == invite.method
    return entry


def test_entry_says_when_authority_ends_where_and_for_which_hold() -> None:
    entry = read(REMINDER)

    assert entry.method == "PUBLISH"
    assert entry.fields["uid"] == UID
    assert entry.fields["sequence"] == 5
    assert entry.starts_at == DEADLINE
    assert entry.fields["dtstamp"].dt == NOW
    assert entry.fields["status"] == "CONFIRMED"
    assert entry.fields["summary"] == "[Hold 7Q3KM4] Authority to hold ends"
    assert entry.fields["location"] == "Wake County Jail (NC-WAKE)"
    assert entry.fields["url"] == REMINDER.url
    assert "Deadline: Mon 9 Mar 2026 17:00 EDT" in entry.fields["description"]
    assert "+1 919 555 0142" in entry.fields["description"]


def test_entry_names_nobody_and_asks_for_no_answer() -> None:
    entry = read(REMINDER)

    assert "attendee" not in entry.fields
    assert entry.fields["organizer"] == "mailto:alerts@jail.example.gov"
    assert entry.fields["class"] == "PRIVATE"
    assert entry.fields["transp"] == "TRANSPARENT"


def test_earlier_ceiling_is_the_instant_to_plan_to() -> None:
    entry = read(reminder(ceiling_at=CEILING, occurred_at=CEILING - timedelta(hours=4)))

    assert entry.starts_at == CEILING
    assert entry.fields["summary"] == "[Hold 7Q3KM4] Ceiling, plan to this"
    assert "Ceiling: Sun 8 Mar 2026 21:00 EDT" in entry.fields["description"]
    assert "Deadline: Mon 9 Mar 2026 17:00 EDT" in entry.fields["description"]


@pytest.mark.parametrize(
    ("noticed_at", "start"),
    [
        pytest.param(CEILING - timedelta(seconds=1), CEILING, id="just before the ceiling"),
        pytest.param(CEILING, DEADLINE, id="at the ceiling"),
        pytest.param(CEILING + timedelta(seconds=1), DEADLINE, id="just after it"),
    ],
)
def test_entry_moves_to_the_deadline_when_the_ceiling_has_passed(
    noticed_at: datetime, start: datetime
) -> None:
    due_at = CEILING - timedelta(hours=1)
    late_by_s = int((noticed_at - due_at).total_seconds())

    entry = read(reminder(ceiling_at=CEILING, occurred_at=due_at, late_by_s=late_by_s))

    assert entry.starts_at == start


def test_changed_deadline_moves_the_same_entry_under_a_higher_sequence() -> None:
    before = read(REMINDER)
    later = DEADLINE + timedelta(hours=24)

    after = read(
        alert("hold.deadline_changed", "k", deadline_at=later, ceiling_at=later, sequence=6)
    )

    assert after.method == "PUBLISH"
    assert after.fields["uid"] == before.fields["uid"]
    assert after.fields["sequence"] > before.fields["sequence"]
    assert after.starts_at == later


@pytest.mark.parametrize("also", [(), ("hold.closed",)], ids=["by itself", "beside another"])
def test_closing_the_hold_cancels_its_entry(also: tuple[str, ...]) -> None:
    type_ = "hold.release_without_notification" if also else "hold.closed"
    before = read(REMINDER)

    entry = read(alert(type_, "k", also=also, status="running", sequence=9))

    assert entry.method == "CANCEL"
    assert entry.fields["uid"] == before.fields["uid"]
    assert entry.fields["sequence"] > before.fields["sequence"]
    assert entry.fields["status"] == "CANCELLED"
    assert entry.fields["organizer"] == before.fields["organizer"]
    assert "attendee" not in entry.fields
    assert entry.fields["summary"] == "[Hold 7Q3KM4] Closed"


@pytest.mark.parametrize("status", sorted(set(Status) - OPEN_STATUSES))
def test_alert_that_arrives_after_the_outcome_does_not_put_the_entry_back(status: str) -> None:
    entry = read(alert("hold.expired", "hold_expired", status=status))

    assert entry.method == "CANCEL"


@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
def test_entry_of_an_open_hold_with_a_limit_stands(status: str) -> None:
    entry = read(alert("hold.expired", "hold_expired", status=status))

    assert entry.method == "PUBLISH"


@pytest.mark.parametrize("type_", ["hold.deadline_changed", "hold.withdrawn"])
def test_limit_that_no_longer_stands_cancels_the_entry(type_: str) -> None:
    entry = read(alert(type_, "k", status="lodged", **NO_CLOCK))

    assert entry.method == "CANCEL"
    assert entry.fields["summary"] == "[Hold 7Q3KM4] Clock not running"


@pytest.mark.parametrize("type_", ["hold.registered", "hold.reminder", "hold.authority_missing"])
def test_hold_without_a_limit_has_no_entry(type_: str) -> None:
    assert made(alert(type_, "k", status="lodged", **NO_CLOCK)) is None


def test_test_message_has_no_entry() -> None:
    said = base.channel_test(key="t-1", url="https://holds.example.gov/", occurred_at=NOW)

    assert made(said) is None


def test_word_of_a_failed_delivery_puts_no_limit_in_an_administrators_calendar() -> None:
    assert made(alert(base.DELIVERY_FAILED, "alert_failed")) is None


def test_what_people_typed_adds_no_property() -> None:
    evil = "x\r\nATTENDEE:mailto:b@elsewhere.example.org\r\nX-A:1"

    entry = read(reminder(hold_ref=evil, facility_name=evil, facility_phone=evil, hold_id=evil))

    assert "attendee" not in entry.fields
    assert "x-a" not in entry.fields
