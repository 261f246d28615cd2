"""Deliveries and the status of the house, as pages."""

from __future__ import annotations

import pytest

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def test_deliveries_are_read_by_what_became_of_them(premises: Premises, office: Office) -> None:
    premises.add_webhook()
    scene.play(premises)
    premises.deliver()

    said = Page(office.person("facility", [FACILITY]).get("/deliveries")).text

    assert "Delivered" in said
    assert "EST" in said
    assert "UTC" not in said


def test_alert_that_was_given_up_is_sent_again_by_an_administrator(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    scene.play(premises)
    premises.execute("UPDATE delivery SET state = 'dead' WHERE state = 'waiting'")
    given_up = premises.deliveries(state="dead")[0].id
    chief, desk = office.person("administrator"), office.person("facility", [FACILITY])
    address = f"/deliveries/{given_up}/resend"

    assert "Send again" not in Page(desk.get("/deliveries")).text
    assert desk.get(address).status_code == 403
    assert chief.post(address, Page(chief.get(address)).form()).status_code == 303

    assert given_up in {each.id for each in premises.deliveries(state="waiting")}


@pytest.mark.parametrize(("looks", "says"), [(True, "Everything runs."), (False, "have stopped")])
def test_status_says_in_a_sentence_whether_everything_runs(
    premises: Premises, office: Office, looks: bool, says: str
) -> None:
    if looks:
        scene.look(premises)

    assert says in Page(office.person("auditor").get("/status")).text
