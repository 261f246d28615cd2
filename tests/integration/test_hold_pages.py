"""Holds entered and facts recorded by forms, as a browser without scripts does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office
from tests.support.signing_in import PASSWORD, Visitor


def send(desk: Any, hold_id: str, fact: str, **typed: str) -> Any:
    """Open the form of a fact and send it, as a browser without scripts does."""
    address = f"/holds/{hold_id}/record?fact={fact}"
    return desk.post(address, Page(desk.get(address)).form(**typed))


def test_day_of_a_desk_without_script(premises: Premises, office: Office) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk = office.person("facility", [FACILITY])

    for fact in ("service", "warrant", "clock", "notice", "transfer"):
        assert send(desk, hold_id, fact).status_code == 303

    said = Page(desk.get(f"/holds/{hold_id}")).text
    assert "Transferred" in said
    assert "Record now" not in said
    assert premises.kinds(hold_id).count("transfer_recorded") == 1


def test_button_pressed_twice_records_once(premises: Premises, office: Office) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk = office.person("facility", [FACILITY])

    first, second = send(desk, hold_id, "transfer"), send(desk, hold_id, "transfer")

    assert first.status_code == 303
    assert second.status_code in {303, 409}
    assert premises.kinds(hold_id).count("transfer_recorded") == 1


def test_wrong_time_is_said_at_its_field_and_nothing_typed_is_lost(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk = office.person("facility", [FACILITY])

    answer = send(desk, hold_id, "service", at="25:40", note="Night <script>alert(1)</script>")

    assert answer.status_code == 422
    assert 'value="25:40"' in answer.text
    assert "<script>alert" not in answer.text
    assert "Night &lt;script&gt;" in answer.text
    assert "detainer_served" not in premises.kinds(hold_id)


def test_agent_says_when_they_come_and_starts_no_clock(premises: Premises, office: Office) -> None:
    hold_id = premises.register("OK-1").hold.id
    agent = office.person("agent", offices=[OFFICE])
    arrival = premises.clock.now().replace(microsecond=0).isoformat()

    told = send(agent, hold_id, "acknowledgement", arrival_at=arrival)

    assert told.status_code == 303
    assert agent.get(f"/holds/{hold_id}/record?fact=clock").status_code == 403
    assert "alert_acknowledged" in premises.kinds(hold_id)


def test_fact_about_a_hold_of_another_jail_finds_nothing(
    premises: Premises, office: Office
) -> None:
    ids = scene.play(premises)
    desk = office.person("facility", [FACILITY])

    assert desk.get(f"/holds/{ids['TR-0312']}/record?fact=release").status_code == 404


# A new hold.


def enter(desk: Any, **typed: str) -> Any:
    """Fill in the form of a new hold and send it."""
    form = Page(desk.get("/holds/new")).form(**{"facility_code": FACILITY, **typed})
    return desk.post("/holds/new", form)


def test_hold_is_entered_and_leads_to_its_page(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    answer = enter(desk, hold_ref="OK-7", show="")

    assert answer.status_code == 303
    assert "Hold OK-7" in Page(desk.get(answer.headers["location"])).text


def test_deadline_is_shown_first_and_nothing_is_registered(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    started = premises.clock.now().replace(microsecond=0).isoformat()

    answer = enter(desk, hold_ref="OK-7", would_release_at=started, show="yes")

    assert answer.status_code == 200
    said = Page(answer).text
    assert "48 h 00 min left" in said or "48 h left" in said
    assert 'value="OK-7"' in answer.text
    assert desk.get("/holds/OK-7").status_code == 404


def test_every_field_that_is_wrong_is_said_and_what_was_typed_stays(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])

    answer = enter(desk, hold_ref="", served_at="25:40", subject_name="<b>x</b>", show="")

    assert answer.status_code == 422
    assert 'href="#hold_ref"' in answer.text
    assert 'href="#served_at"' in answer.text
    assert 'value="25:40"' in answer.text
    assert "<b>x" not in answer.text


def test_reference_that_is_taken_leads_to_the_hold_that_has_it(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-7").hold.id
    desk = office.person("facility", [FACILITY])

    answer = enter(desk, hold_ref="OK-7", expected_release_at=_tomorrow(premises), show="")

    assert answer.status_code == 409
    assert f'href="/holds/{hold_id}"' in answer.text


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_records_no_fact_enters_no_hold(office: Office, role: str) -> None:
    assert office.person(role).get("/holds/new").status_code == 403


def _tomorrow(premises: Premises) -> str:
    return (premises.clock.now() + timedelta(days=1)).isoformat()


def test_fact_typed_before_the_session_ended_is_offered_again_and_recorded_by_the_button(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk = Visitor(office, "facility", facilities=[FACILITY])
    desk.begin()
    desk.try_password(code=desk.code())
    typed = Page(desk.get(f"/holds/{hold_id}/record?fact=service")).form(note="gate 2")
    premises.clock.tick(minutes=31)

    late = desk.post(f"/holds/{hold_id}/record", typed)
    offered = desk.fill(
        late, "/sign-in", email=desk.email, password=PASSWORD, code=desk.next_code()
    )

    assert (late.status_code, "detainer_served" in premises.kinds(hold_id)) == (401, False)
    assert "gate 2" in offered.text
    assert desk.fill(offered, f"/holds/{hold_id}/record").status_code == 303
    assert "detainer_served" in premises.kinds(hold_id)


@pytest.mark.parametrize("path", ["/holds/%00", "/holds/a%00/record", "/deliveries/%00/resend"])
def test_name_that_no_database_takes_is_the_name_of_nothing(office: Office, path: str) -> None:
    assert office.person("administrator").get(path).status_code == 404


def test_text_that_no_database_takes_is_found_on_no_board(office: Office) -> None:
    assert office.person("administrator").get("/?q=a%00b").status_code == 200
