from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from notifiers.guard import Guard
from notifiers.smtp import SmtpNotifier
from notifiers.webhook import WebhookNotifier
from scheduler.domain.hold import Outcome
from scheduler.errors import PermanentDeliveryError, TransientDeliveryError
from scheduler.resending import resend
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.mail_server import MailServer
from tests.support.receiver import OK, SERVER_ERROR, Receiver

STARTED = "2026-03-02T13:00:00Z"
BROKEN = TransientDeliveryError("webhook: answered 500", status=500, answer="it broke")


def webhooks(premises: Premises) -> WebhookNotifier:
    settings = premises.settings
    return WebhookNotifier(
        Guard(
            allowed_networks=settings.webhook_allowed_networks,
            allowed_ports=settings.webhook_allowed_ports,
        )
    )


def only_delivery(premises: Premises) -> Any:
    (delivery,) = premises.deliveries()
    return delivery


# One attempt.


def test_an_alert_is_sent_once_and_the_attempt_is_recorded(premises: Premises) -> None:
    premises.add_webhook()
    name = premises.register().hold.id

    sent = premises.deliver()
    again = premises.deliver(hours=1)

    delivery = only_delivery(premises)
    (attempt,) = premises.attempts(delivery.id)
    assert (sent, again) == (1, 0)
    assert (delivery.state, delivery.attempts, delivery.possible_duplicate) == (
        "delivered",
        1,
        False,
    )
    assert (attempt.number, attempt.result) == (1, "delivered")
    assert premises.notifier.delivered[0].alert.id == delivery.id
    event = premises.events(name, "alert_sent")[0]
    assert event["data"]["alert"] == delivery.id
    assert (event["actor"], event["data"]["attempt"]) == ("timekeeper", 1)


def test_one_alert_a_recipient_and_tick_names_the_most_urgent_and_lists_the_rest(
    premises: Premises,
) -> None:
    premises.add_webhook()
    premises.add_webhook("https://hooks.example.gov/jail", facility=FACILITY)
    premises.register(would_release_at=STARTED)
    premises.deliver()
    told_before = len(premises.notifier.delivered)

    premises.tick(hours=47)
    premises.deliver()

    office, jail = sorted(
        (kept.alert for kept in premises.notifier.delivered[told_before:]),
        key=lambda alert: alert.type != "hold.release_without_notification",
    )
    assert office.type == "hold.release_without_notification"
    assert set(office.also) == {"hold.expired", "hold.over_detention"}
    # For the jail its own duty comes first.
    assert jail.type == "hold.over_detention"
    assert set(jail.also) == {"hold.expired", "hold.release_without_notification"}
    assert len(premises.notifier.delivered) == told_before + 2


def test_every_channel_of_a_recipient_gets_its_own_delivery(premises: Premises) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    premises.administration.add_webhook(OPERATOR, contact, "https://hooks.example.gov/a")
    premises.administration.add_email(OPERATOR, contact, "duty@example.gov")
    premises.register()

    premises.deliver()

    assert {delivery.state for delivery in premises.deliveries()} == {"delivered"}
    assert len(premises.notifier.delivered) == len(premises.mailer.delivered) == 1


def test_a_channel_that_is_switched_off_gets_nothing_new(premises: Premises) -> None:
    channel = premises.add_webhook()
    premises.administration.disable(OPERATOR, "channel", channel)

    premises.register()

    assert premises.deliveries() == []


def test_a_closed_record_brought_in_late_tells_nobody(premises: Premises) -> None:
    premises.add_webhook()

    premises.register(
        lodged_at="2026-03-01T10:00:00Z",
        would_release_at="2026-03-01T12:00:00Z",
        outcome="released",
        outcome_at="2026-03-02T10:00:00Z",
    )

    assert premises.deliveries() == []


# Trying again.


