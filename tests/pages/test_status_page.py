"""The status of the house, as a page: one sentence, then figures, to each what concerns them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scheduler.store import workers
from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office

NBSP = "\N{NO-BREAK SPACE}"
OF_ALL = {"Oldest that is overdue", "Outbox", "Dead-lettered", "Holds set aside", "Open holds"}


def figures(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.text)
    return {name.replace("&#39;", "'"): text.replace(NBSP, " ") for name, text in found}


@pytest.mark.parametrize(("looks", "says"), [(True, "Everything runs."), (False, "have stopped")])
def test_status_says_in_a_sentence_whether_everything_runs(
    premises: Premises, office: Office, looks: bool, says: str
) -> None:
    if looks:
        scene.look(premises)

    said = Page(office.person("auditor").get("/status")).text

    assert says in said
    assert ("Not everything runs" in said) is not looks


def test_figures_are_those_of_doctor_and_the_metrics(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    scene.play(premises)
    premises.execute("UPDATE delivery SET state = 'dead', ended_at = written_at WHERE id IN"
                     " (SELECT min(id) FROM delivery)")  # fmt: skip
    premises.clock.tick(hours=9)

    answer = office.person("auditor").get("/status")

    told = figures(answer)
    assert told["Timekeeper's last look"] == "Mon 2 Mar 14:00:00 UTC: 9 h 00 min ago"
    assert told["Timekeepers at work"] == "none"
    assert told["Oldest that is overdue"].startswith("due Mon 2 Mar 14:")
    assert re.fullmatch(r"\d+ alerts wait", told["Outbox"])
    assert told["Oldest alert that waits"] == "Mon 2 Mar 14:00 UTC"
    assert told["Dead-lettered"] == "1; 1 of the last 7 days"
    assert told["Open holds"] == "11"
    assert re.fullmatch(r"\d{4}", told["Schema of the database"])
    said = Page(answer).text
    for sentence in (
        "What has been due for a minute was not carried out.",
        "Reminders have stopped: no timekeeper runs.",
        "Alerts wait that should have gone out.",
        "Alerts were given up in the last 7 days.",
        "start a worker (holdclock worker)",
    ):
        assert sentence in said


@pytest.mark.parametrize("role", ["facility", "agent"])
def test_numbers_of_all_facilities_are_for_those_who_oversee_them(
    premises: Premises, office: Office, role: str
) -> None:
    ids = scene.play(premises)
    premises.execute(
        "UPDATE hold SET retry_at = lodged_at, set_aside_because = 'rules' WHERE id = :id",
        id=ids["TR-0312"],
    )
    facilities, offices = ([FACILITY], []) if role == "facility" else ([], ["EAST"])
    theirs = office.person(role, facilities, offices).get("/status")
    all_of_it = office.person("auditor").get("/status")

    assert OF_ALL & set(figures(theirs)) == set()
    assert set(figures(all_of_it)) >= OF_ALL
    assert "A hold could not be carried on: watch its limits by hand." in Page(theirs).text
    assert ids["TR-0312"] not in theirs.text
    assert ids["TR-0312"] in all_of_it.text


def test_clock_that_jumped_is_told(premises: Premises, office: Office) -> None:
    scene.look(premises)
    with premises.database.write() as connection:
        workers.looked(connection, scene.WORKER, premises.clock.now(), is_suspect=True)

    answer = office.person("facility", [FACILITY]).get("/status")

    assert figures(answer)["Clock"] == "in doubt: it jumped"
    assert "clock jumped" in Page(answer).text


def test_page_that_refreshes_itself_keeps_nobody_signed_in(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    for _ in range(3):
        premises.clock.tick(minutes=11)
        answer = desk.get("/status", headers={"Sec-Fetch-Mode": "cors"})

    assert answer.status_code == 303
