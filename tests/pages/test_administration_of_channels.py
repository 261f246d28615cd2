"""Channels on pages: added, tried, re-keyed; a secret is shown once. And who is on duty."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scheduler.errors import TransientDeliveryError
from tests.support.browser import Page
from tests.support.house import OFFICE, OPERATOR, URL, ZONE, Premises
from tests.support.office import Office, Person

NEW = "/administration/new/webhook"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")
DAY: dict[str, Any] = {"timezone": ZONE, "schedule": "mon-fri 08:00-18:00"}


@pytest.fixture
def desk(office: Office) -> Person:
    return office.person("administrator")


@pytest.fixture
def contact(premises: Premises) -> str:
    return premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)


def page_of(channel: str) -> str:
    return f"/administration/channels/{channel}"


def signed_with(premises: Premises, ref: str) -> tuple[str, ...]:
    """Register a hold, let its alert go out, and return what it was signed with."""
    premises.register(ref)
    premises.deliver()
    secrets: tuple[str, ...] = premises.notifier.delivered[-1].target.secrets
    return secrets


def test_webhook_is_added_its_secret_shown_once_and_signs(
    premises: Premises, desk: Person, contact: str
) -> None:
    form = Page(desk.get(f"{NEW}?contact_id={contact}")).form(url=URL)

    answer = desk.send(NEW, form)

    secret = SECRET.findall(answer.text)
    (channel,) = premises.house.directory.all_of("channel")
    shown = desk.get(page_of(channel["id"]))
    assert (answer.status_code, len(secret)) == (200, 1)
    assert (shown.status_code, SECRET.findall(shown.text)) == (200, [])
    assert SECRET.findall(desk.get("/administration/channels").text) == []
    assert signed_with(premises, "R-1") == tuple(secret)
    assert "whsec_" not in str(premises.events())


def test_double_click_makes_one_webhook_and_shows_its_one_secret(
    premises: Premises, desk: Person, contact: str
) -> None:
    form = Page(desk.get(f"{NEW}?contact_id={contact}")).form(url=URL)

    first, second = (SECRET.findall(desk.send(NEW, form).text) for _ in range(2))

    assert first == second != []
    assert len(premises.house.directory.all_of("channel")) == 1


def test_form_that_is_changed_after_it_was_sent_asks_first(
    premises: Premises, desk: Person, contact: str
) -> None:
    form = Page(desk.get(f"{NEW}?contact_id={contact}")).form(url=URL)
    desk.send(NEW, form)

    again = desk.send(NEW, form | {"url": f"{URL}/2"})
    page = Page(again)
    on_purpose = desk.send(NEW, page.form())

    assert again.status_code == 409
    assert "This form was sent before, and what it said then is on record." in page.text
    assert on_purpose.status_code == 200
    assert len(premises.house.directory.all_of("channel")) == 2


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        (NEW, {"url": ""}, "URL: it is missing"),
        (NEW, {"url": "ftp://hooks.example.gov"}, "URL: "),
        (NEW, {"url": URL, "secret": "short"}, "Secret: it is refused; use whsec_"),
        (NEW, {"url": URL, "place": "first"}, "Place: 'first' is refused; write a whole number"),
        (NEW, {"url": URL, "place": "0"}, "Place: '0' is refused; use 1 or more"),
        (NEW, {"url": URL, "ca_pem": "none"}, "Certificate authorities, as PEM: "),
        ("/administration/new/mail", {"address": "nowhere"}, "Address: "),
        ("/administration/new/mail", {}, "Address: it is missing"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_kept(
    premises: Premises, desk: Person, contact: str, path: str, typed: dict[str, str], said: str
) -> None:
    form = Page(desk.get(f"{path}?contact_id={contact}")).form(**typed)

    answer = desk.send(path, form)

    page = Page(answer)
    assert answer.status_code == 422
    assert page.text.count(said) == 2, page.text
    assert page.form() | typed | {"once": "", "csrf": ""} == form | {"once": "", "csrf": ""}
    assert premises.house.directory.all_of("channel") == []


def test_test_message_is_sent_and_its_result_is_on_the_page(
    premises: Premises, desk: Person
) -> None:
    channel = premises.add_webhook()
    premises.notifier.fail_next(TransientDeliveryError("away", status=503, answer="back <soon>"))
    form = Page(desk.get(f"{page_of(channel)}/test")).form()

    for _ in range(2):
        answer = desk.send(f"{page_of(channel)}/test", form)
    ordered = Page(desk.get(answer.headers["location"])).text
    premises.deliver()
    failed = desk.get(page_of(channel))
    premises.deliver(minutes=2)
    arrived = Page(desk.get(page_of(channel))).text

    assert "Waiting nothing No worker runs: a test is sent when one does." in ordered
    assert "Waiting1 try 503 back <soon>" in Page(failed).text
    assert "back <soon>" not in failed.text
    assert "Delivered2 tries" in arrived
    assert len(premises.deliveries()) == 1


def test_switched_off_channel_is_not_tried_and_is_switched_on_again(
    premises: Premises, desk: Person
) -> None:
    channel = premises.add_webhook()
    address = page_of(channel)

    def send(act: str) -> int:
        return desk.send(f"{address}/{act}", Page(desk.get(f"{address}/{act}")).form()).status_code

    off, refused = send("disable"), send("test")
    shown = Page(desk.get(address)).text
    on, tried = send("enable"), send("test")

    assert (off, refused, on, tried) == (303, 409, 303, 303)
    assert "Switched off since" in shown
    assert "Switch on again" in shown


def test_secret_is_changed_while_both_sign_until_the_old_is_dropped(
    premises: Premises, desk: Person
) -> None:
    channel = premises.add_webhook()
    (old,) = signed_with(premises, "R-1")
    address = page_of(channel)
    form = Page(desk.get(f"{address}/secret")).form()

    answers = [desk.send(f"{address}/secret", form) for _ in range(2)]
    (new,) = {secret for answer in answers for secret in SECRET.findall(answer.text)}
    both = Page(desk.get(address))
    second = desk.send(f"{address}/secret", Page(desk.get(f"{address}/secret")).form())

    assert signed_with(premises, "R-2") == (new, old)
    assert "Two secrets sign, the old and the new." in both.text
    assert SECRET.findall(both.text) == []
    assert (second.status_code, SECRET.findall(second.text)) == (409, [])

    dropped = desk.send(
        f"{address}/drop-old-secret", Page(desk.get(f"{address}/drop-old-secret")).form()
    )

    assert dropped.status_code == 303
    assert signed_with(premises, "R-3") == (new,)
    assert "Give it a new secret" in Page(desk.get(address)).text


def test_channel_that_another_key_sealed_opens_and_says_so(
    premises: Premises, desk: Person
) -> None:
    channel = premises.add_webhook()
    premises.execute("UPDATE channel SET secrets = :other", other=b"sealed elsewhere")

    shown = Page(desk.get(page_of(channel)))
    path = f"{page_of(channel)}/disable"
    off = desk.send(path, Page(desk.get(path)).form())

    assert "does not open with the data key that runs here" in shown.text
    assert "new secret" not in shown.text
    assert off.status_code == 303


def test_office_tells_who_is_on_duty_now_and_in_the_coming_week(
    premises: Premises, desk: Person
) -> None:
    """Monday 09:00 there; the clocks go forward on Sunday."""
    night: dict[str, Any] = {"timezone": ZONE, "schedule": "daily 18:00-06:00"}
    for place, (name, hours) in enumerate({"Day desk": DAY, "Night desk": night}.items(), 1):
        contact = premises.administration.add_contact(
            OPERATOR, name=name, office=OFFICE, place=place, **hours
        )
        premises.administration.add_webhook(OPERATOR, contact, f"{URL}/{place}")

    told = Page(desk.get("/administration/offices/EAST")).text

    assert "1Day desk told first on dutymon-fri 08:00-18:00" in told
    assert "2Night desk off dutydaily 18:00-06:00" in told
    assert "Mon 2 Mar 18:00 ESTTue 3 Mar 06:00 EST Night desk" in told
    assert "Tue 3 Mar 06:00 ESTTue 3 Mar 08:00 EST Day desk nobody is on duty" in told
    assert "Sat 7 Mar 18:00 ESTSun 8 Mar 06:00 EDT Night desk" in told


def test_office_without_a_list_says_so(premises: Premises, desk: Person) -> None:
    assert "Nobody is on its duty list" in Page(desk.get("/administration/offices/EAST")).text
