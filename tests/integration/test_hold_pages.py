"""The page of one hold, as it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler import clock as clocks
from tests.support import house, scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def premises(database_url: str, clock: clocks.SettableClock, tmp_path: Path) -> Iterator[Premises]:
    house.migrate(database_url)
    with house.premises(database_url, clock, tmp_path) as opened:
        yield opened


@pytest.fixture
def office(premises: Premises) -> Office:
    return Office(premises)


def test_page_says_where_a_hold_stands_and_what_happened(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    ids = scene.play(premises)

    answer = office.person("facility", [FACILITY]).get(f"/holds/{ids['CR-2291']}")

    said = Page(answer).text.replace(NBSP, " ")
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

    assert "EXPIRED 1 h 00 min ago" in Page(answer).text.replace(NBSP, " ")


def test_hold_of_another_jail_has_no_page(premises: Premises, office: Office) -> None:
    ids = scene.play(premises)

    answer = office.person("facility", [FACILITY]).get(f"/holds/{ids['TR-0312']}")

    assert answer.status_code == 404


def test_reference_leads_to_the_page(premises: Premises, office: Office) -> None:
    hold = premises.register("OK-1").hold

    answer = office.person("facility", [FACILITY]).get("/holds/OK-1")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/holds/{hold.id}")
