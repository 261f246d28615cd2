"""The guard at the socket: a refused receiver does not even see a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from scheduler.errors import PermanentDeliveryError, TransientDeliveryError
from tests.support.alerts import REMINDER, webhook
from tests.support.receiver import Answer, Receiver

NOW = clock.SystemClock().now()


@pytest.fixture
def inside() -> Iterator[Receiver]:
    """A service of this machine that no delivery was meant to reach."""
    with Receiver() as receiver:
        yield receiver


def notifier(
    inside: Receiver,
    *networks: str,
    lookup: Callable[[str, int], list[str]] | None = None,
) -> WebhookNotifier:
    guard = Guard(allowed_networks=networks, allowed_ports=[inside.port], lookup=lookup)
    return WebhookNotifier(guard, timeout_s=5.0)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]"],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_loopback_is_refused_however_it_is_written(
    inside: Receiver, scheme: str, host: str
) -> None:
    sender = notifier(inside, "10.20.0.0/16")

    with pytest.raises(TransientDeliveryError, match="not a public address"):
        sender.send(REMINDER, webhook(f"{scheme}://{host}:{inside.port}/"), now=NOW)

    assert inside.connections == 0
    sender.close()


def test_name_that_leads_inside_is_refused(inside: Receiver) -> None:
    sender = notifier(inside, "10.20.0.0/16", lookup=lambda *_: ["127.0.0.1"])

    with pytest.raises(TransientDeliveryError, match=r"127\.0\.0\.1"):
        sender.send(REMINDER, webhook(f"http://hooks.example.gov:{inside.port}/"), now=NOW)

    assert inside.connections == 0
    sender.close()


def test_answer_that_changes_to_another_network_is_refused_at_the_next_connection(
    inside: Receiver,
) -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    sender = notifier(inside, "127.0.0.1/32", lookup=lambda *_: answers.pop(0))
    target = webhook(f"http://hooks.example.gov:{inside.port}/")
    inside.answer_next(Answer(headers={"connection": "close"}))
    sender.send(REMINDER, target, now=NOW)

    with pytest.raises(TransientDeliveryError, match=r"127\.0\.0\.2"):
        sender.send(REMINDER, target, now=NOW)

    assert inside.connections == 1
    sender.close()


def test_name_is_looked_up_once_for_a_connection(inside: Receiver) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    sender = notifier(inside, "127.0.0.0/8", lookup=lookup)

    sender.send(REMINDER, webhook(f"http://hooks.example.gov:{inside.port}/"), now=NOW)

    assert asked == ["hooks.example.gov"]
    assert inside.requests[0].headers["host"] == f"hooks.example.gov:{inside.port}"
    sender.close()


def test_plain_http_goes_to_an_allowed_network(inside: Receiver) -> None:
    sender = notifier(inside, "127.0.0.0/8")

    sender.send(REMINDER, webhook(inside.url), now=NOW)

    assert len(inside.requests) == 1
    sender.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("http://hooks.example.gov/", "scheme", id="plain http, no own network"),
        pytest.param("https://user:word@hooks.example.gov/", "user name", id="user information"),
        pytest.param("https://hooks.example.gov:22/", "port", id="port"),
        pytest.param("file:///etc/passwd", "scheme", id="file"),
        pytest.param("", "scheme", id="nothing"),
        pytest.param("https://[::1/", "webhook", id="unreadable"),
    ],
)
def test_url_that_cannot_work_is_permanent(inside: Receiver, url: str, why: str) -> None:
    sender = notifier(inside)

    with pytest.raises(PermanentDeliveryError, match=why):
        sender.send(REMINDER, webhook(url), now=NOW)

    sender.close()


def test_name_server_failure_is_transient(inside: Receiver) -> None:
    def lookup(host: str, port: int) -> list[str]:
        raise OSError(-3, "Temporary failure in name resolution")

    sender = notifier(inside, lookup=lookup)

    with pytest.raises(TransientDeliveryError, match="Temporary failure"):
        sender.send(REMINDER, webhook("https://hooks.example.gov/"), now=NOW)

    sender.close()
