"""Mail against a real server on the loopback: encryption, sign-in, replies, faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifiers.smtp import SmtpNotifier
from scheduler import clock
from scheduler.errors import (
    ConfigError,
    DeliveryError,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from tests.support.alerts import REMINDER, mailbox, reminder
from tests.support.certificates import Authority
from tests.support.mail_server import NO_ANSWER, PASSWORD, USERNAME, MailServer
from tests.support.receiver import TLS_RECORD, BlackHole

REAL = clock.SystemClock()
NOW = REAL.now()
NAME = "mail.jail.example.gov"
TIGHT_S = 0.4
SOON_S = 3.0
UP_TO_STARTTLS = b"220 hello\r\n250-hello\r\n250 STARTTLS\r\n220 go on\r\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, now=NOW)


@pytest.fixture
def server(authority: Authority) -> Iterator[MailServer]:
    with MailServer(authority.server_tls(NAME)) as mail_server:
        yield mail_server


def notifier_for(port: int, authority: Authority, **changes: Any) -> SmtpNotifier:
    arguments: dict[str, Any] = {
        "username": USERNAME,
        "password": PASSWORD,
        "sender": "Holdclock <alerts@jail.example.gov>",
        "tls_context": authority.client_tls(),
        "lookup": lambda *_: ["127.0.0.1"],
    }
    return SmtpNotifier(NAME, port, **(arguments | changes))


@pytest.fixture
def notifier(server: MailServer, authority: Authority) -> SmtpNotifier:
    return notifier_for(server.port, authority)


def failure(notifier: SmtpNotifier, address: str = "a@agency.example.gov") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier.send(REMINDER, mailbox(address), now=NOW)
    return caught.value


# What is sent, and how.


def test_mail_arrives_encrypted_and_signed_in(notifier: SmtpNotifier, server: MailServer) -> None:
    receipt = notifier.send(REMINDER, mailbox(), now=NOW)

    [mail] = server.mails
    assert (mail.was_encrypted, mail.was_signed_in) == (True, True)
    assert mail.sender == "alerts@jail.example.gov"
    assert mail.recipients == ("duty@agency.example.gov",)
    assert (receipt.status, receipt.answer) == (250, "2.0.0 taken")


def test_mail_reads_as_it_was_written(notifier: SmtpNotifier, server: MailServer) -> None:
    notifier.send(reminder(facility_name="Cárcel\n.San José"), mailbox(), now=NOW)

    message = server.mails[0].message
    assert message["Subject"] == "[Hold 7Q3KM4] 4 h left: authority ends Mon 9 Mar 17:00 EDT"
    told, _ = message.iter_parts()
    text, page = told.iter_parts()
    assert "Cárcel\n.San José" in text.get_content().replace("\r\n", "\n")
    assert "<h1" in page.get_content()


def test_line_encrypted_from_the_start_carries_a_mail(authority: Authority) -> None:
    with MailServer(authority.server_tls(NAME), is_tls_from_start=True) as server:
        notifier = notifier_for(server.port, authority, security="tls")

        notifier.send(REMINDER, mailbox(), now=NOW)

        assert (server.mails[0].was_encrypted, server.mails[0].was_signed_in) == (True, True)


def test_open_line_is_used_where_the_administrator_says_so(authority: Authority) -> None:
    with MailServer(needs_login=False) as server:
        notifier = notifier_for(server.port, authority, security="none", username="", password="")

        notifier.send(REMINDER, mailbox(), now=NOW)

        assert not server.mails[0].was_encrypted


def test_server_without_starttls_gets_neither_password_nor_mail(authority: Authority) -> None:
    with MailServer(needs_login=False) as server:
        error = failure(notifier_for(server.port, authority))

        assert isinstance(error, TransientDeliveryError)
        assert "STARTTLS" in str(error)
        assert server.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificate_for_another_name_is_refused(authority: Authority, security: str) -> None:
    tls = authority.server_tls("other.example.gov")
    with MailServer(tls, is_tls_from_start=security == "tls") as server:
        error = failure(notifier_for(server.port, authority, security=security))

        assert isinstance(error, TransientDeliveryError)
        assert "CERTIFICATE_VERIFY_FAILED" in str(error)
        assert server.mails == []


# What a reply means.


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("450 4.2.0 busy", TransientDeliveryError),
        ("452 4.2.2 full", TransientDeliveryError),
        ("550 5.1.1 unknown", PermanentDeliveryError),
        ("553 5.1.3 bad", PermanentDeliveryError),
    ],
)
def test_reply_to_the_recipient_decides(
    notifier: SmtpNotifier, server: MailServer, reply: str, kind: type[DeliveryError]
) -> None:
    server.refuse_recipient(reply)

    error = failure(notifier)

    assert type(error) is kind
    assert f"{error.status} {error.answer}" == reply
    assert server.mails == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("451 4.3.0 later", TransientDeliveryError),
        ("554 5.7.1 refused", PermanentDeliveryError),
    ],
)
def test_reply_to_the_message_decides(
    notifier: SmtpNotifier, server: MailServer, reply: str, kind: type[DeliveryError]
) -> None:
    server.answer_message(reply)

    error = failure(notifier)

    assert type(error) is kind
    assert f"{error.status} {error.answer}" == reply


def test_refused_recipient_does_not_touch_the_next(
    notifier: SmtpNotifier, server: MailServer
) -> None:
    server.refuse_recipient("550 5.1.1 unknown")
    failure(notifier, "gone@agency.example.gov")

    notifier.send(REMINDER, mailbox("here@agency.example.gov"), now=NOW)

    assert [mail.recipients for mail in server.mails] == [("here@agency.example.gov",)]


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "550 5.7.60 not your sender"])
def test_refused_sender_may_be_mended_and_is_transient(
    notifier: SmtpNotifier, server: MailServer, reply: str
) -> None:
    server.refuse_sender(reply)

    error = failure(notifier)

    assert isinstance(error, TransientDeliveryError)
    assert error.status == int(reply[:3])


def test_wrong_password_may_be_mended_and_is_not_repeated(
    server: MailServer, authority: Authority
) -> None:
    error = failure(notifier_for(server.port, authority, password="guess-of-mine"))

    assert isinstance(error, TransientDeliveryError)
    assert error.status == 535
    assert "guess-of-mine" not in f"{error} {error.answer}"


# Faults.


def test_time_out_after_the_message_is_tried_again_under_the_same_id(
    server: MailServer, authority: Authority
) -> None:
    server.answer_message(NO_ANSWER)
    began = REAL.monotonic()

    error = failure(notifier_for(server.port, authority, timeout_s=TIGHT_S))
    seconds = REAL.monotonic() - began
    notifier_for(server.port, authority).send(REMINDER, mailbox(), now=NOW)

    assert isinstance(error, TransientDeliveryError)
    assert seconds < SOON_S
    first, second = server.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]


@pytest.mark.parametrize(
    ("security", "first", "drip"),
    [
        pytest.param("starttls", b"", b"", id="silent"),
        pytest.param("starttls", b"", b"2", id="dripping"),
        # Each line is a whole reply that says more will follow.
        pytest.param("starttls", b"", b"220-still here\r\n", id="greeting without end"),
        pytest.param("starttls", UP_TO_STARTTLS, b"", id="silent after STARTTLS"),
        pytest.param("tls", b"", b"", id="silent, tls"),
        pytest.param("tls", TLS_RECORD, b"\x02", id="dripping, tls"),
    ],
)
def test_server_that_stalls_is_left_at_the_deadline(
    authority: Authority, security: str, first: bytes, drip: bytes
) -> None:
    with BlackHole(drip, first=first) as hole:
        notifier = notifier_for(hole.port, authority, security=security, timeout_s=TIGHT_S)
        began = REAL.monotonic()

        error = failure(notifier)

        assert isinstance(error, TransientDeliveryError)
        assert "no end after 0.4 s" in str(error)
        assert REAL.monotonic() - began < SOON_S


def test_closed_port_is_transient(authority: Authority) -> None:
    with BlackHole() as gone:
        pass

    assert isinstance(failure(notifier_for(gone.port, authority)), TransientDeliveryError)


def test_mail_server_on_a_metadata_address_is_never_called(authority: Authority) -> None:
    notifier = notifier_for(25, authority, lookup=lambda *_: ["169.254.169.254"])

    assert "metadata" in str(failure(notifier))


# What is typed by people.


@pytest.mark.parametrize(
    "address",
    [
        "a@agency.example.gov,b@elsewhere.example.org",
        "a@agency.example.gov\r\nBcc: b@elsewhere.example.org",
        "a@agency.example.gov>\r\nRCPT TO:<b@elsewhere.example.org",
        "A <a@agency.example.gov>",
    ],
)
def test_address_that_could_add_a_recipient_or_header_is_permanent(
    notifier: SmtpNotifier, server: MailServer, address: str
) -> None:
    assert isinstance(failure(notifier, address), PermanentDeliveryError)

    assert server.mails == []


def test_text_with_line_breaks_adds_no_header(notifier: SmtpNotifier, server: MailServer) -> None:
    evil = "x\r\nBcc: b@elsewhere.example.org\r\n\r\nbody"
    alert = reminder(type="hold.authority_missing", hold_id=evil, note=evil, id=evil)

    notifier.send(alert, mailbox(), now=NOW)

    [mail] = server.mails
    assert mail.recipients == ("duty@agency.example.gov",)
    assert mail.message["Bcc"] is None
    assert mail.message.get_content_type() == "multipart/mixed"


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        pytest.param({"security": "ssl"}, "SMTP_SECURITY", id="unknown security"),
        pytest.param({"security": "none"}, "SMTP_USERNAME", id="password in clear"),
        pytest.param({"sender": "nobody"}, "SMTP_FROM", id="no address"),
        pytest.param({"sender": "a@b.c\r\nBcc: d@e.f"}, "SMTP_FROM", id="line break"),
        pytest.param({"sender": "A\r\nB <a@example.org>"}, "SMTP_FROM", id="line break in name"),
        pytest.param({"password": "pässword"}, "SMTP_PASSWORD", id="not ASCII"),
    ],
)
def test_settings_that_cannot_work_stop_at_the_start(
    authority: Authority, changes: dict[str, Any], setting: str
) -> None:
    with pytest.raises(ConfigError, match=setting):
        notifier_for(25, authority, **changes)
