"""The event log as a page."""

from __future__ import annotations

import pytest

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def test_log_is_read_in_sentences_by_whoever_may(premises: Premises, office: Office) -> None:
    scene.play(premises)
    desk, auditor = office.person("facility", [FACILITY]), office.person("auditor")

    theirs, everything = (Page(each.get("/events")).text for each in (desk, auditor))

    assert "The limit passed with no transfer or release on record." in theirs
    assert "TR-0312" not in theirs
    assert "Setting of facility" not in theirs
    older = Page(auditor.get("/events")).text
    assert "TR-0312" in everything + older


def test_filter_and_pages_go_through_the_whole_log(premises: Premises, office: Office) -> None:
    for number in range(60):
        premises.register(f"OK-{number}")
    desk = office.person("facility", [FACILITY])
    address = "/events?kind=hold_registered"

    first = desk.get(address)
    (older,) = [
        str(link["href"]) for link in Page(first).all("a") if "before=" in str(link.get("href"))
    ]
    second = desk.get(older)

    assert (first.text.count("<li><span><time"), second.text.count("<li><span><time")) == (50, 10)


@pytest.mark.parametrize("query", ["kind=nothing", "hold_id=%00", "before=zzz", "facility_code=X"])
def test_what_cannot_be_asked_for_finds_nothing_and_breaks_nothing(
    premises: Premises, office: Office, query: str
) -> None:
    premises.register("OK-1")

    assert office.person("facility", [FACILITY]).get(f"/events?{query}").status_code == 200


def test_copy_is_taken_by_the_same_session(premises: Premises, office: Office) -> None:
    premises.register("OK-1")

    answer = office.person("facility", [FACILITY]).get("/api/v1/events/export?format=csv")

    assert answer.status_code == 200
    assert "hold_registered" in answer.text
