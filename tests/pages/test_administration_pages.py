"""An administrator's day on pages, without a script: facilities, offices, contacts."""

from __future__ import annotations

import httpx
import pytest

from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE, Premises
from tests.support.office import Office, Person
from tests.support.route_book import routes
from tests.support.signing_in import PASSWORD, Visitor
from tests.support.together import at_once
from web import guards

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


def filled(person: Browser, path: str, /, **typed: str) -> dict[str, str]:
    """Return a form as it is opened, changed by what is typed."""
    return Page(person.get(path)).form(**typed)


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
    asked = [route for route in routes(office.app) if route.path.startswith("/administration")]

    answers = {
        route.name: person.request(
            route.method, route.path.replace("{name}", FACILITY), data={guards.CSRF: person.csrf}
        ).status_code
        for route in asked
    }

    assert len(answers) > 20
    assert set(answers.values()) == {403}
    assert office.premises.events(kind="setting_changed")[-1]["actor"] == OPERATOR.name


@pytest.mark.parametrize("sends", [1, 2], ids=["one click", "two clicks"])
def test_offices_day(premises: Premises, desk: Person, sends: int) -> None:
    def send(path: str, **typed: str) -> httpx.Response:
        form = filled(desk, path, **typed)
        return [desk.send(path, form) for _ in range(sends)][-1]

    added = send("/administration/new/office", code="WEST", name="West office", phone="+1 1")
    west = added.headers["location"].partition("?")[0]
    changed = send(f"{west}/edit", phone="")
    off = send(f"{west}/disable")
    listed = Page(desk.get("/administration/offices")).text
    on = send(f"{west}/enable")

    assert [each.status_code for each in (added, changed, off, on)] == [303] * 4
    assert "West office switched off" in listed
    office = premises.house.directory.get("office", "WEST")
    assert (office["name"], office["phone"], office["disabled_at"]) == ("West office", None, None)
    told = [e["data"] for e in premises.events(kind="setting_changed")]
    assert [each["field"] for each in told if each["name"] == "WEST"] == [
        "created_at", "phone", "disabled_at", "disabled_at",
    ]  # fmt: skip


def test_contacts_day(premises: Premises, desk: Person) -> None:
    new = "/administration/new/contact"
    form = filled(desk, f"{new}?office_code=EAST", name="Duty", place="1", timezone=ZONE)
    form |= {"schedule": "mon-fri 08:00-18:00", "quiet_hours": "22:00-06:00"}

    answer = desk.send(new, form | {"kinds": "hold.expired"})
    address = answer.headers["location"].partition("?")[0]
    shown = Page(desk.get(address)).text
    edit = filled(desk, f"{address}/edit", schedule="", place="2")
    changed = desk.send(f"{address}/edit", edit)

    assert "Hours on dutymon-fri 08:00-18:00" in shown
    assert "OfficeEast office" in shown
    assert "Only these alertsExpired" in shown
    assert changed.status_code == 303
    (contact,) = premises.house.directory.all_of("contact")
    assert (contact["office_code"], contact["place"], contact["schedule"]) == ("EAST", 2, None)
    assert (contact["quiet_hours"] is None, contact["kinds"]) == (False, '["hold.expired"]')


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Office: say whose it is: exactly one of office, facility, administrators"),
        ({"office_code": "EAST", "administrators": "yes"}, "Office: say whose it is"),
        ({"administrators": "yes", "supervisor": "yes"}, "Supervisor: only an office has"),
        ({"office_code": "EAST", "schedule": "monday"}, "Hours on duty: 'monday' is refused"),
        ({"office_code": "EAST", "schedule": "mon 08:00-18:00"}, "Time zone: it is missing"),
        ({"office_code": "EAST", "quiet_hours": "late"}, "Quiet hours: 'late' is refused"),
        ({"facility_code": "OAK", "place": "1"}, "Place in the duty list: only an office has"),
        ({"office_code": "NONE"}, "office 'NONE': there is none on record"),
        ({"office_code": "EAST", "kinds": "hold.nothing"}, "Only these alerts: 'hold.nothing'"),
    ],
)
def test_contact_that_cannot_be_is_said_at_its_field_and_kept(
    premises: Premises, desk: Person, typed: dict[str, str], said: str
) -> None:
    form = filled(desk, "/administration/new/contact", name="Duty", **typed)

    answer = desk.send("/administration/new/contact", form)

    page = Page(answer)
    assert (answer.status_code, said in page.text) == (422, True), page.text
    assert page.form() == form
    assert premises.house.directory.all_of("contact") == []


