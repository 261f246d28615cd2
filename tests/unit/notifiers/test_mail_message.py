from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest

from notifiers import mail_message
from notifiers.base import Alert
from scheduler.errors import InvalidHoldError
from tests.support import calendar_reader
from tests.support.alerts import REMINDER, alert, reminder

NOW = datetime(2026, 3, 9, 17, 0, 3, tzinfo=UTC)
SENDER = Address("Holdclock", addr_spec="alerts@jail.example.gov")


def composed(said: Alert = REMINDER, *, now: datetime = NOW) -> EmailMessage:
    recipient = mail_message.check_address("duty@agency.example.gov")
    wire = mail_message.compose(said, sender=SENDER, recipient=recipient, now=now).as_bytes()
    return email.message_from_bytes(wire, policy=policy.default)


def test_mail_has_text_and_html() -> None:
    mail = composed(
        alert("hold.registered", "k", starts_at=None, deadline_at=None, ceiling_at=None)
    )

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_calendar_entry_is_attached_beside_text_and_html() -> None:
    mail = composed()

    assert mail.get_content_type() == "multipart/mixed"
    body, entry = mail.iter_parts()
    assert [part.get_content_type() for part in body.iter_parts()] == ["text/plain", "text/html"]
    assert entry.get_content_type() == "text/calendar"
    assert entry.get_param("method") == "PUBLISH"
    assert entry.get_content_disposition() == "attachment"
    assert entry.get_filename() == "hold.ics"


def test_calendar_entry_comes_out_of_the_mail_as_it_went_in() -> None:
    name = "Cárcel de San José " * 8

    *_, part = composed(reminder(facility_name=name, hold_ref="a,b;c\\d")).iter_parts()

    entry = calendar_reader.read(part.get_content())
    assert entry.fields["location"] == f"{name} (NC-WAKE)"
    assert entry.fields["description"].startswith("Reference: a,b;c\\d\n")


def test_mail_carries_its_headers() -> None:
    mail = composed()

    assert mail["Subject"] == "[Hold 7Q3KM4] 4 h left: authority ends Mon 9 Mar 17:00 EDT"
    assert mail["From"] == "Holdclock <alerts@jail.example.gov>"
    assert mail["To"] == "duty@agency.example.gov"
    assert mail["Date"] == "Mon, 09 Mar 2026 17:00:03 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_message_id_comes_from_the_delivery_and_is_the_same_for_every_attempt() -> None:
    first, second = composed(), composed(now=NOW + timedelta(minutes=5))

    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"] == "<dlv-0198c2a4-77aa@jail.example.gov>"


@pytest.mark.parametrize("key", ["a b", "a@b", "a\r\nBcc: x@example.org", "a..b", "é", "a<b>"])
def test_message_id_is_well_formed_whatever_the_key_is(key: str) -> None:
    name, _, domain = composed(reminder(id=key))["Message-ID"].strip("<>").partition("@")

    assert name.isalnum()
    assert len(name) == 64
    assert domain == "jail.example.gov"


def test_mails_of_one_hold_share_a_thread_and_other_holds_do_not() -> None:
    first, second = composed(), composed(alert("hold.expired", "hold_expired", id="dlv-2"))
    other = composed(reminder(hold_id="M4TX8P"))

    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["References"] == "<hold-7Q3KM4@jail.example.gov>"
    assert other["References"] != first["References"]


def test_test_message_belongs_to_no_thread() -> None:
    assert composed(alert("channel.test", "channel_test", hold_id=""))["References"] is None


def test_mail_is_seven_bit_and_has_short_lines() -> None:
    said = reminder(facility_name="Cárcel de San José " * 60)
    recipient = mail_message.check_address("duty@agency.example.gov")

    wire = mail_message.compose(said, sender=SENDER, recipient=recipient, now=NOW).as_bytes()

    assert wire.isascii()
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert b"\n" not in wire.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "text",
    [
        "a@example.org",
        "first.last+tag@sub.agency.example.gov",
        "o'neil@example.org",
        "root@localhost",
        f"{'a' * 64}@example.org",
    ],
)
def test_plain_address_is_taken(text: str) -> None:
    assert mail_message.check_address(text).addr_spec == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@example.org",
        "a@",
        "a@b@example.org",
        "a@example.org,b@example.org",
        "a@example.org;b@example.org",
        "a@example.org b@example.org",
        "A <a@example.org>",
        '"a,b"@example.org',
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a\x00@example.org",
        "a(b)@example.org",
        "é@example.org",
        "a@exämple.org",
        "a..b@example.org",
        ".a@example.org",
        "a@example..org",
        "a@[127.0.0.1]",
        "a%b:c@example.org",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 260}.org",
    ],
)
def test_anything_but_one_plain_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidHoldError) as caught:
        mail_message.check_address(text)

    assert caught.value.field == "address"
