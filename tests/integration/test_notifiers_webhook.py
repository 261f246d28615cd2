"""Webhooks against a real receiver on the loopback: signature, statuses, faults, TLS."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import standardwebhooks

from notifiers.guard import Guard
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from tests.support.alerts import OLD_SECRET, REMINDER, SECRET, webhook
from tests.support.certificates import Authority
from tests.support.receiver import (
    GONE,
    SERVER_ERROR,
    TLS_RECORD,
    Answer,
    BlackHole,
    Fault,
    Receiver,
    redirect,
    retry_after,
)

REAL = clock.SystemClock()
NOW = REAL.now()
NAME = "hooks.example.gov"
TIGHT_S = 0.4
"""A total deadline short enough to wait for."""
SOON_S = 3.0
"""Far more than a tight deadline, far less than any other time-out."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, now=NOW)


@pytest.fixture
def far_end(authority: Authority) -> Iterator[Receiver]:
    with Receiver(authority.server_tls(NAME), name=NAME) as receiver:
        yield receiver


def notifier_for(
    far_end: Receiver | BlackHole,
    authority: Authority,
    *,
    timeout_s: float = 15.0,
    answer_s: float = 2.0,
    connections: int = 64,
    answers: tuple[str, ...] = ("127.0.0.1",),
) -> WebhookNotifier:
    guard = Guard(
        allowed_networks=["127.0.0.0/8"],
        allowed_ports=[far_end.port],
        lookup=lambda *_: list(answers),
    )
    return WebhookNotifier(
        guard,
        tls_context=authority.client_tls(),
        timeout_s=timeout_s,
        answer_s=answer_s,
        connections=connections,
    )


@pytest.fixture
def notifier(far_end: Receiver, authority: Authority) -> Iterator[WebhookNotifier]:
    made = notifier_for(far_end, authority)
    yield made
    made.close()


@pytest.fixture
def hasty(far_end: Receiver, authority: Authority) -> Iterator[WebhookNotifier]:
    """Has one connection only, so that a slot that leaks stops the next attempt."""
    made = notifier_for(far_end, authority, timeout_s=TIGHT_S, connections=1)
    yield made
    made.close()


def failure(notifier: WebhookNotifier, url: str) -> tuple[DeliveryError, float]:
    """Return what an attempt raised, and after how many seconds."""
    began = REAL.monotonic()
    with pytest.raises(DeliveryError) as caught:
        notifier.send(REMINDER, webhook(url), now=REAL.now())
    return caught.value, REAL.monotonic() - began


# What is sent.


