"""A new hold entered on its page: shown first, registered once, refused with nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office
from tests.support.two_jails import TwoJails


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


def preview(desk: Any, **typed: str) -> Any:
    """Ask for the deadline as the page's script does."""
    form = Page(desk.get("/holds/new")).form(**{"facility_code": FACILITY, **typed})
    return desk.post("/holds/new/preview", form)


def test_reference_that_is_open_already_is_told_with_its_day(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    enter(desk, hold_ref="OK-7")

    answer = enter(desk, hold_ref="OK-7", expected_release_at="+2h")
    shown = preview(desk, hold_ref="OK-7")

    told = (
        "Hold OK-7 is already open at this jail, since Mon 2 Mar. A second detainer takes OK-7/2."
    )
    assert answer.status_code == 409
    assert told in Page(answer).text
    assert told in Page(shown).text


def test_form_sent_twice_registers_once_though_its_time_is_told_from_now(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get("/holds/new")).form(hold_ref="OK-7", lodged_at="-20m")

    first = desk.post("/holds/new", form)
    premises.clock.tick(seconds=3)
    second = desk.post("/holds/new", form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert premises.kinds().count("hold_registered") == 1


def test_no_digest_of_a_name_is_kept_for_a_second_press(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get("/holds/new")).form(hold_ref="OK-7", subject_name="Testname Heldperson")

    first = desk.post("/holds/new", form)
    second = desk.post("/holds/new", {**form, "subject_name": "Other"})

    assert first.headers["location"] == second.headers["location"]


def test_preview_answers_what_the_button_shows_and_registers_nothing(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    typed = {"hold_ref": "OK-7", "would_release_at": "-2h", "policy": "8-cfr-287.7d"}

    asked, shown = preview(desk, **typed), enter(desk, show="yes", **typed)

    part = asked.text[asked.text.index('<div id="preview-is">') : asked.text.index("<div hidden>")]
    assert "".join(part.split()) in "".join(shown.text.split())
    assert "8 CFR 287.7(d) [Q]" in part
    assert desk.get("/holds/OK-7").status_code == 404


def test_preview_of_a_forecast_says_that_it_is_one(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    said = Page(preview(desk, expected_release_at="tomorrow 09:00")).text

    assert "If the release comes as expected:" in said
    assert "Thu 5 Mar 2026 09:00 EST" in said
    assert "in 24 h. A forecast: you are asked to confirm it then." in said.replace("\xa0", " ")


def test_preview_says_what_is_wrong_at_its_field(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    answer = preview(desk, hold_ref="OK-7", served_at="25:40")

    assert "Not worked out yet" in answer.text
    assert [each["data-echo"] for each in Page(answer).all("p") if "data-wrong" in each] == [
        "served_at"
    ]


def test_papers_come_with_a_new_hold(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    answer = enter(
        desk, hold_ref="OK-7", warrant_received_at="-1h", judicial_order_at="-30m", served_at="-5m"
    )

    hold = premises.hold(answer.headers["location"].rpartition("/")[2])
    now = premises.clock.now()
    assert hold.warrant_received_at == now - timedelta(hours=1)
    assert hold.judicial_order_at == now - timedelta(minutes=30)
    assert premises.kinds(hold.id).count("paper_received") == 2


def test_claim_of_citizenship_comes_with_a_new_hold_and_is_told_at_once(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()

    answer = enter(
        office.person("facility", [FACILITY]), hold_ref="OK-7", citizenship_claimed_at="-10m"
    )

    hold_id = answer.headers["location"].rpartition("/")[2]
    assert "citizenship_claimed" in premises.kinds(hold_id)
    assert [each.type for each in premises.deliveries()] == ["hold.citizenship_claimed"]


def test_preview_is_for_whoever_may_enter_holds_and_at_their_own_jail(
    sqlite_premises: Premises,
) -> None:
    jails = TwoJails(sqlite_premises)
    desk = jails.person("facility")

    assert jails.person("agent").send("/holds/new/preview").status_code == 403
    assert desk.send("/holds/new/preview", {"facility_code": "NONE"}).status_code == 404


def test_name_entered_on_a_page_stays_off_every_page_and_every_event(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    person = {"subject_name": "Zebulon Quarterman", "a_number": "A987654321"}

    where = enter(desk, hold_ref="OK-7", would_release_at="-1h", **person).headers["location"]
    read = [
        desk.get(path).text
        for path in (
            where, f"{where}/packet", f"{where}/record?fact=service",
            f"{where}/correct?field=lodged_at", "/", "/events", "/holds/new", "/holds/paper",
        )
    ]  # fmt: skip
    told = "".join([where, *read, str(premises.events()), str(premises.deliveries())])

    assert not [word for word in ("Zebulon", "Quarterman", "987654321") if word in told]
    assert "Zebulon Quarterman" in desk.send(f"{where}/person").text
