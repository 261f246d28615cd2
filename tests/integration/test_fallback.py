"""An alert that fails, or takes too long, also goes through the contact's next channel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain.hold import Outcome
from scheduler.errors import TransientDeliveryError
from tests.support.house import OFFICE, OPERATOR, HeldPool, Premises
from tests.support.switchboard import BROKEN, GONE, Switchboard

STARTED = "2026-03-02T13:00:00Z"


class Desk:
    """The office's one contact: a webhook that its alerts were written for, others added later."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.hooks = Switchboard()
        self.mails = Switchboard("email")
        premises.delivery = premises.new_delivery(ways={"webhook": self.hooks, "email": self.mails})
        self.contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
        self.first = self.add_hook("a", place=1)

    def add_hook(self, name: str, *, place: int) -> str:
        url = f"https://hooks.example.gov/{name}"
        return self._placed(
            self.premises.administration.add_webhook(OPERATOR, self.contact, url).id, place
        )

    def add_mail(self, *, place: int) -> str:
        added = self.premises.administration.add_email(OPERATOR, self.contact, "duty@example.gov")
        return self._placed(added.id, place)

    def by_channel(self, channel_id: str) -> list[Any]:
        return self.premises.deliveries(channel_id=channel_id)

    def _placed(self, channel_id: str, place: int) -> str:
        self.premises.execute(
            "UPDATE channel SET place = :place WHERE id = :id", place=place, id=channel_id
        )
        return channel_id


@pytest.fixture
def desk(premises: Premises) -> Desk:
    return Desk(premises)


def deliver_for(premises: Premises, seconds: int, *, step: int = 1) -> None:
    """Deliver second by second, as the loop does."""
    for _ in range(0, seconds, step):
        premises.deliver(seconds=step)