def test_failed_attempts_are_repeated_at_their_steps_give_or_take_a_fifth(
    premises: Premises,
) -> None:
    premises.add_webhook()
    premises.register()
    premises.notifier.fail_next(*[BROKEN] * 8)
    pauses_s: list[float] = []

    for _ in range(9):
        assert premises.deliver() == 1
        delivery = only_delivery(premises)
        pause = delivery.attempt_at - premises.clock.now()
        assert premises.deliver(seconds=pause.total_seconds() - 0.001) == 0
        premises.clock.tick(milliseconds=1)
        pauses_s.append(pause.total_seconds())

    assert delivery.state == "delivered"
    expected = [5, 30, 120, 300, 600, 600, 600, 600]
    for pause_s, step_s in zip(pauses_s, expected, strict=False):
        assert 0.8 * step_s <= pause_s <= 1.2 * step_s
    assert len({round(p / s, 6) for p, s in zip(pauses_s, expected, strict=False)}) > 4
    assert {kept.alert.id for kept in premises.notifier.attempts} == {delivery.id}
    results = [attempt.result for attempt in premises.attempts(delivery.id)]
    assert results == ["failed"] * 8 + ["delivered"]


def test_the_first_attempt_is_made_at_once(premises: Premises) -> None:
    premises.add_webhook()

    premises.register()

    assert only_delivery(premises).attempt_at <= premises.clock.now()
    assert premises.deliver() == 1


@pytest.mark.parametrize(
    ("asked_s", "waited_s"),
    [
        pytest.param(90, 90, id="as-asked"),
        pytest.param(86_400, 600, id="ten-minutes-at-most"),
        pytest.param(0, 1, id="never-at-once"),
    ],
)
def test_a_receiver_that_asks_for_time_is_given_it_within_limits(
    premises: Premises, asked_s: int, waited_s: int
) -> None:
    premises.add_webhook()
    premises.register()
    premises.notifier.fail_next(
        TransientDeliveryError("busy", status=503, retry_after=timedelta(seconds=asked_s))
    )

    premises.deliver()

    assert premises.deliver(seconds=waited_s - 0.001) == 0
    assert premises.deliver(milliseconds=1) == 1


@pytest.mark.parametrize(
    ("is_lasting", "hours"),
    [pytest.param(False, 24, id="registered"), pytest.param(True, 75, id="closed")],
)
def test_an_alert_that_never_arrives_is_dead_after_its_time(
    premises: Premises, is_lasting: bool, hours: int
) -> None:
    premises.add_webhook()
    name = premises.register().hold.id
    if is_lasting:
        # Only whoever was alerted hears that the hold closed.
        premises.deliver()
        premises.registry.record_outcome(name, premises.entry(), Outcome.CANCELLED)
    wanted = "hold.closed" if is_lasting else "hold.registered"
    premises.notifier.fail_next(*[BROKEN] * 50)
    first = premises.clock.now()

    premises.deliver()

    # The first steps, then every ten minutes; most of the time no worker runs.
    for _ in range(20):
        premises.deliver(minutes=1)
    premises.clock.tick(hours=hours - 1)
    while premises.deliveries(type=wanted)[0].state == "waiting":
        premises.deliver(minutes=1)

    (delivery,) = premises.deliveries(type=wanted)
    lived = premises.clock.now() - first
    assert delivery.state == "dead"
    assert delivery.lasting == is_lasting
    # The next attempt would have come after the end.
    assert timedelta(hours=hours, minutes=-13) <= lived <= timedelta(hours=hours)
    failures = premises.events(kind="alert_failed")
    told = [set(event["data"]) & {"given_up", "breaker_opened"} for event in failures]
    assert told == [set(), {"breaker_opened"}, {"given_up"}]
    assert premises.deliver(hours=2) == 0


def test_what_is_sent_again_has_its_whole_time_anew(premises: Premises) -> None:
    premises.add_webhook()
    premises.register()
    premises.notifier.fail_next(PermanentDeliveryError("gone", status=410), BROKEN)
    premises.deliver()
    dead = only_delivery(premises)
    premises.clock.tick(days=2)

    resend(premises.database, premises.clock, OPERATOR, dead.id)
    premises.deliver()
    failed = only_delivery(premises)
    premises.deliver(minutes=13)

    assert (dead.state, failed.state) == ("dead", "waiting")
    assert only_delivery(premises).state == "delivered"
    assert [each.number for each in premises.attempts(dead.id)] == [1, 2, 3]


