"""Who is told, when and on which channel, through the whole house on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.hold import Outcome
from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE, Premises

# The clock stands at Monday 2 March 2026, 09:00 in New York.
NINE = "2026-03-02T14:00:00Z"
DAY = "daily 08:00-20:00"
NIGHT = "daily 20:00-08:00"


def add(premises: Premises, name: str, *, mails: int = 1, **contact: Any) -> str:
    """Add a contact with so many mail channels; return its id."""
    if not {"facility", "administrators"} & set(contact):
        contact["office"] = OFFICE
    if {"schedule", "quiet_hours"} & set(contact):
        contact["timezone"] = ZONE
    desk = premises.administration
    made = desk.add_contact(OPERATOR, name=name, **contact)
    for number in range(mails):
        desk.add_email(OPERATOR, made, f"{name}{number}@example.org")
    return made


def told(premises: Premises, type_: str) -> list[str]:
    """Return the contacts told of one type, in the order of telling."""
    return [delivery.contact_id for delivery in premises.deliveries(type=type_)]


# The duty list.


def test_reminder_reaches_who_is_on_duty_and_goes_on_to_who_took_over(premises: Premises) -> None:
    day = add(premises, "day", place=1, schedule=DAY)
    night = add(premises, "night", place=2, schedule=NIGHT)
    supervisor = add(premises, "supervisor", supervisor=True)
    admins = add(premises, "admins", administrators=True)
    # 24 h are left at 19:45, a quarter of an hour before the change of shift.
    premises.register(would_release_at="2026-03-02T00:45:00Z", reason="paper record")
    premises.deliver()

    premises.tick(hours=10, minutes=45)
    assert told(premises, "hold.reminder") == [day]
    premises.tick(minutes=30)
    assert told(premises, "hold.escalated") == [night]
    premises.tick(minutes=30)
    premises.tick(minutes=30)

    assert told(premises, "hold.escalated") == [night, supervisor, admins]


def test_whole_list_and_the_supervisor_hear_from_the_deadline_on(premises: Premises) -> None:
    first = add(premises, "first", place=1)
    second = add(premises, "second", place=2, schedule=NIGHT)
    supervisor = add(premises, "supervisor", supervisor=True)
    jail = add(premises, "jail", facility=FACILITY)
    premises.register(would_release_at=NINE)

    premises.tick(hours=47, minutes=30)
    last_rung = set(told(premises, "hold.reminder"))
    premises.tick(minutes=30)

    assert last_rung == {first, supervisor}
    alarmed = set(told(premises, "hold.release_without_notification"))
    assert alarmed | set(told(premises, "hold.over_detention")) == {first, second, supervisor, jail}


def test_nobody_on_duty_leaves_the_reminder_to_the_first(sqlite_premises: Premises) -> None:
    first = add(sqlite_premises, "first", place=1, schedule="sun 02:00-03:00")
    add(sqlite_premises, "second", place=2, schedule="sun 03:00-04:00")
    sqlite_premises.register(would_release_at=NINE)

    sqlite_premises.tick(hours=24)

    assert told(sqlite_premises, "hold.reminder") == [first]


def test_hours_that_cannot_be_read_hold_nobody_up(sqlite_premises: Premises) -> None:
    broken = add(sqlite_premises, "broken", place=1, schedule=NIGHT, kinds="reminder")
    sqlite_premises.execute(
        "UPDATE contact SET schedule = 'whenever', quiet_hours = '{', kinds = '[' WHERE id = :id",
        id=broken,
    )
    sqlite_premises.register(would_release_at=NINE)

    done = sqlite_premises.tick(hours=24)

    assert done.set_aside == 0
    assert told(sqlite_premises, "hold.reminder") == [broken]
    (early,) = sqlite_premises.deliveries(type="hold.reminder")
    assert early.attempt_at.year == 1970


# Channels.


def test_first_channel_carries_early_alerts_and_all_of_them_the_last_four_hours(
    premises: Premises,
) -> None:
    add(premises, "duty", place=1, mails=2)
    premises.register(would_release_at=NINE)
    premises.deliver()

    premises.tick(hours=40)
    premises.deliver()
    early = len(premises.mailer.delivered)
    premises.tick(hours=4)
    premises.deliver()

    targets = [kept.target.address for kept in premises.mailer.delivered]
    assert set(targets[:early]) == {"duty0@example.org"}
    assert set(targets[early:]) == {"duty0@example.org", "duty1@example.org"}


def test_order_of_channels_is_the_order_of_adding_until_it_is_changed(
    sqlite_premises: Premises,
) -> None:
    duty = add(sqlite_premises, "duty", place=1, mails=2)
    first, second = (
        row["id"]
        for row in sorted(sqlite_premises.house.directory.all_of("channel"), key=_by_place)
    )

    sqlite_premises.administration.edit(OPERATOR, "channel", first, {"place": 3})
    sqlite_premises.register(would_release_at=NINE)

    assert [delivery.channel_id for delivery in sqlite_premises.deliveries()] == [second]
    third = sqlite_premises.administration.add_email(OPERATOR, duty, "third@example.org").id
    assert sqlite_premises.house.directory.get("channel", third)["place"] == 4


def _by_place(row: dict[str, Any]) -> int:
    place: int = row["place"]
    return place


# Closed.


def test_closed_is_told_to_whoever_was_alerted_and_to_nobody_else(premises: Premises) -> None:
    first = add(premises, "first", place=1)
    second = add(premises, "second", place=2)
    supervisor = add(premises, "supervisor", supervisor=True)
    admins = add(premises, "admins", administrators=True)
    jail = add(premises, "jail", facility=FACILITY)
    papers = {"served_at": NINE, "warrant_served_at": NINE, "notice_given_at": NINE}
    name = premises.register(would_release_at=NINE, **papers).hold.id
    other = premises.register("R-2").hold.id
    premises.tick(hours=24)
    for _ in range(2):
        premises.tick(minutes=30)

    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    premises.registry.record_outcome(other, premises.entry(), Outcome.CANCELLED)

    closed = premises.deliveries(type="hold.closed")
    about = {hold: {d.contact_id for d in closed if d.hold_id == hold} for hold in (name, other)}
    assert about == {name: {first, second, supervisor}, other: {first}}
    assert {admins, jail}.isdisjoint(told(premises, "hold.closed"))


def test_moved_limit_is_told_to_whoever_had_the_reminder(premises: Premises) -> None:
    day = add(premises, "day", place=1, schedule=DAY)
    night = add(premises, "night", place=2, schedule=NIGHT)
    name = premises.register(would_release_at=NINE).hold.id
    # 36 h on it is 21:00.
    premises.tick(hours=24)
    premises.tick(hours=12)
    assert told(premises, "hold.reminder") == [day, night]

    moved = premises.clock.now() - timedelta(hours=2)
    entry = premises.entry(reason="typing error")
    premises.registry.correct_instant(name, entry, "would_release_at", moved)

    assert set(told(premises, "hold.deadline_changed")) == {day, night}


# Quiet hours.


def sleeper(premises: Premises) -> str:
    return add(premises, "sleeper", quiet_hours="22:00-06:00")


def test_quiet_hours_hold_an_early_alert_back_till_the_morning(premises: Premises) -> None:
    sleeper(premises)
    premises.clock.tick(hours=14)
    premises.register()

    at_night = premises.deliver()
    before = premises.deliver(hours=6, minutes=59)
    after = premises.deliver(minutes=1)

    assert (at_night, before, after) == (0, 0, 1)
    (kept,) = premises.mailer.delivered
    assert (kept.alert.type, kept.now) == (
        "hold.registered",
        datetime(2026, 3, 3, 11, tzinfo=UTC),
    )


def test_quiet_hours_never_hold_the_clock_or_what_is_grave(premises: Premises) -> None:
    sleeper(premises)
    # The limit is at midnight in New York, in the middle of the quiet.
    name = premises.register(would_release_at="2026-03-01T05:00:00Z", reason="paper").hold.id
    premises.deliver()

    premises.tick(hours=15)
    premises.deliver()

    assert premises.hold(name).expired_at == datetime(2026, 3, 3, 5, tzinfo=UTC)
    types = [kept.alert.type for kept in premises.mailer.delivered]
    assert types[-1] == "hold.release_without_notification"
    assert premises.deliveries(state="waiting") == []


def test_early_reminder_of_a_quiet_night_is_overtaken_by_the_next_rung(premises: Premises) -> None:
    sleeper(premises)
    # The limit is 10:30 on Tuesday: 12 h are left at 22:30, 8 h at 02:30, 4 h at 06:30.
    premises.register(would_release_at="2026-03-01T15:30:00Z")
    premises.deliver()
    premises.tick(hours=13, minutes=30)
    premises.deliver()
    at_night = len(premises.mailer.delivered)
    premises.tick(hours=4)
    premises.deliver()
    premises.tick(hours=3, minutes=30)
    premises.deliver()

    reminders = premises.deliveries(type="hold.reminder")
    assert [each.state for each in reminders] == ["superseded", "delivered"]
    assert reminders[0].attempt_at == datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    assert reminders[1].attempt_at == datetime(2026, 3, 3, 11, tzinfo=UTC)
    assert len(premises.mailer.delivered) == at_night + 1


# Where notice is prohibited.


@pytest.mark.parametrize("despite", [False, True])
def test_agency_hears_of_a_hold_that_must_not_be_noticed_only_where_so_configured(
    sqlite_premises: Premises, *, despite: bool
) -> None:
    office = add(sqlite_premises, "office")
    jail = add(sqlite_premises, "jail", facility=FACILITY)
    desk = sqlite_premises.administration
    desk.edit(OPERATOR, "facility", FACILITY, {"policy": "no-hold-no-notice"})
    desk.edit(OPERATOR, "facility", FACILITY, {"alerts_despite_prohibition": despite})

    name = sqlite_premises.register().hold.id
    sqlite_premises.registry.record_outcome(name, sqlite_premises.entry(), Outcome.RELEASED)

    everybody = {delivery.contact_id for delivery in sqlite_premises.deliveries()}
    assert everybody == ({office} if despite else set())
    assert jail not in everybody
