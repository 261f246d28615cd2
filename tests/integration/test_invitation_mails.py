"""Invitations by mail: sent by a worker, tried again, and good once at the page they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from config.fields import SmtpSecurity
from config.settings import Settings
from scheduler import wiring
from scheduler.commands.people import People, people
from scheduler.worker.invitations import NO_SERVER, InvitationMails
from tests.support.browser import Browser
from tests.support.house import OPERATOR, HeldPool, InlinePool, Premises
from tests.support.mail_server import MailServer
from tests.support.office import Office

ADDRESS = "sergeant@example.gov"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer(needs_login=False) as running:
        yield running


@pytest.fixture
def premises(sqlite_premises: Premises) -> Premises:
    """On one kind of database: what locks rows is tried on the other one below."""
    return sqlite_premises


@pytest.fixture
def staff(premises: Premises) -> People:
    return people(premises.house, premises.settings)


def mail_settings(premises: Premises, server: MailServer) -> Settings:
    return premises.settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": server.port,
            "smtp_security": SmtpSecurity.NONE,
            "smtp_from": "Holdclock <alerts@jail.example.gov>",
        }
    )


def sender(premises: Premises, server: MailServer, pool: Any = None) -> InvitationMails:
    return wiring.build_invitation_mails(
        premises.house, mail_settings(premises, server), pool=pool or InlinePool()
    )


def invited(staff: People) -> str:
    account_id: str = staff.users.add(OPERATOR, email=ADDRESS, role="auditor")
    staff.invitations.invite(OPERATOR, account_id)
    return account_id


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link(message: EmailMessage) -> str:
    (found,) = {word for word in body(message, "plain").split() if "/invitation/" in word}
    return found


def shown(staff: People, account_id: str) -> dict[str, Any]:
    return staff.users.get(account_id)


def test_mail_goes_to_the_account_and_leads_to_the_page_that_sets_its_password(
    staff: People, premises: Premises, server: MailServer
) -> None:
    account_id = invited(staff)

    sender(premises, server).look()
    (mail,) = server.wait_for(1)
    url = link(mail.message)
    page = Browser(Office(premises).app).get(url)

    assert mail.recipients == (ADDRESS,)
    assert mail.message["subject"] == "[Holdclock] Set your password"
    assert mail.message["auto-submitted"] == "auto-generated"
    assert url.startswith("https://holds.example.gov/invitation/")
    assert f'href="{url}"' in body(mail.message, "html")
    assert "Until Thu 5 Mar 2026 14:00 UTC." in body(mail.message, "plain")
    assert page.status_code == 200
    assert shown(staff, account_id)["invitation_sent_at"] == premises.clock.now()
    assert shown(staff, account_id)["invitation_failed_because"] is None


def test_mail_names_no_place_and_its_log_no_address(
    staff: People, premises: Premises, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    invited(staff)
    server.refuse_recipient("450 4.2.1 mailbox busy")

    mails = sender(premises, server)
    mails.look()
    premises.clock.tick(seconds=30)
    mails.look()
    (mail,) = server.wait_for(1)

    assert "OAK" not in mail.raw.decode() + caplog.text
    assert ADDRESS not in caplog.text
    assert [record.action for record in caplog.records if hasattr(record, "action")] == [
        "invitation_failed"
    ]


def test_mail_is_sent_once_and_not_again(
    staff: People, premises: Premises, server: MailServer
) -> None:
    invited(staff)
    mails = sender(premises, server)

    mails.look()
    premises.clock.tick(hours=1)
    mails.look()
    sender(premises, server).look()

    assert len(server.wait_for(1)) == 1


def test_mail_that_is_refused_for_now_is_tried_again_under_the_same_id(
    staff: People, premises: Premises, server: MailServer
) -> None:
    account_id = invited(staff)
    server.answer_message("451 4.3.0 come again")
    mails = sender(premises, server)

    mails.look()
    failed = shown(staff, account_id)
    mails.look()
    waiting = len(server.mails)
    premises.clock.tick(seconds=7)
    mails.look()

    first, second = server.wait_for(2)
    assert waiting == 1
    assert "451" in failed["invitation_failed_because"]
    assert failed["invitation_sent_at"] is None
    assert first.message["message-id"] == second.message["message-id"]
    assert shown(staff, account_id)["invitation_failed_because"] is None
    assert shown(staff, account_id)["invitation_attempts"] == 2


def test_address_that_the_server_does_not_know_is_not_tried_again_and_shown(
    staff: People, premises: Premises, server: MailServer
) -> None:
    account_id = invited(staff)
    server.refuse_recipient("550 5.1.1 unknown")
    mails = sender(premises, server)

    mails.look()
    premises.clock.tick(hours=1)
    mails.look()

    assert server.mails == []
    assert "refused the recipient with 550" in shown(staff, account_id)["invitation_failed_because"]


def test_house_without_a_mail_server_says_so_on_the_account(
    staff: People, premises: Premises
) -> None:
    account_id = invited(staff)

    wiring.build_invitation_mails(premises.house, premises.settings, pool=InlinePool()).look()

    assert shown(staff, account_id)["invitation_failed_because"] == NO_SERVER


def test_invitation_that_ended_meanwhile_sends_no_mail(
    staff: People, premises: Premises, server: MailServer
) -> None:
    invited(staff)
    premises.clock.tick(days=3)

    sender(premises, server).look()

    assert server.mails == []


def test_new_invitation_takes_the_place_of_the_one_before(
    staff: People, premises: Premises, server: MailServer
) -> None:
    account_id = invited(staff)
    staff.invitations.invite(OPERATOR, account_id)

    sender(premises, server).look()
    (mail,) = server.wait_for(1)

    assert Browser(Office(premises).app).get(link(mail.message)).status_code == 200


def test_account_that_is_switched_off_gets_no_mail(
    staff: People, premises: Premises, server: MailServer
) -> None:
    staff.users.disable(OPERATOR, invited(staff))

    sender(premises, server).look()

    assert server.mails == []


def test_mail_that_a_dead_process_had_in_hand_is_sent_by_another(
    staff: People, premises: Premises, server: MailServer
) -> None:
    invited(staff)
    dying = sender(premises, server)
    claimed = dying._claimed()

    sender(premises, server).look()
    early = len(server.mails)
    premises.clock.tick(seconds=60)
    sender(premises, server).look()

    assert len(claimed) == 1
    assert early == 0
    assert len(server.wait_for(1)) == 1


def test_two_processes_send_one_mail_of_an_invitation(
    postgres_premises: Premises, server: MailServer
) -> None:
    invited(people(postgres_premises.house, postgres_premises.settings))
    first, second = (sender(postgres_premises, server) for _ in range(2))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: each.look(), (first, second)))

    assert len(server.wait_for(1)) == 1


def test_result_of_a_lost_try_does_not_undo_what_another_one_did(
    staff: People, premises: Premises, server: MailServer
) -> None:
    account_id = invited(staff)
    slow = sender(premises, server)
    (late,) = slow._claimed()
    premises.clock.tick(seconds=60)
    sender(premises, server).look()
    server.refuse_recipient("550 5.1.1 unknown")

    slow._send(late)

    assert shown(staff, account_id)["invitation_failed_because"] is None
    assert shown(staff, account_id)["invitation_sent_at"] is not None


def test_one_look_at_a_time_is_under_way(
    staff: People, premises: Premises, server: MailServer
) -> None:
    pool = HeldPool()
    mails = sender(premises, server, pool)
    invited(staff)

    mails.look()
    mails.look()
    under_way = len(pool.waiting)
    pool.finish()
    mails.look()

    assert (under_way, len(pool.waiting)) == (1, 1)
    assert len(server.wait_for(1)) == 1


def test_worker_of_real_time_sends_what_a_page_ordered(
    staff: People, premises: Premises, server: MailServer
) -> None:
    invited(staff)
    service = wiring.build_worker(premises.house, mail_settings(premises, server))

    service.start()
    try:
        (mail,) = server.wait_for(1)
    finally:
        service.stop()

    assert mail.recipients == (ADDRESS,)


def test_good_link_lasts_as_long_as_the_mail_says(
    staff: People, premises: Premises, server: MailServer
) -> None:
    invited(staff)
    sender(premises, server).look()
    url = link(server.wait_for(1)[0].message)

    premises.clock.tick(seconds=timedelta(days=3).total_seconds() - 1)
    last = Browser(Office(premises).app).get(url)
    premises.clock.tick(seconds=1)

    assert last.status_code == 200
    assert Browser(Office(premises).app).get(url).status_code == 404


def test_list_of_accounts_tells_the_last_invitation_of_each_as_one_account_does(
    premises: Premises, server: MailServer, staff: People
) -> None:
    account_id = invited(staff)
    other = staff.users.add(OPERATOR, email="never.invited@example.gov", role="auditor")
    premises.clock.tick(minutes=1)
    staff.invitations.invite(OPERATOR, account_id)
    sender(premises, server).look()

    listed = {row["id"]: row for row in staff.users.all()}

    assert listed[account_id] == shown(staff, account_id)
    assert listed[account_id]["invitation_sent_at"] == premises.clock.now()
    assert listed[account_id]["invitation_used_at"] is None
    assert "invited_at" not in listed[other]
