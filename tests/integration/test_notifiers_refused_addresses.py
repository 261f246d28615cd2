"""Every address of the table: as a literal, behind a name, behind a name that changes, by redirect.

A delivery that reached one would meet the recorder that stands where connections
are made: nothing here leaves the machine, whatever the guard does.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import httpcore
import pytest

from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from scheduler.errors import InvalidHoldError, TransientDeliveryError
from tests.support.alerts import REMINDER, webhook
from tests.support.receiver import Answer, Receiver, redirect
from tests.support.refused_addresses import METADATA, REFUSED

NOW = clock.SystemClock().now()
EVERYTHING = ["0.0.0.0/0", "::/0"]
NAME = "hooks.example.gov"
TABLE = [
    *(pytest.param(address, ["10.254.0.0/16"], id=address) for address in REFUSED),
    *(pytest.param(address, EVERYTHING, id=f"{address}, all allowed") for address in METADATA),
]


class Recorder(httpcore.SyncBackend):
    """Connects to the loopback, and keeps the other addresses it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.NetworkStream:
        if host != "127.0.0.2":
            self.asked.append(host)
            raise httpcore.ConnectError("the recorder stands in the way")
        return super().connect_tcp("127.0.0.1", port, timeout)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr("notifiers.guard.httpcore.SyncBackend", lambda: made)
    return made


@pytest.fixture
def far_end() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def notifier_for(
    far_end: Receiver, networks: list[str], lookup: Callable[[str, int], list[str]] | None = None
) -> WebhookNotifier:
    # The one good address, so that plain http has somewhere to go.
    guard = Guard(
        allowed_networks=[*networks, "127.0.0.2/32"], allowed_ports=[far_end.port], lookup=lookup
    )
    # Trusts nobody, since reading what the machine trusts takes longest here.
    return WebhookNotifier(
        guard, tls_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout_s=5.0
    )


def literal(address: str) -> str:
    """Return an address as the host of a URL; the bar of a zone is written as RFC 6874 has it."""
    return f"[{address.replace('%', '%25')}]" if ":" in address else address


@pytest.mark.parametrize(("address", "networks"), TABLE)
def test_literal_is_refused(
    recorder: Recorder, far_end: Receiver, address: str, networks: list[str]
) -> None:
    url = f"https://{literal(address)}:{far_end.port}/"
    notifier = notifier_for(far_end, networks)

    with pytest.raises(TransientDeliveryError):
        notifier.send(REMINDER, webhook(url), now=NOW)

    assert recorder.asked == []
    notifier.close()


@pytest.mark.parametrize(("address", "networks"), TABLE)
def test_literal_is_refused_when_it_is_added(address: str, networks: list[str]) -> None:
    with pytest.raises(InvalidHoldError, match=r"address|link"):
        Guard(allowed_networks=networks).check_url(f"https://{literal(address)}/")


@pytest.mark.parametrize(("address", "networks"), TABLE)
def test_name_is_refused(
    recorder: Recorder, far_end: Receiver, address: str, networks: list[str]
) -> None:
    notifier = notifier_for(far_end, networks, lambda *_: ["127.0.0.2", address])

    with pytest.raises(TransientDeliveryError, match=r"address|link"):
        notifier.send(REMINDER, webhook(f"https://{NAME}:{far_end.port}/"), now=NOW)

    assert recorder.asked == []
    assert far_end.connections == 0
    notifier.close()


@pytest.mark.parametrize(("address", "networks"), TABLE)
def test_name_that_changes_between_two_look_ups_is_refused(
    recorder: Recorder, far_end: Receiver, address: str, networks: list[str]
) -> None:
    answers = [["127.0.0.2"], [address]]
    notifier = notifier_for(far_end, networks, lambda *_: answers.pop(0))
    target = webhook(f"http://{NAME}:{far_end.port}/")
    far_end.answer_next(Answer(headers={"connection": "close"}))
    notifier.send(REMINDER, target, now=NOW)

    with pytest.raises(TransientDeliveryError, match=r"address|link"):
        notifier.send(REMINDER, target, now=NOW)

    assert answers == []
    assert recorder.asked == []
    assert far_end.connections == 1
    notifier.close()


@pytest.mark.parametrize(("address", "networks"), TABLE)
def test_redirect_is_refused(
    recorder: Recorder, far_end: Receiver, address: str, networks: list[str]
) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"]

    notifier = notifier_for(far_end, networks, lookup)
    far_end.answer_next(redirect(f"http://{literal(address)}:{far_end.port}/"))

    with pytest.raises(TransientDeliveryError, match="redirects are not followed"):
        notifier.send(REMINDER, webhook(f"http://{NAME}:{far_end.port}/"), now=NOW)

    assert asked == [NAME]
    assert recorder.asked == []
    assert len(far_end.requests) == 1
    notifier.close()
