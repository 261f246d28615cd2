"""Mail through an independent server, Debian's exim4, with STARTTLS and AUTH into a Maildir."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from notifiers import base
from notifiers.base import Alert
from notifiers.smtp import SmtpNotifier
from scheduler import clock
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from tests.support import calendar_reader, exim4
from tests.support.alerts import DEADLINE, REMINDER, alert, mailbox, reminder
from tests.support.certificates import Authority

NOW = clock.SystemClock().now()
NAME = "mail.jail.example.gov"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), now=NOW)


@pytest.fixture
def server(authority: Authority) -> Iterator[exim4.Exim]:
    binary = exim4.program()
    if binary is None:
        pytest.skip(
            "NOT TESTED: mail through an independent server. exim4 is missing; as root: "
            "apt-get install --no-install-recommends exim4-daemon-light"
        )
    with exim4.running(binary, authority, name=NAME) as running:
        yield running


def notifier_for(
    server: exim4.Exim, authority: Authority, *, password: str = exim4.PASSWORD
) -> SmtpNotifier:
    return SmtpNotifier(
        NAME,
        server.port,
        security="starttls",
        username=exim4.USERNAME,
        password=password,
        sender="Holdclock <alerts@jail.example.gov>",
        tls_context=authority.client_tls(),
        lookup=lambda *_: ["127.0.0.1"],
    )


def sent(server: exim4.Exim, authority: Authority, *said: Alert) -> list[EmailMessage]:
    notifier = notifier_for(server, authority)
    for number, each in enumerate(said, 1):
        notifier.send(each, mailbox(f"duty@{exim4.DOMAIN}"), now=NOW)
        # One by one, or the processes that deliver them could overtake each other.
        server.wait_for(number)
    return server.mails


def entry_of(mail: EmailMessage) -> calendar_reader.Entry:
    [part] = mail.iter_attachments()
    assert part.get_content_type() == "text/calendar"
    entry = calendar_reader.read(part.get_content())
    assert entry.method == part.get_param("method")
    return entry


def failure(notifier: SmtpNotifier, address: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        notifier.send(REMINDER, mailbox(address), now=NOW)
    return caught.value


def test_mail_goes_through_encrypted_and_signed_in_to_its_mailbox(
    server: exim4.Exim, authority: Authority
) -> None:
    [mail] = sent(server, authority, reminder(facility_name="Cárcel de San José"))

    assert " P=esmtpsa " in server.log
    assert " X=TLS1." in server.log
    assert f" A=plain:{exim4.USERNAME} " in server.log
    assert mail["Return-path"] == "<alerts@jail.example.gov>"
    assert mail["Envelope-to"] == mail["To"] == f"duty@{exim4.DOMAIN}"
    assert mail["From"] == "Holdclock <alerts@jail.example.gov>"
    assert mail["Subject"] == "[Hold 7Q3KM4] 4 h left: authority ends Mon 9 Mar 17:00 EDT"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]) == NOW.replace(microsecond=0)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Facility: Cárcel de San José (NC-WAKE)" in text.get_content()
    assert "Cárcel de San José" in page.get_content()
    assert mail.defects == []


def test_mails_of_a_hold_are_one_thread_and_another_hold_s_are_not(
    server: exim4.Exim, authority: Authority
) -> None:
    first, second, other = sent(
        server,
        authority,
        REMINDER,
        alert("hold.expired", "hold_expired", id="dlv-2", status="expired"),
        reminder(id="dlv-3", hold_id="M4TX8P"),
    )

    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert other["References"] != first["References"]
    assert len({mail["Message-ID"] for mail in (first, second, other)}) == 3


def test_second_attempt_has_the_message_id_of_the_first(
    server: exim4.Exim, authority: Authority
) -> None:
    first, second = sent(server, authority, REMINDER, REMINDER)

    assert first["Message-ID"] == second["Message-ID"] == f"<{REMINDER.id}@jail.example.gov>"


def test_calendar_entry_arrives_moves_and_is_cancelled(
    server: exim4.Exim, authority: Authority
) -> None:
    later = DEADLINE + timedelta(hours=24)
    changed = alert("hold.deadline_changed", "k", id="dlv-2", sequence=6)
    closed = alert("hold.closed", "k", id="dlv-3", sequence=7, status="transferred")

    mails = sent(
        server,
        authority,
        REMINDER,
        replace(changed, deadline_at=later, ceiling_at=later),
        closed,
    )

    entries = [entry_of(mail) for mail in mails]
    assert [entry.method for entry in entries] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert [entry.starts_at for entry in entries[:2]] == [DEADLINE, later]
    assert {str(entry.fields["uid"]) for entry in entries} == {"hold-7Q3KM4@jail.example.gov"}
    assert [entry.fields["sequence"] for entry in entries] == [5, 6, 7]
    assert entries[2].fields["status"] == "CANCELLED"


def test_test_message_arrives_without_a_thread_or_an_entry(
    server: exim4.Exim, authority: Authority
) -> None:
    said = base.channel_test(key="t-1", url="https://holds.example.gov/", occurred_at=NOW)

    [mail] = sent(server, authority, said)

    assert mail["Subject"] == "[Holdclock] Test message: it reached you"
    assert mail["References"] is None
    assert list(mail.iter_attachments()) == []


def test_refusals_of_a_real_server_are_told_apart(server: exim4.Exim, authority: Authority) -> None:
    elsewhere = failure(notifier_for(server, authority), "duty@elsewhere.example.org")
    wrong = failure(notifier_for(server, authority, password="guess"), f"duty@{exim4.DOMAIN}")

    assert isinstance(elsewhere, PermanentDeliveryError)
    assert (elsewhere.status, elsewhere.answer) == (550, "5.1.2 no such domain here")
    assert isinstance(wrong, TransientDeliveryError)
    assert wrong.status == 535
    assert server.mails == []
