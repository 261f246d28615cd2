from __future__ import annotations

import logging

import pytest

from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler.clock import SettableClock
from scheduler.errors import TransientDeliveryError
from scheduler.worker.heartbeat import Heartbeat
from tests.support.house import InlinePool
from tests.support.receiver import Answer, Receiver


def test_a_sign_of_life_goes_out_at_once_and_then_once_a_minute(clock: SettableClock) -> None:
    sent: list[float] = []
    heartbeat = Heartbeat(lambda: sent.append(clock.monotonic()), InlinePool(), clock)

    for _ in range(25):
        heartbeat.beat()
        clock.tick(seconds=5)

    assert sent == [0.0, 60.0, 120.0]


def test_a_listener_that_does_not_answer_is_logged_without_its_address(
    clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise TransientDeliveryError("heartbeat: answered 503", status=503)

    with caplog.at_level(logging.WARNING):
        Heartbeat(fail, InlinePool(), clock).beat()

    (record,) = caplog.records
    assert record.__dict__["action"] == "heartbeat_failed"
    assert "503" in record.getMessage()


def test_a_ping_asks_the_listener_for_its_page() -> None:
    with Receiver() as receiver:
        notifier = WebhookNotifier(
            Guard(allowed_networks=["127.0.0.0/8"], allowed_ports=[receiver.port])
        )
        notifier.ping(receiver.url)
        receiver.answer_always(Answer(status=500))
        with pytest.raises(TransientDeliveryError, match="500"):
            notifier.ping(receiver.url)
        notifier.close()

    assert len(receiver.requests) == 2
