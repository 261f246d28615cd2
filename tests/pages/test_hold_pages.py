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


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"at": "today 23:59"}, "lies ahead. A fact cannot lie more than 2 min ahead."),
        ({"at": "2026-02-01 10:00"}, "More than 72 h back: say why."),
        ({"at": "8 Mar 2026 02:30"}, "so 02:30 does not exist"),
        ({"at": "2 Nov 2025 01:30", "reason": "x"}, "Choose 01:30 EDT or 01:30 EST."),
    ],
    ids=["ahead", "far back", "gap", "fold"],
)
def test_time_that_cannot_be_is_refused_in_plain_words(
    premises: Premises, office: Office, typed: dict[str, str], told: str
) -> None:
    premises.clock.tick(hours=7 * 24)
    hold_id = premises.register("OK-1").hold.id

    answer = send(office.person("facility", [FACILITY]), hold_id, "service", **typed)

    assert answer.status_code == 422
    assert told in Page(answer).text


def test_time_is_read_in_the_desks_shorthand(premises: Premises, office: Office) -> None:
    hold_id = premises.register("OK-1").hold.id
    now = premises.clock.now()

    answer = send(office.person("facility", [FACILITY]), hold_id, "service", at="-20m")

    assert answer.status_code == 303
    assert premises.hold(hold_id).served_at == now - timedelta(minutes=20)


def test_who_was_first_is_told_and_what_was_typed_is_kept(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk, other = (office.person("facility", [FACILITY]) for _ in range(2))
    address = f"/holds/{hold_id}/record?fact=release"
    typed = Page(desk.get(address)).form(note="by the back gate")
    send(other, hold_id, "transfer")

    answer = desk.post(address, typed)

    assert answer.status_code == 409
    said = Page(answer).text
    assert "Night sergeant was first, at" in said
    assert "Transferred: the agency took custody. Your entry was not saved; it is below." in said
    assert 'value="by the back gate"' in answer.text
    assert "release_recorded" not in premises.kinds(hold_id)


def test_what_the_hold_never_took_is_not_told_as_somebody_elses_doing(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1", policy="no-hold").hold.id

    answer = send(office.person("facility", [FACILITY]), hold_id, "clock", at="-1h")

    assert answer.status_code == 409
    assert "was first" not in answer.text
    assert "clock to start" in Page(answer).text


def test_notice_and_release_say_what_belongs_to_them(premises: Premises, office: Office) -> None:
    hold_id = premises.register("OK-1").hold.id
    desk = office.person("facility", [FACILITY])

    send(desk, hold_id, "notice", how="By telephone", release_at="+2h")
    send(desk, hold_id, "release", basis="bond")

    said = Page(desk.get(f"/holds/{hold_id}")).text
    assert "How: By telephone." in said
    assert "The release was given as Mon 2 Mar 11:00 EST." in said
    assert "Basis: bond." in said


def test_newer_detainer_takes_the_place_of_another_hold_of_theirs_alone(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1").hold.id
    newer = premises.register("OK-1/2").hold.id
    desk = office.person("facility", [FACILITY])

    wrong = [
        send(desk, hold_id, "superseded", superseded_by=name) for name in ("NONE", hold_id, "OK-1")
    ]
    done = send(desk, hold_id, "superseded", superseded_by="OK-1/2")

    assert {answer.status_code for answer in wrong} == {422}
    assert all("is no other hold among your facilities" in answer.text for answer in wrong)
    assert done.status_code == 303
    assert premises.hold(hold_id).superseded_by == newer


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
