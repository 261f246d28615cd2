"""A reader elsewhere is told the jail's time, and their own in brackets."""

from __future__ import annotations

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.errors import InvalidHoldError
from scheduler.store.accounts import USER_PREFIX
from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office, Person


@pytest.fixture
def agent(premises: Premises, office: Office) -> Person:
    """Somebody of the office, whose own zone is chosen in each test."""
    scene.play(premises)
    return office.person("agent", offices=[OFFICE])


def choose(person: Person, zone: str) -> None:
    form = {"language": "en", "hours": "24", "timezone": zone}
    assert person.send("/account", form).status_code == 303


def test_own_time_follows_the_jails_where_it_differs(agent: Person) -> None:
    before = Page(agent.get("/")).text
    choose(agent, "America/Los_Angeles")
    after = Page(agent.get("/"))

    assert "Mon 2 Mar 10:30 EST" in before
    assert "(07:30 PST)" not in before
    assert "Mon 2 Mar 10:30 EST (07:30 PST)" in after.text
    # A jail in Chicago: two hours from Los Angeles.
    assert "Wed 4 Mar 07:48 CST (05:48 PST)" in after.text


def test_own_time_is_left_out_where_it_is_the_jails(agent: Person) -> None:
    choose(agent, "America/Toronto")

    text = Page(agent.get("/")).text

    assert "Mon 2 Mar 10:30 EST" in text
    assert "10:30 EST (" not in text


@pytest.mark.parametrize("path", ["/events", "/deliveries", "/holds/{hold}"])
def test_every_page_that_tells_instants_tells_the_own_time(
    premises: Premises, office: Office, path: str
) -> None:
    premises.add_webhook()
    ids = scene.play(premises)
    desk = office.person("facility", [FACILITY])
    choose(desk, "UTC")

    text = Page(desk.get(path.format(hold=ids["OK-1190"]))).text

    assert " UTC)" in text


def test_header_counts_in_the_jails_time_alone(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])
    choose(desk, "UTC")

    answer = desk.get("/help")

    assert "Mon 2 Mar 09:00 EST" in Page(answer).text
    assert "14:00 UTC" not in Page(answer).text


def test_choice_is_kept_and_taken_back(agent: Person) -> None:
    choose(agent, "America/Denver")
    (chosen,) = Page(agent.get("/account")).all("option", value="America/Denver")
    choose(agent, "")

    assert "selected" in chosen
    assert "MST" not in Page(agent.get("/")).text


def test_administrators_system_sets_it_and_an_unknown_one_is_refused(
    premises: Premises, office: Office
) -> None:
    machine, account_id = office.machine("administrator"), office.account("auditor")

    def edit(zone: str | None) -> tuple[int, object]:
        answer = machine.request("PATCH", f"/users/{account_id}", json={"timezone": zone})
        return answer.status_code, answer.json().get("timezone")

    assert edit("Asia/Tokyo") == (200, "Asia/Tokyo")
    assert edit("Mars/Olympus")[0] == 422
    assert machine.get(f"/users/{account_id}").json()["timezone"] == "Asia/Tokyo"
    assert edit(None) == (200, None)
    own = Actor(USER_PREFIX + account_id, Role.AUDITOR)
    with pytest.raises(InvalidHoldError):
        office.people.users.set_preferences(own, account_id, timezone="Mars/Olympus")
    told = [
        event["data"]["new"]
        for event in premises.house.event_log.events()
        if event["data"].get("field") == "timezone" and event["data"].get("noun") == "account"
    ]
    assert told == ["Asia/Tokyo", ""]
