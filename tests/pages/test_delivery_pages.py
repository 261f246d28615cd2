"""Deliveries, as pages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scheduler import metrics
from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import Office
from web import telling


def test_deliveries_are_read_by_what_became_of_them(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    scene.play(premises)
    premises.deliver()

    said = Page(office.person("facility", [FACILITY]).get("/deliveries")).text

    assert "Delivered" in said
    assert "EST" in said
    assert "UTC" not in said


def test_alert_that_was_given_up_is_sent_again_by_an_administrator(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    scene.play(premises)
    premises.execute("UPDATE delivery SET state = 'dead' WHERE state = 'waiting'")
    given_up = premises.deliveries(state="dead")[0].id
    chief, desk = office.person("administrator"), office.person("facility", [FACILITY])
    address = f"/deliveries/{given_up}/resend"

    assert "Send again" not in Page(desk.get("/deliveries")).text
    assert desk.get(address).status_code == 403
    assert chief.post(address, Page(chief.get(address)).form()).status_code == 303

    assert given_up in {each.id for each in premises.deliveries(state="waiting")}


def rows(answer: Any) -> list[str]:
    found: list[str] = re.findall(r"<tr role=\"row\"><td.*?</tr>", answer.text, re.DOTALL)
    return found


def test_groups_come_in_order_and_each_is_read_to_its_end(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    for number in range(60):
        premises.register(f"OK-{number}")
    premises.execute(
        "UPDATE delivery SET state = 'dead' WHERE id IN (SELECT min(id) FROM delivery)"
    )
    desk = office.person("facility", [FACILITY])

    first = desk.get("/deliveries")
    (older,) = Page(first).all("a", rel="next")
    second = desk.get(str(older["href"]))

    assert re.findall(r"<h2[^>]*>([^<]*)<", first.text) == ["Dead-lettered", "Waiting"]
    assert len(rows(first)) == 51
    assert str(older["href"]).startswith("/deliveries?state=waiting&cursor=")
    assert len(rows(second)) == 9
    ids = [re.findall(r"mono\" href=\"/holds/(\w+)", answer.text) for answer in (first, second)]
    assert set(ids[0]).isdisjoint(ids[1])
    assert Page(second).all("a", rel="first")[0]["href"] == "/deliveries?state=waiting"


def test_cursor_of_the_interface_is_one_of_the_page(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    for number in range(3):
        premises.register(f"OK-{number}")
    cursor = (
        office.machine("auditor").get("/deliveries?limit=1&state=waiting").json()["next_cursor"]
    )

    page = office.person("auditor").get(f"/deliveries?state=waiting&cursor={cursor}")

    assert len(rows(page)) == 2


def test_filters_narrow_each_group(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    contact = premises.administration.add_contact(OPERATOR, name="Duty mail", office=OFFICE)
    premises.administration.add_email(OPERATOR, contact, "duty@example.gov")
    ids = scene.play(premises)
    premises.deliver()
    chief = office.person("administrator")

    by_mail, by_ref, both, nothing = (
        chief.get(f"/deliveries?{query}")
        for query in (
            "channel=email",
            "hold=OK-1190",
            "hold=OK-1190&channel=email&state=delivered",
            "state=dead",
        )
    )

    assert rows(by_mail)
    assert all("e-mail" in row for row in rows(by_mail))
    assert rows(by_ref)
    assert all(ids["OK-1190"] in row for row in rows(by_ref))
    assert 0 < len(rows(both)) < len(rows(by_ref))
    assert "No alert matches." in Page(nothing).text


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("state=lost", "state", "lost is no state of an alert"),
        ("channel=pigeon", "channel", "pigeon is no kind of channel"),
        ("hold=TR-0312", "hold", "There is no hold TR-0312 among your facilities"),
        ("state=dead&cursor=zzz", "", "This address was cut short or altered."),
        ("cursor=WyIxIl0", "", "This address was cut short or altered."),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    premises: Premises, office: Office, query: str, field: str, says: str
) -> None:
    premises.add_webhook()
    scene.play(premises)

    answer = office.person("facility", [FACILITY]).get(f"/deliveries?{query}")

    page = Page(answer)
    assert (answer.status_code, rows(answer)) == (422, [])
    assert says in page.text
    wrong = [held["id"] for _, held in page.elements if held.get("aria-invalid")]
    assert wrong == ([field] if field else [])


def test_every_kind_of_channel_has_a_name() -> None:
    assert set(telling.CHANNELS) == set(metrics.CHANNEL_KINDS)