def test_the_second_failure_sends_an_alert_through_the_next_channel_at_once(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    mail = desk.add_mail(place=2)
    desk.hooks.broken[desk.first] = BROKEN

    premises.deliver()
    after_one = desk.by_channel(mail)
    premises.deliver(seconds=7)

    (primary,) = desk.by_channel(desk.first)
    (fallback,) = desk.by_channel(mail)
    assert after_one == []
    assert (primary.state, primary.attempts) == ("waiting", 2)
    assert (fallback.state, fallback.fallback_of) == ("delivered", primary.id)
    same = ("event_id", "hold_id", "contact_id", "type", "sequence", "window_no", "due_at")
    assert [getattr(fallback, name) for name in same] == [getattr(primary, name) for name in same]


def test_a_channel_that_stood_in_before_stands_in_again(premises: Premises, desk: Desk) -> None:
    for number in range(4):
        premises.register(f"R-{number}")
    mail = desk.add_mail(place=2)
    desk.hooks.broken[desk.first] = GONE

    # Two at a time: the later ones fail when the mails of the first are on record.
    premises.deliver()

    assert [row.state for row in desk.by_channel(mail)] == ["delivered"] * 4


def test_the_first_channel_goes_on_being_tried_and_only_one_fallback_is_made(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    mail = desk.add_mail(place=2)
    desk.hooks.broken[desk.first] = BROKEN
    deliver_for(premises, 300, step=5)
    desk.hooks.broken.clear()
    deliver_for(premises, 400, step=5)

    (primary,) = desk.by_channel(desk.first)
    assert primary.state == "delivered"
    assert primary.attempts >= 4
    assert [row.state for row in desk.by_channel(mail)] == ["delivered"]


def test_a_receiver_that_wants_no_more_is_passed_over_at_once(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    mail = desk.add_mail(place=2)
    desk.hooks.broken[desk.first] = GONE

    premises.deliver()

    assert [row.state for row in desk.by_channel(desk.first)] == ["dead"]
    assert [row.state for row in desk.by_channel(mail)] == ["delivered"]


def test_what_is_written_for_an_open_breaker_goes_another_way_within_a_second(
    premises: Premises, desk: Desk
) -> None:
    desk.hooks.broken[desk.first] = BROKEN
    premises.register("OPENS")
    while len(premises.events(kind="alert_failed")) < 2:
        premises.deliver(seconds=5)
    tried = desk.hooks.tries(desk.first)
    premises.register("LATER")
    mail = desk.add_mail(place=2)

    deliver_for(premises, 1)

    (later,) = [row for row in desk.by_channel(desk.first) if row.attempts == 0]
    assert desk.hooks.tries(desk.first) == tried
    assert later.id in {row.fallback_of for row in desk.by_channel(mail)}
    assert {row.state for row in desk.by_channel(mail)} == {"delivered"}


def test_the_next_channels_follow_in_their_places_to_the_third(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    third = desk.add_hook("c", place=3)
    second = desk.add_hook("b", place=2)
    desk.hooks.broken |= {desk.first: BROKEN, second: BROKEN}

    deliver_for(premises, 30)

    (one,), (two,), (three,) = map(desk.by_channel, (desk.first, second, third))
    assert (one.state, two.state, three.state) == ("waiting", "waiting", "delivered")
    assert (two.fallback_of, three.fallback_of) == (one.id, two.id)


def test_two_channels_that_fail_together_share_the_third(premises: Premises, desk: Desk) -> None:
    second = desk.add_hook("b", place=2)
    premises.register()
    assert len(premises.deliveries()) == 2
    third = desk.add_mail(place=3)
    desk.hooks.broken |= {desk.first: BROKEN, second: BROKEN}

    deliver_for(premises, 10)

    (shared,) = desk.by_channel(third)
    assert shared.state == "delivered"
    assert shared.fallback_of in {row.id for row in premises.deliveries(type=shared.type)}


def test_a_channel_that_is_switched_off_is_no_way_out(premises: Premises, desk: Desk) -> None:
    premises.register()
    mail = desk.add_mail(place=2)
    premises.administration.disable(OPERATOR, "channel", mail)
    desk.hooks.broken[desk.first] = BROKEN

    deliver_for(premises, 10)

    assert desk.by_channel(mail) == []


# A minute without an answer.


def test_an_alert_that_nobody_has_sent_for_a_minute_goes_another_way_too(
    premises: Premises, desk: Desk
) -> None:
    pool = HeldPool()
    stuck = premises.new_delivery(ways={"webhook": desk.hooks, "email": desk.mails}, pool=pool)
    for number in range(4):
        premises.register(f"R-{number}")
    mail = desk.add_mail(place=2)
    # Two are under way and do not come back; two wait behind them.
    for _ in range(59):
        premises.clock.tick(seconds=1)
        stuck.turn()
    before = desk.by_channel(mail)
    premises.clock.tick(seconds=2)
    stuck.turn()

    assert before == []
    assert len(desk.by_channel(mail)) == 4


def test_a_receiver_that_asks_for_ten_minutes_does_not_hold_the_alert_for_more_than_one(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    mail = desk.add_mail(place=2)
    asked = timedelta(minutes=10)
    desk.hooks.broken[desk.first] = TransientDeliveryError("busy", status=503, retry_after=asked)

    deliver_for(premises, 59)
    before = desk.by_channel(mail)
    deliver_for(premises, 3)

    assert before == []
    assert [row.state for row in desk.by_channel(mail)] == ["delivered"]


def test_what_a_quiet_hour_holds_back_goes_no_other_way_before_it_has_been_tried(
    premises: Premises, desk: Desk
) -> None:
    premises.register()
    ends = premises.clock.now() + timedelta(hours=6)
    (row,) = premises.deliveries()
    premises.hold_back(row.id, ends)
    mail = desk.add_mail(place=2)

    deliver_for(premises, 6 * 3600, step=60)

    assert desk.by_channel(mail) == []
    assert desk.hooks.tries(desk.first) == 1


# What no longer says anything.


def test_an_alert_that_was_overtaken_goes_no_other_way(premises: Premises, desk: Desk) -> None:
    pool = HeldPool()
    held = premises.new_delivery(ways={"webhook": desk.hooks, "email": desk.mails}, pool=pool)
    name = premises.register(would_release_at=STARTED).hold.id
    premises.deliver()
    premises.tick(hours=23)
    desk.hooks.broken[desk.first] = BROKEN
    premises.deliver()
    # The second try is under way while the hold is closed.
    premises.clock.tick(seconds=7)
    assert held.turn() == 1
    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    mail = desk.add_mail(place=2)
    pool.finish()
    held.turn(claims=False)

    deliver_for(premises, 2)

    assert [row.state for row in premises.deliveries(type="hold.reminder")] == ["superseded"]
    assert "hold.reminder" not in {row.type for row in desk.by_channel(mail)}


def test_an_alert_that_was_refused_after_it_was_overtaken_goes_no_other_way(
    premises: Premises, desk: Desk
) -> None:
    pool = HeldPool()
    held = premises.new_delivery(ways={"webhook": desk.hooks, "email": desk.mails}, pool=pool)
    name = premises.register(would_release_at=STARTED).hold.id
    premises.deliver()
    premises.tick(hours=23)
    assert held.turn() == 1
    premises.clock.tick(seconds=1)
    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    mail = desk.add_mail(place=2)
    desk.hooks.broken[desk.first] = GONE
    pool.finish()

    held.turn(claims=False)

    assert "hold.reminder" not in {row.type for row in desk.by_channel(mail)}


def test_an_expiry_goes_another_way_though_an_outcome_came_meanwhile(
    premises: Premises, desk: Desk
) -> None:
    name = premises.register(would_release_at=STARTED).hold.id
    premises.deliver()
    desk.hooks.broken[desk.first] = BROKEN
    premises.tick(hours=47)
    premises.deliver()
    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    mail = desk.add_mail(place=2)

    deliver_for(premises, 8)

    assert "hold.release_without_notification" in {row.type for row in desk.by_channel(mail)}
