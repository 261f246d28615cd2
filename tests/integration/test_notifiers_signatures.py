"""Receivers verify what arrives, before, during and after a secret's rotation.

With the packages that receivers use. Since svix 2 is a shell around standardwebhooks,
which also signs, a third verifier follows the specification by hand.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping

import pytest
import standardwebhooks
import svix
import svix.webhooks

from notifiers import base
from notifiers.base import Alert
from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from tests.support.alerts import OLD_SECRET, REMINDER, SECRET, reminder, webhook
from tests.support.receiver import Received, Receiver

OCCURRED_AT = clock.SystemClock().now()

Verify = Callable[[str, bytes, Mapping[str, str]], None]


def by_standardwebhooks(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    standardwebhooks.Webhook(secret).verify(body, dict(headers))


def by_svix(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    svix.Webhook(secret).verify(body, dict(headers))


def by_hand(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    """As Standard Webhooks 1.0.0 says: one of the signatures fits the secret, the time is near."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, said, "sha256")).decode()
    given = headers["webhook-signature"].split(" ")
    if f"v1,{wanted}" not in given or abs(int(headers["webhook-timestamp"]) - _now_s()) > 300:
        raise ValueError("not signed with this secret")


def _now_s() -> int:
    return int(clock.SystemClock().now().timestamp())


REFUSALS = (
    standardwebhooks.WebhookVerificationError,
    svix.webhooks.WebhookVerificationError,
    ValueError,
)
VERIFIERS = [
    pytest.param(by_standardwebhooks, id="standardwebhooks"),
    pytest.param(by_svix, id="svix"),
    pytest.param(by_hand, id="by hand"),
]


@pytest.fixture
def far_end() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def received(far_end: Receiver, *secrets: str, said: Alert = REMINDER) -> Received:
    guard = Guard(allowed_networks=["127.0.0.0/8"], allowed_ports=[far_end.port])
    notifier = WebhookNotifier(guard)
    notifier.send(said, webhook(far_end.url, *secrets), now=clock.SystemClock().now())
    notifier.close()
    [request] = far_end.requests
    return request


@pytest.mark.parametrize("verify", VERIFIERS)
@pytest.mark.parametrize(
    ("signed_with", "held"),
    [
        pytest.param((OLD_SECRET,), OLD_SECRET, id="before, with the old one"),
        pytest.param((SECRET, OLD_SECRET), OLD_SECRET, id="during, still with the old one"),
        pytest.param((SECRET, OLD_SECRET), SECRET, id="during, with the new one"),
        pytest.param((SECRET,), SECRET, id="after, with the new one"),
    ],
)
def test_holder_of_a_valid_secret_verifies_what_arrived(
    far_end: Receiver, verify: Verify, signed_with: tuple[str, ...], held: str
) -> None:
    request = received(far_end, *signed_with)

    verify(held, request.body, request.headers)


@pytest.mark.parametrize("verify", VERIFIERS)
@pytest.mark.parametrize(
    ("signed_with", "held"),
    [
        pytest.param((OLD_SECRET,), SECRET, id="before, with the new one"),
        pytest.param((SECRET,), OLD_SECRET, id="after, with the old one"),
    ],
)
def test_secret_that_is_not_in_use_verifies_nothing(
    far_end: Receiver, verify: Verify, signed_with: tuple[str, ...], held: str
) -> None:
    request = received(far_end, *signed_with)

    with pytest.raises(REFUSALS):
        verify(held, request.body, request.headers)


@pytest.mark.parametrize("verify", VERIFIERS)
@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_signature_covers_key_and_time(far_end: Receiver, verify: Verify, header: str) -> None:
    request = received(far_end, SECRET)
    # Another time, still recent: only the signature can tell.
    other = {"webhook-id": "dlv-2", "webhook-timestamp": str(_now_s() - 100)}

    with pytest.raises(REFUSALS):
        verify(SECRET, request.body, {**request.headers, header: other[header]})


@pytest.mark.parametrize("verify", VERIFIERS)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(reminder(hold_ref="Ünïcödé 中文"), id="beyond ASCII"),
        pytest.param(
            base.channel_test(key="t-1", url="https://holds.example.gov/", occurred_at=OCCURRED_AT),
            id="test message",
        ),
    ],
)
def test_bytes_that_are_signed_are_those_that_arrive(
    far_end: Receiver, verify: Verify, said: Alert
) -> None:
    request = received(far_end, SECRET, said=said)

    verify(SECRET, request.body, request.headers)
    assert json.loads(request.body)["type"] == said.type
