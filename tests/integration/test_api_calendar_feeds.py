from __future__ import annotations

from tests.support.browser import Browser
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def test_administrators_system_makes_and_ends_a_feed(sqlite_premises: Premises) -> None:
    office = Office(sqlite_premises)
    machine, person = office.machine("administrator"), office.person("facility", [FACILITY])

    made = machine.post("/calendar-feeds", {"account": person.account_id})
    shown = Browser(office.app).get(made.json()["url"])
    ended = machine.request("DELETE", f"/calendar-feeds/{person.account_id}")

    assert (made.status_code, shown.status_code, ended.status_code) == (201, 200, 204)
    assert made.json()["account_id"] == person.account_id
    assert Browser(office.app).get(made.json()["url"]).status_code == 404
    assert machine.request("DELETE", f"/calendar-feeds/{person.account_id}").status_code == 404


def test_feed_of_nobody_and_by_anybody_else_is_refused(sqlite_premises: Premises) -> None:
    office = Office(sqlite_premises)
    person = office.person("facility", [FACILITY])

    unknown = office.machine("administrator").post("/calendar-feeds", {"account": "NOBODY7"})
    other = office.machine("auditor").post("/calendar-feeds", {"account": person.account_id})

    assert (unknown.status_code, other.status_code) == (404, 403)
