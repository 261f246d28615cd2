"""An administrator hears of alerts given up and of endpoints that fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.endpoints import deliver_for, health, opened
from tests.support.house import OFFICE, OPERATOR, Premises
from tests.support.switchboard import BROKEN, GONE, Switchboard

STARTED = "2026-03-02T13:00:00Z"


def administrators(premises: Premises) -> str:
    contact = premises.administration.add_contact(OPERATOR, name="Admin", administrators=True)
    return premises.administration.add_webhook(
        OPERATOR, contact, "https://hooks.example.gov/admin"
    ).id


def told(hooks: Switchboard, channel_id: str) -> list[Any]:
    return [
        alert
        for channel, alert in hooks.taken
        if channel == channel_id and alert.type == "delivery.failed"
    ]


def test_an_administrator_hears_at_once_that_an_alert_was_given_up(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken[channel] = GONE
    name = premises.register().hold.id

    deliver_for(premises, 1)

    (alert,) = told(hooks, admin)
    assert (alert.kind, alert.hold_id) == ("alert_failed", name)
    assert (alert.failure.channel, alert.failure.status) == ("webhook", 410)
    assert alert.failure.given_up
    assert alert.failure.fallback is None


def test_it_says_which_way_the_alert_goes_instead(premises: Premises, hooks: Switchboard) -> None:
    admin = administrators(premises)
    mails = Switchboard("email")
    premises.delivery = premises.new_delivery(ways={"webhook": hooks, "email": mails})
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    hook = premises.administration.add_webhook(OPERATOR, contact, "https://hooks.example.gov/a").id
    hooks.broken[hook] = GONE
    premises.register()
    premises.administration.add_email(OPERATOR, contact, "duty@example.gov")

    deliver_for(premises, 1)

    (alert,) = told(hooks, admin)
    assert alert.failure.fallback == "email"


def test_an_administrator_hears_at_once_that_a_breaker_opened_and_once_only(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    opened(premises, hooks)

    deliver_for(premises, 300, step=5)

    (alert,) = told(hooks, admin)
    assert alert.failure.breaker_opened
    assert not alert.failure.given_up
    (row,) = premises.deliveries(type="delivery.failed")
    assert row.written_at - alert.occurred_at < timedelta(seconds=60)


def test_many_alerts_given_up_at_one_endpoint_make_one_message_a_minute(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken[channel] = GONE
    for number in range(40):
        premises.register(f"R-{number}")

    deliver_for(premises, 50)

    assert len(premises.deliveries(channel_id=channel, state="dead")) >= 4
    # The first, and that the breaker opened.
    assert len(told(hooks, admin)) == 2


def test_the_administrators_own_broken_channel_makes_no_loop(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken |= {channel: GONE, admin: GONE}
    for number in range(3):
        premises.register(f"R-{number}")

    deliver_for(premises, 600, step=5)

    failed = premises.deliveries(type="delivery.failed")
    assert {row.state for row in failed} == {"dead"}
    assert len(failed) <= 3


def test_an_administrators_broken_channel_is_told_of_through_the_other_one(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    other = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken |= {channel: GONE, admin: BROKEN}
    premises.register()

    deliver_for(premises, 900, step=5)

    assert health(premises, admin)[0] >= 5
    assert [alert.failure.breaker_opened for alert in told(hooks, other)] == [False, True]