def test_what_a_receiver_refuses_for_good_is_dead_at_once(premises: Premises) -> None:
    premises.add_webhook()
    premises.register()
    premises.notifier.fail_next(PermanentDeliveryError("webhook: answered 410", status=410))

    premises.deliver()

    assert only_delivery(premises).state == "dead"
    event = premises.events(kind="alert_failed")[0]
    assert (event["data"]["status"], event["data"]["given_up"]) == (410, True)


def test_a_kind_of_channel_that_is_not_set_up_is_dead_and_says_so(premises: Premises) -> None:
    premises.add_webhook()
    premises.register()
    premises.delivery = premises.new_delivery(ways={"email": premises.mailer})

    premises.deliver()

    delivery = only_delivery(premises)
    assert delivery.state == "dead"
    assert "no way to send 'webhook'" in premises.attempts(delivery.id)[0].answer


class Clumsy:
    """A notifier with a fault of its own."""

    kind = "webhook"

    def send(self, alert: Any, target: Any, *, now: datetime) -> Any:
        raise ZeroDivisionError("a secret that must not be shown")

    def close(self) -> None:
        """Nothing to let go of."""


def test_a_fault_of_the_notifier_itself_is_tried_again(premises: Premises) -> None:
    premises.add_webhook()
    premises.register()
    sound, premises.delivery = premises.delivery, premises.new_delivery(ways={"webhook": Clumsy()})
    premises.deliver()
    assert only_delivery(premises).state == "waiting"

    premises.delivery = sound
    premises.deliver(seconds=6)

    assert only_delivery(premises).state == "delivered"


def test_rules_that_cannot_be_read_hold_up_their_own_alerts_alone(premises: Premises) -> None:
    premises.add_webhook()
    bad = premises.register("BAD").hold.id
    good = premises.register("GOOD").hold.id
    premises.execute("INSERT INTO pinned_rules (id, body) VALUES ('broken', '{\"policy\": 7}')")
    premises.execute("UPDATE hold SET rules_id = 'broken' WHERE id = :id", id=bad)

    premises.deliver()

    states = {delivery.hold_id: delivery.state for delivery in premises.deliveries()}
    assert states == {bad: "waiting", good: "delivered"}


# Real loopback receivers.


def test_a_receiver_that_is_down_for_ten_minutes_gets_every_alert_once_it_is_back(
    premises: Premises,
) -> None:
    notifier = webhooks(premises)
    premises.delivery = premises.new_delivery(ways={"webhook": notifier})
    with Receiver() as receiver:
        premises.add_webhook(receiver.url)
        receiver.answer_always(SERVER_ERROR)
        for number in range(5):
            premises.register(f"R-{number}")
        for _ in range(60):
            premises.deliver(seconds=10)
        tried = receiver.requests
        receiver.answer_always(OK)
        for _ in range(75):
            premises.deliver(seconds=10)
        arrived = receiver.requests[len(tried) :]
    notifier.close()

    ids = {delivery.id for delivery in premises.deliveries()}
    assert {delivery.state for delivery in premises.deliveries()} == {"delivered"}
    assert {request.headers["webhook-id"] for request in tried} == ids
    # 0, 5 s, 30 s, 2 min, 5 min, give or take a fifth, and from the fifth failed round
    # on no more than one probe a minute for all of them.
    assert len(ids) <= len(tried) <= 5 * len(ids)
    assert sorted(request.headers["webhook-id"] for request in arrived) == sorted(ids)
    bodies = [json.loads(request.body)["data"]["hold_ref"] for request in arrived]
    assert sorted(bodies) == [f"R-{number}" for number in range(5)]


def test_a_mail_is_delivered_and_its_address_is_nowhere_else(premises: Premises) -> None:
    with MailServer(needs_login=False) as server:
        mailer = SmtpNotifier("127.0.0.1", server.port, security="none", sender="holds@example.gov")
        premises.delivery = premises.new_delivery(ways={"email": mailer})
        contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
        premises.administration.add_email(OPERATOR, contact, "duty@example.gov")
        premises.register()
        premises.deliver()
        (mail,) = server.wait_for(1)

    delivery = only_delivery(premises)
    assert delivery.state == "delivered"
    assert mail.recipients == ("duty@example.gov",)
    assert delivery.id in str(mail.message["Message-ID"])
