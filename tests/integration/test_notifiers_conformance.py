"""What every notifier promises, whichever way it goes out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from notifiers import base
from notifiers.apprise_channel import AppriseNotifier
from notifiers.base import ANSWER_BYTES, Notifier, Target
from notifiers.guard import Guard
from notifiers.recording import RecordingNotifier
from notifiers.smtp import SmtpNotifier
from notifiers.webhook import WebhookNotifier
from scheduler import clock
from scheduler.errors import PermanentDeliveryError, TransientDeliveryError
from tests.support import mail_server, receiver
from tests.support.alerts import REMINDER, alert, apprise, mailbox, reminder, webhook
from tests.support.certificates import Authority

NOW = clock.SystemClock().now()
LONG = "long " * 1000


class Rig(Protocol):
    """A notifier with the far end of its line in the test's hands."""

    notifier: Notifier
    target: Target

    def refuse_for_now(self) -> None: ...
    def refuse_for_good(self) -> None: ...
    def delivered(self) -> list[str]: ...


class WebhookRig:
    def __init__(self, far_end: receiver.Receiver, tls: Authority) -> None:
        guard = Guard(allowed_networks=["127.0.0.0/8"], allowed_ports=[far_end.port])
        self.notifier: Notifier = WebhookNotifier(guard, tls_context=tls.client_tls())
        self.target = webhook(far_end.url)
        self._far_end = far_end

    def refuse_for_now(self) -> None:
        self._far_end.answer_next(receiver.Answer(status=503, body=LONG.encode()))

    def refuse_for_good(self) -> None:
        self._far_end.answer_next(receiver.GONE)

    def delivered(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self._far_end.requests]


class MailRig:
    def __init__(self, far_end: mail_server.MailServer, tls: Authority) -> None:
        self.notifier: Notifier = SmtpNotifier(
            "localhost",
            far_end.port,
            username=mail_server.USERNAME,
            password=mail_server.PASSWORD,
            sender="alerts@jail.example.gov",
            tls_context=tls.client_tls(),
            lookup=lambda *_: ["127.0.0.1"],
        )
        self.target = mailbox()
        self._far_end = far_end

    def refuse_for_now(self) -> None:
        self._far_end.refuse_recipient("451 4.3.0 later")

    def refuse_for_good(self) -> None:
        self._far_end.refuse_recipient("550 5.1.1 unknown")

    def delivered(self) -> list[str]:
        ids = [str(mail.message["Message-ID"]) for mail in self._far_end.mails]
        return [each.strip("<>").partition("@")[0] for each in ids]


class AppriseRig:
    """Through Apprise's own plug-in for JSON, to the receiver that webhooks meet too."""

    def __init__(self, far_end: receiver.Receiver) -> None:
        guard = Guard(allowed_networks=["127.0.0.0/8"], allowed_ports=[far_end.port])
        self.notifier: Notifier = AppriseNotifier(guard, schemes=["json"])
        self.target = apprise(f"json://127.0.0.1:{far_end.port}/hook")
        self._far_end = far_end

    def refuse_for_now(self) -> None:
        self._far_end.answer_next(receiver.Answer(status=503, body=LONG.encode()))

    def refuse_for_good(self) -> None:
        self._far_end.answer_next(receiver.GONE)

    def delivered(self) -> list[str]:
        said = [json.loads(request.body)["message"] for request in self._far_end.requests]
        return [message.rpartition("\nMessage ")[2] for message in said]


class RecordingRig:
    def __init__(self) -> None:
        self._fake = RecordingNotifier()
        self.notifier: Notifier = self._fake
        self.target = webhook("https://hooks.example.gov/")

    def refuse_for_now(self) -> None:
        self._fake.fail_next(TransientDeliveryError("later", answer=LONG))

    def refuse_for_good(self) -> None:
        self._fake.fail_next(PermanentDeliveryError("never"))

    def delivered(self) -> list[str]:
        return [kept.alert.id for kept in self._fake.delivered]


