"""Apprise against a real receiver on the loopback: what arrives, what failed, what hangs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from notifiers import apprise_channel
from notifiers.apprise_channel import AppriseNotifier
from notifiers.base import Alert
from notifiers.guard import Guard
from scheduler import clock
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from tests.support import alerts
from tests.support.alerts import REMINDER, alert, reminder
from tests.support.receiver import GONE, Answer, Fault, Receiver, redirect

REAL = clock.SystemClock()
NOW = REAL.now()
TIGHT_S = 0.4
SOON_S = 3.0


@pytest.fixture
def far_end() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def notifier_for(
    far_end: Receiver, *networks: str, timeout_s: float = 15.0, scheme: str = "json"
) -> AppriseNotifier:
    guard = Guard(allowed_networks=networks or ["127.0.0.0/8"], allowed_ports=[far_end.port])
    made = AppriseNotifier(guard, schemes=[scheme], timeout_s=timeout_s)
    # Loading the package takes a second or more, which no attempt below is about.
    made.check_url("json://127.0.0.1/")
    return made


def address(far_end: Receiver, path: str = "hook") -> str:
    return f"json://127.0.0.1:{far_end.port}/{path}"


def failure(notifier: AppriseNotifier, url: str) -> tuple[DeliveryError, float]:
    began = REAL.monotonic()
    with pytest.raises(DeliveryError) as caught:
        notifier.send(REMINDER, alerts.apprise(url), now=NOW)
    return caught.value, REAL.monotonic() - began


def test_message_says_what_counts_and_where_to_answer(far_end: Receiver) -> None:
    said = reminder(acknowledge_url="https://holds.example.gov/a/one-time")

    notifier_for(far_end).send(said, alerts.apprise(address(far_end)), now=NOW)

    body = json.loads(far_end.requests[0].body)
    assert body["title"] == "[Hold 7Q3KM4] 4 h left: authority ends Mon 9 Mar 17:00 EDT"
    assert "telephone +1 919 555 0142" in body["message"]
    assert "Acknowledge: https://holds.example.gov/a/one-time" in body["message"]
    assert far_end.requests[0].headers["user-agent"] == "Holdclock"


@pytest.mark.parametrize(
    ("said", "urgency"),
    [
        pytest.param(REMINDER, "warning", id="reminder"),
        pytest.param(alert("hold.expired", "k", status="expired"), "failure", id="expired"),
        pytest.param(alert("hold.closed", "k", status="transferred"), "info", id="closed"),
    ],
)
def test_service_is_told_how_urgent_it_is(far_end: Receiver, said: Alert, urgency: str) -> None:
    notifier_for(far_end).send(said, alerts.apprise(address(far_end)), now=NOW)

    assert json.loads(far_end.requests[0].body)["type"] == urgency


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 408, 429, 500, 503])
def test_status_that_may_change_is_transient_and_kept(far_end: Receiver, status: int) -> None:
    far_end.answer_next(Answer(status=status))

    error, _ = failure(notifier_for(far_end), address(far_end))

    assert isinstance(error, TransientDeliveryError)
    assert error.status == status


def test_410_is_permanent(far_end: Receiver) -> None:
    far_end.answer_next(GONE)

    error, _ = failure(notifier_for(far_end), address(far_end))

    assert isinstance(error, PermanentDeliveryError)
    assert error.status == 410


def test_reset_is_transient_and_tried_once_only(far_end: Receiver) -> None:
    far_end.answer_next(Answer(fault=Fault.RESET))

    error, _ = failure(notifier_for(far_end), address(far_end))

    assert isinstance(error, TransientDeliveryError)
    assert len(far_end.requests) == 1


def test_redirect_is_not_followed(far_end: Receiver) -> None:
    with Receiver() as elsewhere:
        far_end.answer_next(redirect(elsewhere.url))

        failure(notifier_for(far_end), address(far_end))

        assert elsewhere.connections == 0


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.DRIP_HEADERS, Fault.DRIP_BODY])
def test_service_that_stalls_is_left_at_the_deadline(far_end: Receiver, fault: Fault) -> None:
    far_end.answer_next(Answer(fault=fault))

    error, seconds = failure(notifier_for(far_end, timeout_s=TIGHT_S), address(far_end))

    assert isinstance(error, TransientDeliveryError)
    assert "no end after 0.4 s" in str(error)
    assert seconds < SOON_S


def test_channel_whose_attempts_hang_begins_no_further_ones_and_holds_up_no_other(
    far_end: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apprise_channel, "HANGING", 2)
    notifier = notifier_for(far_end, timeout_s=TIGHT_S)
    far_end.answer_next(*[Answer(fault=Fault.SLOW)] * 2)
    for _ in range(2):
        failure(notifier, address(far_end))

    error, seconds = failure(notifier, address(far_end))

    assert "2 earlier attempts still hang" in str(error)
    assert seconds < TIGHT_S
    assert len(far_end.requests) == 2
    other = replace(alerts.apprise(address(far_end)), channel_id="chn-9")
    notifier.send(REMINDER, other, now=NOW)
    assert len(far_end.requests) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "169.254.169.254"])
def test_host_off_the_public_network_is_not_called(far_end: Receiver, host: str) -> None:
    notifier = notifier_for(far_end, "10.20.0.0/16")

    error, _ = failure(notifier, f"json://{host}:{far_end.port}/hook")

    assert isinstance(error, TransientDeliveryError)
    assert "WEBHOOK_ALLOWED_NETWORKS" in str(error)
    assert far_end.connections == 0


def test_url_stays_out_of_the_log_and_the_error(
    far_end: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    notifier = notifier_for(far_end)
    far_end.answer_next(Answer(status=500), Answer(fault=Fault.RESET))

    errors = [failure(notifier, address(far_end, "token-in-path"))[0] for _ in range(2)]
    notifier.send(REMINDER, alerts.apprise(address(far_end, "token-in-path")), now=NOW)

    assert "token-in-path" not in f"{caplog.text} {errors!r}"
    assert len(far_end.requests) == 3
