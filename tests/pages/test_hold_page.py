"""The page of one hold, as it is sent: limits with their reasons, what happened, who is held."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler import wiring
from scheduler.domain.instants import rfc3339
from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office
from web.coming import TOLD, coming
from web.voice import ENGLISH

HOUR = timedelta(hours=1)
NAME, NUMBER = "Testname Heldperson", "A123456789"


def test_page_says_where_a_hold_stands_and_what_happened(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    ids = scene.play(premises)

    answer = office.person("facility", [FACILITY]).get(f"/holds/{ids['CR-2291']}")

    said = Page(answer).text
    for told in ("Hold CR-2291", "EXPIRED 2 h 27 min ago", "What happened", "Alerts and their"):
        assert told in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_state_has_its_page_in_either_language(
    premises: Premises, office: Office, language: str
) -> None:
    reader = office.person("administrator")
    answers = [
        reader.get(f"/holds/{hold_id}", headers={"Accept-Language": language})
        for hold_id in scene.play(premises).values()
    ]

    assert {answer.status_code for answer in answers} == {200}


def test_limit_that_passed_is_told_while_the_worker_stands_still(
    premises: Premises, office: Office
) -> None:
    started = premises.clock.now().isoformat()
    hold = premises.register("OK-1", lodged_at=started, would_release_at=started).hold
    premises.clock.tick(hours=49)

    answer = office.person("facility", [FACILITY]).get(f"/holds/{hold.id}")

    assert "EXPIRED 1 h 00 min ago" in Page(answer).text


def test_hold_of_another_jail_has_no_page(premises: Premises, office: Office) -> None:
    ids = scene.play(premises)
    desk = office.person("facility", [FACILITY])

    assert desk.get(f"/holds/{ids['TR-0312']}").status_code == 404
    assert desk.get(f"/holds/{ids['TR-0312']}/packet").status_code == 404
    assert desk.send(f"/holds/{ids['TR-0312']}/person").status_code == 404


def test_reference_leads_to_the_page(premises: Premises, office: Office) -> None:
    hold = premises.register("OK-1").hold
    desk = office.person("facility", [FACILITY])

    page, packet = desk.get("/holds/OK-1"), desk.get("/holds/OK-1/packet")

    assert (page.status_code, page.headers["location"]) == (303, f"/holds/{hold.id}")
    assert packet.headers["location"] == f"/holds/{hold.id}/packet"


# Limits.


def test_earlier_ceiling_stands_first_and_each_limit_has_its_sum(
    premises: Premises, office: Office
) -> None:
    ids = scene.play(premises)

    said = Page(office.person("facility", [FACILITY]).get(f"/holds/{ids['OK-1190']}")).text

    ceiling, deadline = said.index("Ceiling: plan to this"), said.index("Deadline under this hold")
    assert ceiling < deadline
    assert "Form I-247A: every hour counts" in said[ceiling:deadline]
    assert "plus 48 h counted is" in said[deadline:]
    assert "8 CFR 287.7(d) [Q]" in said


def test_ceiling_that_passed_is_not_called_an_expiry(premises: Premises, office: Office) -> None:
    ids = scene.play(premises)

    said = Page(office.person("facility", [FACILITY]).get(f"/holds/{ids['OK-1188']}")).text

    about = said[said.rindex("Hold OK-1188") :]
    assert about.index("to deadline") < about.index("CEILING PASSED")
    assert "EXPIRED" not in about


def test_page_explains_as_the_command_line_and_the_interface_do(
    premises: Premises, office: Office
) -> None:
    hold_id = scene.play(premises)["OK-1190"]
    told = office.machine("auditor").get(f"/holds/{hold_id}/explanation").json()

    said = Page(office.person("auditor").get(f"/holds/{hold_id}")).text

    assert told["ceiling_sentence"] in said
    for step in told["policy"]["steps"]:
        assert step["why"] in said


def test_page_past_the_limit_offers_three_outcomes_first(
    premises: Premises, office: Office
) -> None:
    hold_id = scene.play(premises)["CR-2291"]

    page = Page(office.person("facility", [FACILITY]).get(f"/holds/{hold_id}"))

    facts = [
        str(each["href"]).rpartition("=")[2]
        for each in page.all("a")
        if "/record?fact=" in str(each["href"])
    ]
    assert facts[:3] == ["release", "transfer", "cancellation"]
    assert len(facts) == len(set(facts))


def test_release_that_was_expected_is_to_be_confirmed_or_corrected(
    premises: Premises, office: Office
) -> None:
    hold_id = scene.play(premises)["CR-2288"]
    desk = office.person("facility", [FACILITY])

    page = Page(desk.get(f"/holds/{hold_id}"))
    asked = page.text[page.text.index("Release expected now") :]
    (confirm,) = (each for each in page.all("a") if "fact=clock&at=" in str(each["href"]))
    desk.post(str(confirm["href"]), Page(desk.get(str(confirm["href"]))).form())

    assert asked.startswith("Release expected now: confirm or correct. Without an answer by 09:21")
    hold = premises.hold(hold_id)
    assert hold.would_release_at == hold.expected_release_at
    assert "Release expected now" not in Page(desk.get(f"/holds/{hold_id}")).text


def test_clock_that_nobody_confirmed_asks_on(premises: Premises, office: Office) -> None:
    hold_id = scene.play(premises)["CR-2288"]
    premises.clock.tick(minutes=40)
    premises.tick()

    said = Page(office.person("agent", offices=[OFFICE]).get(f"/holds/{hold_id}")).text

    assert "Clock started on the expected time, not confirmed. Confirm or correct." in said
    assert "Confirm the release" not in said


def test_page_says_when_the_next_alarm_comes_and_that_late_service_changes_nothing(
    premises: Premises, office: Office
) -> None:
    ids = scene.play(premises)
    desk = office.person("facility", [FACILITY])

    past, unserved = (Page(desk.get(f"/holds/{ids[ref]}")).text for ref in ("CR-2291", "LK-0419"))

    assert "repeats until an outcome is on record. Next: Mon 2 Mar 09:33 EST." in past
    assert "NO AUTHORITY ON RECORD: NOT SERVED" in unserved
    assert "Serving late does not lengthen the window." in unserved


@pytest.mark.parametrize("policy", ["i-247a", "8-cfr-287.7d", "287g-wso"])
@pytest.mark.parametrize("known", ["would_release_at", "expected_release_at"])
def test_what_comes_next_is_what_the_worker_then_writes(
    sqlite_premises: Premises, policy: str, known: str
) -> None:
    premises = sqlite_premises
    now = premises.clock.now()
    at = now - HOUR if known == "would_release_at" else now + 50 * HOUR
    facts = {known: at.isoformat(), "warrant_served_at": now.isoformat()}
    hold_id = premises.register(policy=policy, lodged_at=now.isoformat(), **facts).hold.id
    premises.tick()
    before = len(premises.events(hold_id))

    told = coming(wiring.build_views(premises.house).hold(hold_id), ENGLISH)
    for each in told:
        premises.clock.tick(seconds=(each.at - premises.clock.now()).total_seconds())
        premises.tick()

    written = [
        event["recorded_at"]
        for event in premises.events(hold_id)[before:]
        if event["kind"] in set(TOLD)
    ]
    assert len(told) > 3
    assert [rfc3339(each.at) for each in told] == written


def test_what_comes_next_stands_before_what_happened(premises: Premises, office: Office) -> None:
    hold_id = scene.play(premises)["OK-1190"]

    said = Page(office.person("facility", [FACILITY]).get(f"/holds/{hold_id}")).text

    comes = said[
        said.index("What comes next, if nothing is recorded") : said.index("What happened")
    ]
    assert "Reminder: 1 h to the ceiling." in comes
    assert "The deadline: authority to hold ends." in comes


# Alerts.


def test_each_alert_has_its_due_time_and_its_tries(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    started = premises.clock.now() - timedelta(hours=50)
    hold_id = premises.register(
        "OK-1", lodged_at=started.isoformat(), would_release_at=started.isoformat()
    ).hold.id
    premises.tick()
    premises.execute(
        "INSERT INTO attempt (delivery_id, number, started_at, duration_ms, result, status,"
        " answer) SELECT id, 1, due_at, 20, 'failed', 503, '' FROM delivery"
        " WHERE hold_id = :hold LIMIT 1",
        hold=hold_id,
    )

    said = Page(office.person("facility", [FACILITY]).get(f"/holds/{hold_id}")).text

    assert ": answered 503" in said[said.index("Alerts and their delivery") :]


# Who is held.


def test_person_is_shown_by_the_button_alone_and_that_is_on_record(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1", subject_name=NAME, a_number=NUMBER).hold.id
    desk = office.person("agent", offices=[OFFICE])

    read = desk.get(f"/holds/{hold_id}")
    before = premises.kinds(hold_id).count("subject_shown")
    shown = desk.send(f"/holds/{hold_id}/person")

    assert NAME not in read.text
    assert before == 0
    assert NAME in Page(shown).text
    assert NUMBER in Page(shown).text
    assert premises.kinds(hold_id).count("subject_shown") == 1
    assert "no-store" in shown.headers["cache-control"]


def test_person_that_nobody_entered_is_not_on_record_as_shown(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1").hold.id

    shown = office.person("facility", [FACILITY]).send(f"/holds/{hold_id}/person")

    assert "Nothing was entered." in Page(shown).text
    assert "subject_shown" not in premises.kinds(hold_id)


# The packet.


def test_packet_is_a_page_without_the_persons_name_and_records_nothing(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("OK-1", subject_name=NAME).hold.id
    before = premises.kinds(hold_id)

    answer = office.person("auditor").get(f"/holds/{hold_id}/packet")

    said = Page(answer).text
    assert "Proof of notice: hold OK-1" in said
    assert "6. How to check this paper" in said
    assert "Notices given by the facility:None." in said
    assert NAME not in answer.text
    assert "<style" not in answer.text
    assert premises.kinds(hold_id) == before
