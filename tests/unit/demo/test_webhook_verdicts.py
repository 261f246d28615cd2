"""What the demo's webhook receiver makes of a request; it listens to none here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import orjson
import pytest
from standardwebhooks import Webhook

from scheduler.clock import SettableClock, SystemClock
from scheduler.demo.inbox import Inbox
from scheduler.demo.receivers import Subscriber, WebhookReceiver

SECRET = "whsec_" + "c2VjcmV0" * 4
OTHER = "whsec_" + "b3RoZXIh" * 4
SIMULATED = datetime(2025, 8, 28, 12, tzinfo=UTC)


def body(hold_ref: str = "S-1") -> bytes:
    data = {"facility_code": "SALT", "hold_ref": hold_ref, "lead": "4 h"}
    return orjson.dumps({"type": "hold.reminder", "timestamp": "", "data": data})


def signed(raw: bytes, secret: str = SECRET, key: str = "msg_1") -> Mapping[str, str]:
    at = SystemClock().now()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, at, raw.decode()),
    }


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(SettableClock(SIMULATED))


@pytest.fixture
def receiver(inbox: Inbox) -> Iterator[WebhookReceiver]:
    made = WebhookReceiver(inbox)
    made.subscribe("desk", Subscriber("SALT desk", SECRET))
    made.start()
    yield made
    made.stop()


def test_signed_alert_is_taken_and_dated_by_the_simulated_clock(
    receiver: WebhookReceiver, inbox: Inbox
) -> None:
    status = receiver.take("/desk", signed(body()), body())

    [arrival] = inbox.take()
    assert status == 204
    assert (arrival.at, arrival.to, arrival.key) == (SIMULATED, "SALT desk", "msg_1")
    assert arrival.says == "SALT S-1 hold.reminder due 4 h before"
    assert arrival.finding.verdict == "VERIFIED"
    assert arrival.finding.is_good


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(signed(body(), OTHER), id="another secret"),
        pytest.param(signed(body("S-2")), id="another body"),
        pytest.param({}, id="no signature"),
    ],
)
def test_alert_that_is_not_signed_as_agreed_is_refused_and_shown(
    receiver: WebhookReceiver, inbox: Inbox, headers: Mapping[str, str]
) -> None:
    status = receiver.take("/desk", headers, body())

    [arrival] = inbox.take()
    assert status == 401
    assert arrival.finding.verdict == "NOT VERIFIED"
    assert not arrival.finding.is_good


def test_path_of_nobody_is_not_found(receiver: WebhookReceiver, inbox: Inbox) -> None:
    assert receiver.take("/nobody", signed(body()), body()) == 404
    assert inbox.take() == []


def test_receiver_in_trouble_refuses_one_alert_about_that_hold_and_takes_the_next(
    receiver: WebhookReceiver, inbox: Inbox
) -> None:
    receiver.refuse_next("S-1")
    requests = [body("S-2"), body("S-1"), body("S-1")]

    statuses = [receiver.take("/desk", signed(raw), raw) for raw in requests]

    assert statuses == [204, 503, 204]
    assert [arrival.finding.is_refused for arrival in inbox.take()] == [False, True, False]
