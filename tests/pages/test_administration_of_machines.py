"""Keys of other systems and screens on walls, on pages: each secret is shown once."""

from __future__ import annotations

import pytest

from tests.support.administration import actions, filled, pressed, secret, text
from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, OPERATOR
from tests.support.office import API, Office, Person

KEYS = "/administration/api-keys"
NEW_KEY = "/administration/new/api-key"


@pytest.fixture
def desk(office: Office) -> Person:
    return office.person("administrator")


def test_key_is_shown_once_and_lets_ask(office: Office, desk: Person) -> None:
    form = filled(desk, NEW_KEY, name="Jail system", role="facility", facility_codes=FACILITY)

    made = desk.send(NEW_KEY, form)
    key = secret(made)
    again = desk.send(NEW_KEY, form)
    pages = [desk.get(KEYS), desk.get(f"{KEYS}/{key.split('_')[2]}")]

    assert Browser(office.app).get(
        f"{API}/holds", headers={"Authorization": f"Bearer {key}"}
    ).status_code == 200  # fmt: skip
    # A double click is told what the first was: the browser shows the last answer alone.
    assert secret(again) == key
    assert [each.status_code for each in pages] == [200, 200]
    assert not [each for each in pages if key in each.text]
    assert len(office.people.api_keys.all()) == 1
    assert made.headers["cache-control"] == "no-store"


def test_key_is_renamed_and_ended(office: Office, desk: Person) -> None:
    made = office.people.api_keys.add(OPERATOR, name="Old", role="auditor")
    page = f"{KEYS}/{made.id}"

    edited = desk.send(
        f"{page}/edit",
        filled(desk, f"{page}/edit", name="Court system", expires_at="2026-03-20 09:00"),
    )
    told = text(desk, KEYS)
    pressed(desk, f"{page}/disable")
    answer = Browser(office.app).get(
        f"{API}/holds", headers={"Authorization": f"Bearer {made.key}"}
    )

    assert edited.status_code == 303
    assert "Court system" in told
    assert "ends within 30 days" in told
    assert answer.status_code == 401
    assert not actions(desk, page)


def test_end_of_a_key_that_cannot_be_is_refused_at_its_field(office: Office, desk: Person) -> None:
    typed = {"name": "Jail system", "role": "auditor", "expires_at": "2031-01-01 00:00"}

    answer = desk.send(NEW_KEY, filled(desk, NEW_KEY, **typed))

    page = Page(answer)
    assert answer.status_code == 422
    assert page.text.count("Expires: 2031-01-01T00:00:00Z is refused; use an instant within") == 2
    assert page.form()["expires_at"] == "2031-01-01 00:00"
    assert office.people.api_keys.all() == []


def test_screen_is_shown_its_address_once_and_ended(desk: Person, office: Office) -> None:
    url = "/administration/new/wall"
    made = desk.send(url, filled(desk, url, name="Booking desk", facility_codes=FACILITY))
    page = f"/administration/walls/{office.parts.walls.all()[0]['id']}"
    screen = Browser(office.app)
    led = screen.get(secret(made))
    shown = desk.get(page)

    pressed(desk, f"{page}/disable")

    assert led.headers["location"] == "/wall"
    assert secret(made).rpartition("/")[2] not in shown.text
    assert "Booking desk" in Page(shown).text
    assert screen.get("/wall").status_code == 303
    assert not actions(desk, page)
    again = desk.send(f"{page}/disable")
    assert again.status_code == 422
    assert "it has ended" in Page(again).text
