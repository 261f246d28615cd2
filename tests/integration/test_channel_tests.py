"""A test message through the outbox: it is about no hold, and stands for its channel alone."""

from __future__ import annotations

import pytest

from notifiers import render
from scheduler import channel_tests
from scheduler.domain.actors import Actor, Role
from scheduler.errors import (
    HoldNotFoundError,
    HoldStateError,
    NotAllowedError,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from tests.support.house import OFFICE, OPERATOR, Premises


def order(premises: Premises, channel_id: str, actor: Actor = OPERATOR) -> str:
    return channel_tests.order(premises.database, premises.clock, actor, channel_id)


def test_it_arrives_by_its_channel_and_is_on_record(premises: Premises) -> None:
    channel = premises.add_webhook()

    ordered = order(premises, channel)
    premises.deliver()

    (sent,) = premises.notifier.attempts
    assert (sent.alert.id, sent.alert.type, sent.alert.hold_id) == (ordered, "channel.test", "")
    (delivery,) = premises.deliveries()
    assert (delivery.id, delivery.state, delivery.hold_id) == (ordered, "delivered", None)
    told = [event["kind"] for event in premises.events() if event["hold_id"] is None][-2:]
    assert told == ["channel_tested", "alert_sent"]


def test_it_is_tried_again_and_goes_no_other_way(premises: Premises) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    first = premises.administration.add_webhook(OPERATOR, contact, "https://one.example.gov/").id
    premises.administration.add_webhook(OPERATOR, contact, "https://two.example.gov/")
    premises.notifier.fail_next(*[TransientDeliveryError("away")] * 2)

    order(premises, first)
    premises.deliver()
    premises.deliver(seconds=10)
    premises.deliver(minutes=2)

    (delivery,) = premises.deliveries()
    assert (delivery.channel_id, delivery.state, delivery.attempts) == (first, "delivered", 3)


def test_administrators_hear_of_one_that_is_given_up(premises: Premises) -> None:
    channel = premises.add_webhook()
    premises.add_webhook("https://admin.example.gov/", administrators=True)
    premises.notifier.fail_next(PermanentDeliveryError("gone", status=410))

    order(premises, channel)
    premises.deliver()

    assert [row.state for row in premises.deliveries()] == ["dead", "delivered"]
    heard = premises.notifier.attempts[-1].alert
    assert (heard.type, heard.hold_id) == ("delivery.failed", "")
    assert render.subject(heard) == ("[Holdclock] ALERT NOT DELIVERED by webhook: given up there")
    assert "It was about:" in render.text(heard)


@pytest.mark.parametrize("role", [Role.FACILITY, Role.AGENT, Role.AUDITOR])
def test_only_whoever_changes_settings_orders_one(premises: Premises, role: Role) -> None:
    channel = premises.add_webhook()

    with pytest.raises(NotAllowedError):
        order(premises, channel, Actor("user:7Q3KM4", role))

    assert premises.deliveries() == []


def test_a_channel_that_is_unknown_or_switched_off_is_not_tried(premises: Premises) -> None:
    channel = premises.add_webhook()
    premises.administration.disable(OPERATOR, "channel", channel)

    with pytest.raises(HoldStateError, match="switched off"):
        order(premises, channel)
    with pytest.raises(HoldNotFoundError):
        order(premises, "NOSUCH")