def test_markup_in_a_name_is_text(premises: Premises, desk: Person) -> None:
    name = "<script>alert(1)</script>"
    desk.send(NEW, filled(desk, NEW, **(ELM | {"name": name, "phone": name})))

    for path in (
        "/administration/facilities",
        "/administration/facilities/ELM",
        "/administration/facilities/ELM/edit",
        "/administration/facilities/ELM/disable",
        "/administration/new/contact",
    ):
        answer = desk.get(path)
        assert (answer.status_code, name in Page(answer).text or "edit" in path) == (200, True)
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("path", ["facilities/NONE", "facilities/NONE/edit", "channels/a%2Fb"])
def test_what_is_not_there_is_not_found(desk: Person, path: str) -> None:
    assert desk.get(f"/administration/{path}").status_code == 404
    assert desk.send(f"/administration/{path}").status_code in {404, 405}


def test_clicks_at_the_same_moment_add_one(
    premises: Premises, office: Office, desk: Person
) -> None:
    path = "/administration/new/webhook"
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    form = filled(desk, f"{path}?contact_id={contact}", url="https://hooks.example.gov/")

    answers = at_once(*[lambda: desk.send(path, form)] * 3)
    late = desk.send(path, form)

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len(premises.house.directory.all_of("channel")) == 1
    assert late.status_code == 200
    assert "whsec_" in late.text


def test_edits_at_the_same_moment_leave_one_and_tell_the_other(
    premises: Premises, office: Office, desk: Person
) -> None:
    other = office.person("administrator")
    mine = filled(desk, f"{OAK}/edit", phone="+1 1")
    theirs = filled(other, f"{OAK}/edit", phone="+1 2")

    answers = at_once(
        lambda: desk.send(f"{OAK}/edit", mine), lambda: other.send(f"{OAK}/edit", theirs)
    )

    assert sorted(answer.status_code for answer in answers) == [303, 412]


def test_form_that_came_after_the_session_ended_is_offered_and_sent_after_signing_in(
    premises: Premises, office: Office
) -> None:
    visitor = Visitor(office, "administrator")
    visitor.sign_in()
    path = "/administration/new/contact"
    form = filled(visitor, f"{path}?office_code=EAST", name="Duty")
    premises.clock.tick(minutes=31)

    ended = visitor.request("POST", path, data={**form, "kinds": ["hold.expired", "hold.reminder"]})
    page = visitor.fill(
        ended, "/sign-in", email=visitor.email, password=PASSWORD, code=visitor.code()
    )
    told = Page(page)
    kinds = [each["value"] for each in told.all("input", type="hidden", name="kinds")]
    sent = visitor.request("POST", path, data={**told.form(), "kinds": kinds})

    assert "What you typed is not recorded yet" in told.text
    assert "kindshold.expired, hold.reminder" in told.text
    assert form["once"] not in told.text
    assert sent.status_code == 303
    (contact,) = premises.house.directory.all_of("contact")
    assert contact["kinds"] == '["hold.expired", "hold.reminder"]'


def test_lists_are_changed_line_by_line_and_no_change_of_somebody_else_is_seen_in_them(
    premises: Premises, desk: Person
) -> None:
    desk.send(NEW, filled(desk, NEW, **ELM))
    path = "/administration/facilities/ELM/edit"

    answers = [
        desk.send(path, filled(desk, path, ladder=ladder)) for ladder in ("2 h\n1 h", "", "30 min")
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert facility(premises, "ELM")["ladder"] == '["30 min"]'


@pytest.mark.parametrize("was", ["", "{", "[]", '{"name": 1}', '{"name": null}'])
def test_form_that_does_not_tell_what_it_had_shown_overwrites_nothing(
    premises: Premises, desk: Person, was: str
) -> None:
    form = filled(desk, f"{OAK}/edit", name="Another jail", phone="+1 1", was=was)

    answer = desk.send(f"{OAK}/edit", form)

    assert answer.status_code == 412
    assert Page(answer).form()["name"] == "Another jail"
    assert facility(premises, FACILITY)["name"] == "Oakmont jail"


def test_edit_that_changes_nothing_writes_nothing(premises: Premises, desk: Person) -> None:
    before = len(premises.events())

    answer = desk.send(f"{OAK}/edit", filled(desk, f"{OAK}/edit"))

    assert answer.status_code == 303
    assert len(premises.events()) == before


def test_pages_of_administration_say_that_they_are_english(office: Office, desk: Person) -> None:
    desk.send("/account", {"language": "es"})

    page, board = Page(desk.get("/administration")), Page(desk.get("/"))

    assert page.all("html", lang="es") != []
    assert page.all("main", lang="en") != []
    assert board.all("main", lang="en") == []
