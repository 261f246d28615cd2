"""An administrator's day on pages, without a script: facilities, offices, contacts."""

from __future__ import annotations

import pytest

from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office, Person

NEW = "/administration/new/facility"
OAK = f"/administration/facilities/{FACILITY}"
ELM = {
    "code": "ELM",
    "name": "Elm jail",
    "state": "NC",
    "timezone": "America/New_York",
    "policy": "i-247a",
    "office_code": "EAST",
    "ladder": "4 h\r\n30 min",
}
PLACES = {"facility": ([FACILITY], []), "agent": ([], [OFFICE]), "auditor": ([], [])}


@pytest.fixture
def desk(office: Office) -> Person:
    return office.person("administrator")


def filled(person: Person, url: str, **typed: str) -> dict[str, str]:
    """Return a form as it is opened, changed by what is typed."""
    return Page(person.get(url)).form(**typed)


def facility(premises: Premises, code: str) -> dict[str, object]:
    return premises.house.directory.get("facility", code)


def test_facility_is_added_found_on_the_list_and_shown(premises: Premises, desk: Person) -> None:
    answer = desk.send(NEW, filled(desk, NEW, **ELM))

    assert (answer.status_code, answer.headers["location"]) == (
        303, "/administration/facilities/ELM?done=facility",
    )  # fmt: skip
    assert "Elm jail" in Page(desk.get("/administration/facilities")).text
    shown = Page(desk.get(answer.headers["location"])).text
    assert "New facility: done." in shown
    assert "4 h30 min" in shown
    assert facility(premises, "ELM")["ladder"] == '["4 h","30 min"]'


def test_all_that_is_wrong_is_said_at_once_and_all_that_was_typed_is_kept(desk: Person) -> None:
    typed = ELM | {
        "code": "a b",
        "name": "",
        "state": "N",
        "timezone": "Raleigh",
        "phone": "9" * 50,
    }

    answer = desk.send(NEW, filled(desk, NEW, **typed))

    page = Page(answer)
    assert answer.status_code == 422
    for said in (
        "Code: 'a b' is refused; use letters, digits, '-', '_' and '.'",
        "Name: it is missing",
        "State: 'N' is refused; use two letters, as NC",
        "Time zone: 'Raleigh' is refused; use a name of the IANA time zone database",
        "Phone: 50 characters are too many; at most 40",
    ):
        assert page.text.count(said) == 2, said
    assert page.form()["code"] == "a b"
    assert page.form()["phone"] == "9" * 50
    assert page.form()["ladder"].split("\n") == ["4 h", "30 min"]


def test_edit_sends_what_was_changed_and_overwrites_nobody(
    premises: Premises, office: Office, desk: Person
) -> None:
    other = office.person("administrator")
    first, second = filled(desk, f"{OAK}/edit"), filled(other, f"{OAK}/edit")
    other.send(f"{OAK}/edit", second | {"phone": "+1 919 555 0001", "name": "Oakmont county jail"})

    stale = desk.send(f"{OAK}/edit", first | {"phone": "+1 919 555 0002", "state": "TN"})

    page = Page(stale)
    assert stale.status_code == 412
    assert page.text.count("Phone: somebody changed this to '+1 919 555 0001'") == 2
    assert page.form()["name"] == "Oakmont county jail"
    assert page.form()["phone"] == "+1 919 555 0002"
    assert facility(premises, FACILITY)["phone"] == "+1 919 555 0001"

    again = desk.send(f"{OAK}/edit", page.form())

    assert again.status_code == 303
    now = facility(premises, FACILITY)
    assert (now["phone"], now["state"], now["name"]) == (
        "+1 919 555 0002", "TN", "Oakmont county jail",
    )  # fmt: skip


def test_form_that_is_sent_twice_adds_one(premises: Premises, desk: Person) -> None:
    form = filled(desk, "/administration/new/contact", name="Night desk", office_code="EAST")

    answers = [desk.send("/administration/new/contact", form) for _ in range(2)]

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(premises.house.directory.all_of("contact")) == 1


@pytest.mark.parametrize("role", PLACES)
def test_nobody_else_opens_or_sends_anything(office: Office, role: str) -> None:
    person = office.person(role, *PLACES[role])

    statuses = {
        person.get("/administration").status_code,
        person.get(OAK).status_code,
        person.get(NEW).status_code,
        person.send(NEW, ELM).status_code,
        person.send(f"{OAK}/disable").status_code,
    }

    assert statuses == {403}