def test_independent_library_verifies_what_arrived(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    notifier.send(REMINDER, webhook(far_end.url), now=REAL.now())

    [request] = far_end.requests
    read = standardwebhooks.Webhook(SECRET).verify(request.body, dict(request.headers))
    assert read == json.loads(request.body)
    assert read["type"] == "hold.reminder"
    assert request.headers["content-type"] == "application/json"


def test_changed_body_fails_verification(notifier: WebhookNotifier, far_end: Receiver) -> None:
    notifier.send(REMINDER, webhook(far_end.url), now=REAL.now())

    [request] = far_end.requests
    changed = request.body.replace(b'"assumed":false', b'"assumed":true')
    assert changed != request.body
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(changed, dict(request.headers))


@pytest.mark.parametrize("held", [SECRET, OLD_SECRET])
def test_during_rotation_holders_of_either_secret_verify(
    notifier: WebhookNotifier, far_end: Receiver, held: str
) -> None:
    notifier.send(REMINDER, webhook(far_end.url, SECRET, OLD_SECRET), now=REAL.now())

    [request] = far_end.requests
    standardwebhooks.Webhook(held).verify(request.body, dict(request.headers))


def test_later_attempt_has_the_same_id_and_body_and_a_new_timestamp(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    notifier.send(REMINDER, webhook(far_end.url), now=NOW)
    notifier.send(REMINDER, webhook(far_end.url), now=NOW + timedelta(seconds=30))

    first, second = far_end.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    stamps = [int(each.headers["webhook-timestamp"]) for each in (first, second)]
    assert stamps[1] - stamps[0] == 30


def test_two_alerts_to_one_receiver_share_a_connection(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    notifier.send(REMINDER, webhook(far_end.url), now=NOW)
    notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert far_end.connections == 1


def test_url_and_secret_stay_out_of_the_log(
    notifier: WebhookNotifier, far_end: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    notifier.send(REMINDER, webhook(f"{far_end.url}/token-in-path"), now=NOW)

    assert "token-in-path" not in caplog.text
    assert "webhook-signature" not in caplog.text


def test_cookies_of_a_receiver_are_not_sent_back(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    far_end.answer_next(Answer(headers={"set-cookie": "who=me; path=/"}))

    notifier.send(REMINDER, webhook(far_end.url), now=NOW)
    notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert "cookie" not in far_end.requests[1].headers


def test_proxies_of_the_environment_are_not_used(
    far_end: Receiver, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    notifier = notifier_for(far_end, authority)

    notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert len(far_end.requests) == 1
    notifier.close()


# What the answer means.


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(notifier: WebhookNotifier, far_end: Receiver, status: int) -> None:
    far_end.answer_next(Answer(status=status))

    receipt = notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert receipt.status == status


def test_answer_is_kept_to_its_first_kilobyte_as_plain_text(
    notifier: WebhookNotifier, far_end: Receiver
) -> None:
    far_end.answer_next(Answer(body=b"ok\x00\xff\n" + b"y" * 5000))

    receipt = notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert receipt.answer.startswith("ok \N{REPLACEMENT CHARACTER} yyy")
    assert len(receipt.answer.encode()) == 1024


def test_410_is_permanent(notifier: WebhookNotifier, far_end: Receiver) -> None:
    far_end.answer_next(GONE)

    error, _ = failure(notifier, far_end.url)

    assert isinstance(error, PermanentDeliveryError)
    assert error.status == 410


@pytest.mark.parametrize(
    "status", [302, 307, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504]
)
def test_any_other_status_may_work_later(
    notifier: WebhookNotifier, far_end: Receiver, status: int
) -> None:
    far_end.answer_next(Answer(status=status, body=b"because"))

    error, _ = failure(notifier, far_end.url)

    assert isinstance(error, TransientDeliveryError)
    assert (error.status, error.answer) == (status, "because")


def test_retry_after_is_passed_on(notifier: WebhookNotifier, far_end: Receiver) -> None:
    far_end.answer_next(retry_after("120"), retry_after("86400", status=429), SERVER_ERROR)

    waits = [failure(notifier, far_end.url)[0].retry_after for _ in range(3)]

    assert waits == [timedelta(minutes=2), timedelta(days=1), None]


def test_redirect_is_not_followed(
    notifier: WebhookNotifier, far_end: Receiver, authority: Authority
) -> None:
    with Receiver(authority.server_tls(NAME), name=NAME) as elsewhere:
        far_end.answer_next(redirect(elsewhere.url))

        error, _ = failure(notifier, far_end.url)

        assert isinstance(error, TransientDeliveryError)
        assert "redirects are not followed" in str(error)
        assert elsewhere.connections == 0


# Faults: all end in time, and none harms the next attempt.


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(fault=Fault.SLOW), id="no answer"),
        pytest.param(Answer(fault=Fault.DRIP_HEADERS), id="dripping headers"),
        pytest.param(Answer(status=500, fault=Fault.DRIP_BODY), id="dripping body"),
        pytest.param(Answer(status=500, fault=Fault.HUGE), id="500 MB"),
        pytest.param(Answer(headers={"x-huge": "h" * 70_000}), id="huge headers"),
        pytest.param(Answer(fault=Fault.RESET), id="reset"),
    ],
)
def test_fault_is_cut_at_the_deadline_and_frees_its_connection(
    hasty: WebhookNotifier, far_end: Receiver, answer: Answer
) -> None:
    far_end.answer_next(answer, answer)

    for _ in range(2):
        error, seconds = failure(hasty, far_end.url)
        assert isinstance(error, TransientDeliveryError)
        assert seconds < SOON_S

    assert hasty.send(REMINDER, webhook(far_end.url), now=NOW).status == 200
    assert far_end.bytes_sent < 32 * 1024 * 1024


@pytest.mark.parametrize("fault", [Fault.DRIP_BODY, Fault.HUGE])
def test_status_decides_though_the_rest_of_the_answer_is_cut(
    hasty: WebhookNotifier, far_end: Receiver, fault: Fault
) -> None:
    far_end.answer_next(Answer(status=200, fault=fault))

    receipt = hasty.send(REMINDER, webhook(far_end.url), now=NOW)

    assert receipt.status == 200
    assert receipt.duration_ms < SOON_S * 1000
    assert far_end.bytes_sent < 32 * 1024 * 1024


def test_drip_after_the_status_ends_long_before_the_delivery_s_deadline(
    far_end: Receiver, authority: Authority
) -> None:
    far_end.answer_next(Answer(status=200, fault=Fault.DRIP_BODY))
    notifier = notifier_for(far_end, authority, answer_s=0.1)

    receipt = notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert receipt.duration_ms < SOON_S * 1000
    notifier.close()


def test_packed_answer_is_not_unpacked(notifier: WebhookNotifier, far_end: Receiver) -> None:
    bomb = gzip.compress(b"unpacked" * 1_000_000)
    far_end.answer_next(Answer(headers={"content-encoding": "gzip"}, body=bomb))

    receipt = notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert far_end.requests[0].headers["accept-encoding"] == "identity"
    assert "unpackedunpacked" not in receipt.answer


@pytest.mark.parametrize("first", [b"", TLS_RECORD], ids=["silent", "dripping"])
def test_stalled_tls_greeting_is_cut_at_the_deadline(authority: Authority, first: bytes) -> None:
    with BlackHole(b"\x02" if first else b"", first=first) as hole:
        notifier = notifier_for(hole, authority, timeout_s=TIGHT_S)

        error, seconds = failure(notifier, f"https://{NAME}:{hole.port}/")

        assert isinstance(error, TransientDeliveryError)
        assert "Timeout" in str(error)
        assert seconds < SOON_S
        notifier.close()


def test_closed_port_is_transient(authority: Authority) -> None:
    with Receiver() as gone:
        pass
    notifier = notifier_for(gone, authority)

    error, _ = failure(notifier, f"https://{NAME}:{gone.port}/")

    assert isinstance(error, TransientDeliveryError)
    notifier.close()


def test_second_address_is_tried_when_the_first_takes_no_calls(
    far_end: Receiver, authority: Authority
) -> None:
    notifier = notifier_for(far_end, authority, answers=("127.0.0.9", "127.0.0.1"))

    notifier.send(REMINDER, webhook(far_end.url), now=NOW)

    assert len(far_end.requests) == 1
    notifier.close()


# Certificates.


@pytest.mark.parametrize("certified", ["other.example.gov", "127.0.0.1"])
def test_certificate_for_another_name_is_refused(authority: Authority, certified: str) -> None:
    # The address is right: it is the name in the URL that must be certified.
    with Receiver(authority.server_tls(certified), name=NAME) as far_end:
        notifier = notifier_for(far_end, authority)

        error, _ = failure(notifier, far_end.url)

        assert isinstance(error, TransientDeliveryError)
        assert "CERTIFICATE_VERIFY_FAILED" in str(error)
        assert far_end.requests == []
        notifier.close()


def test_expired_certificate_is_refused(authority: Authority) -> None:
    with Receiver(authority.server_tls(NAME, expired=True), name=NAME) as far_end:
        notifier = notifier_for(far_end, authority)

        error, _ = failure(notifier, far_end.url)

        assert "certificate has expired" in str(error)
        assert far_end.requests == []
        notifier.close()


def test_certificate_of_an_unknown_authority_is_refused(
    far_end: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger"), now=NOW)
    notifier = notifier_for(far_end, stranger)

    error, _ = failure(notifier, far_end.url)

    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert far_end.requests == []
    notifier.close()