@pytest.fixture(params=["webhook", "email", "apprise", "recording"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    tls = Authority(tmp_path, now=NOW)
    made: Rig
    if request.param == "webhook":
        with receiver.Receiver(tls.server_tls("127.0.0.1")) as far_end:
            made = WebhookRig(far_end, tls)
            yield made
            made.notifier.close()
    elif request.param == "email":
        with mail_server.MailServer(tls.server_tls("localhost")) as server:
            yield MailRig(server, tls)
    elif request.param == "apprise":
        with receiver.Receiver() as far_end:
            yield AppriseRig(far_end)
    else:
        yield RecordingRig()


def test_notifier_says_which_targets_it_reaches(rig: Rig) -> None:
    assert rig.notifier.kind == rig.target.kind


def test_alert_arrives_under_its_key_and_a_receipt_comes_back(rig: Rig) -> None:
    receipt = rig.notifier.send(REMINDER, rig.target, now=NOW)

    assert rig.delivered() == [REMINDER.id]
    assert receipt.duration_ms >= 0
    assert receipt.status is None or 200 <= receipt.status < 300
    assert len(receipt.answer.encode()) <= ANSWER_BYTES


def test_second_attempt_carries_the_same_key(rig: Rig) -> None:
    rig.notifier.send(REMINDER, rig.target, now=NOW)
    rig.notifier.send(REMINDER, rig.target, now=NOW)

    assert rig.delivered() == [REMINDER.id, REMINDER.id]


def test_refusal_for_now_is_transient_and_its_answer_is_cut(rig: Rig) -> None:
    rig.refuse_for_now()

    with pytest.raises(TransientDeliveryError) as caught:
        rig.notifier.send(REMINDER, rig.target, now=NOW)

    assert len(caught.value.answer.encode()) <= ANSWER_BYTES


def test_refusal_for_good_is_permanent(rig: Rig) -> None:
    rig.refuse_for_good()

    with pytest.raises(PermanentDeliveryError):
        rig.notifier.send(REMINDER, rig.target, now=NOW)


def test_failure_leaves_the_next_attempt_unharmed(rig: Rig) -> None:
    rig.refuse_for_now()
    with pytest.raises(TransientDeliveryError):
        rig.notifier.send(REMINDER, rig.target, now=NOW)

    rig.notifier.send(reminder(id="dlv-2"), rig.target, now=NOW)

    assert rig.delivered()[-1] == "dlv-2"


def test_alerts_sent_from_several_threads_all_arrive(rig: Rig) -> None:
    together = threading.Barrier(4)

    def send(number: int) -> None:
        together.wait(10)
        rig.notifier.send(reminder(id=f"dlv-{number}"), rig.target, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    assert sorted(rig.delivered()) == ["dlv-0", "dlv-1", "dlv-2", "dlv-3"]


def test_alert_without_a_clock_or_telephone_arrives(rig: Rig) -> None:
    bare = alert(
        "hold.registered",
        "hold_registered",
        starts_at=None,
        deadline_at=None,
        ceiling_at=None,
        facility_phone=None,
        status="lodged",
    )

    rig.notifier.send(bare, rig.target, now=NOW)

    assert rig.delivered() == [bare.id]


def test_test_message_arrives(rig: Rig) -> None:
    said = base.channel_test(key="test-1", url="https://holds.example.gov/", occurred_at=NOW)

    rig.notifier.send(said, rig.target, now=NOW)

    assert rig.delivered() == ["test-1"]


def test_alert_with_a_link_to_acknowledge_arrives(rig: Rig) -> None:
    said = reminder(acknowledge_url="https://holds.example.gov/a/one-time")

    rig.notifier.send(said, rig.target, now=NOW)

    assert rig.delivered() == [REMINDER.id]


def test_closing_twice_is_harmless(rig: Rig) -> None:
    rig.notifier.send(REMINDER, rig.target, now=NOW)

    rig.notifier.close()
    rig.notifier.close()
