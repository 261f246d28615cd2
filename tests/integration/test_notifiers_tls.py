"""An authority and a certificate of one endpoint's own: they open that endpoint and no other."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifiers import webhook
from notifiers.base import Target
from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from tests.support import alerts
from tests.support.alerts import REMINDER
from tests.support.certificates import Authority
from tests.support.receiver import Receiver

NOW = clock.SystemClock().now()
NAME = "hooks.example.gov"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An agency's own: no machine trusts it by itself."""
    return Authority(tmp_path, now=NOW)


@pytest.fixture
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), now=NOW)


@pytest.fixture
def far_end(authority: Authority) -> Iterator[Receiver]:
    with Receiver(authority.server_tls(NAME), name=NAME) as receiver:
        yield receiver


@pytest.fixture
def choosy(authority: Authority) -> Iterator[Receiver]:
    """A receiver that asks its callers for a certificate."""
    with Receiver(authority.server_tls(NAME, asks_callers=True), name=NAME) as receiver:
        yield receiver


def notifier_for(*receivers: Receiver) -> WebhookNotifier:
    """Return a notifier that trusts what the machine trusts."""
    return WebhookNotifier(
        Guard(
            allowed_networks=["127.0.0.0/8"],
            allowed_ports=[receiver.port for receiver in receivers],
            lookup=lambda *_: ["127.0.0.1"],
        )
    )


@pytest.fixture
def notifier(far_end: Receiver, choosy: Receiver) -> Iterator[WebhookNotifier]:
    made = notifier_for(far_end, choosy)
    yield made
    made.close()


def target(far_end: Receiver, *, ca: Authority | None, client_pem: str | None = None) -> Target:
    return replace(
        alerts.webhook(far_end.url),
        ca_pem=ca.path.read_text() if ca is not None else None,
        client_pem=client_pem,
    )


def failure(notifier: WebhookNotifier, to: Target) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier.send(REMINDER, to, now=NOW)
    return caught.value


def test_receiver_with_a_private_authority_is_reached_by_naming_it(
    notifier: WebhookNotifier, far_end: Receiver, authority: Authority
) -> None:
    receipt = notifier.send(REMINDER, target(far_end, ca=authority), now=NOW)

    assert receipt.status == 200


def test_private_authority_of_one_endpoint_vouches_for_no_other(
    notifier: WebhookNotifier, far_end: Receiver, authority: Authority
) -> None:
    # The very same receiver, its connection still open: only the channel differs.
    notifier.send(REMINDER, target(far_end, ca=authority), now=NOW)

    error = failure(notifier, target(far_end, ca=None))

    assert isinstance(error, TransientDeliveryError)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert len(far_end.requests) == 1


def test_another_authority_than_the_named_one_is_refused(
    notifier: WebhookNotifier, far_end: Receiver, stranger: Authority
) -> None:
    error = failure(notifier, target(far_end, ca=stranger))

    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert far_end.requests == []


@pytest.mark.parametrize("certified", ["other.example.gov", "127.0.0.1"])
def test_named_authority_does_not_excuse_a_wrong_name(authority: Authority, certified: str) -> None:
    with Receiver(authority.server_tls(certified), name=NAME) as far_end:
        notifier = notifier_for(far_end)

        error = failure(notifier, target(far_end, ca=authority))

        assert "CERTIFICATE_VERIFY_FAILED" in str(error)
        assert far_end.requests == []
        notifier.close()


def test_named_authority_does_not_excuse_an_expired_certificate(authority: Authority) -> None:
    with Receiver(authority.server_tls(NAME, expired=True), name=NAME) as far_end:
        notifier = notifier_for(far_end)

        error = failure(notifier, target(far_end, ca=authority))

        assert "certificate has expired" in str(error)
        assert far_end.requests == []
        notifier.close()


def test_tls_below_1_2_is_refused(authority: Authority) -> None:
    tls = authority.server_tls(NAME)
    # OpenSSL itself warns that this is old; it is what the test is about.
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with Receiver(tls, name=NAME) as far_end:
        notifier = notifier_for(far_end)

        error = failure(notifier, target(far_end, ca=authority))

        assert "PROTOCOL_VERSION" in str(error)
        assert far_end.requests == []
        notifier.close()


def test_receiver_that_asks_for_a_certificate_takes_one_of_its_authority(
    notifier: WebhookNotifier, choosy: Receiver, authority: Authority
) -> None:
    pem = authority.client_pem("holdclock.jail.example.gov")

    receipt = notifier.send(REMINDER, target(choosy, ca=authority, client_pem=pem), now=NOW)

    assert receipt.status == 200


def test_receiver_that_asks_for_a_certificate_refuses_callers_without_one(
    notifier: WebhookNotifier, choosy: Receiver, authority: Authority
) -> None:
    # A caller with a certificate came first: its connection must not be lent out.
    pem = authority.client_pem("holdclock.jail.example.gov")
    notifier.send(REMINDER, target(choosy, ca=authority, client_pem=pem), now=NOW)

    error = failure(notifier, target(choosy, ca=authority))

    assert isinstance(error, TransientDeliveryError)
    assert len(choosy.requests) == 1


def test_receiver_that_asks_for_a_certificate_refuses_a_stranger_s(
    notifier: WebhookNotifier, choosy: Receiver, authority: Authority, stranger: Authority
) -> None:
    pem = stranger.client_pem("holdclock.jail.example.gov")

    error = failure(notifier, target(choosy, ca=authority, client_pem=pem))

    assert isinstance(error, TransientDeliveryError)
    assert choosy.requests == []


def test_certificate_that_cannot_be_read_is_permanent_and_stays_out_of_the_message(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    to = replace(alerts.webhook(far_end.url), client_pem="secret-part of a key")

    error = failure(notifier, to)

    assert isinstance(error, PermanentDeliveryError)
    assert "client_pem" in str(error)
    assert "secret-part" not in f"{error!r} {to!r}"


def test_two_alerts_to_an_endpoint_with_its_own_authority_share_a_connection(
    notifier: WebhookNotifier, far_end: Receiver, authority: Authority
) -> None:
    notifier.send(REMINDER, target(far_end, ca=authority), now=NOW)
    notifier.send(REMINDER, target(far_end, ca=authority), now=NOW)

    assert far_end.connections == 1


def test_number_of_transports_kept_is_bounded(
    far_end: Receiver, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "ENDPOINTS", 2)
    notifier = notifier_for(far_end)

    for number in range(4):
        pem = authority.client_pem(f"caller-{number}.example.gov")
        notifier.send(REMINDER, target(far_end, ca=authority, client_pem=pem), now=NOW)

    assert len(notifier._transports) == 2
    assert len(far_end.requests) == 4
    notifier.close()
    assert len(notifier._transports) == 0
