"""Holds over HTTP, asked by key."""

from __future__ import annotations

import pytest

from tests.support.house import FACILITY, OPERATOR, ZONE, Premises
from tests.support.office import Office


@pytest.fixture
def office(premises: Premises) -> Office:
    premises.administration.add_facility(
        OPERATOR, "ELM", name="Elm", state="NC", timezone=ZONE, policy="i-247a"
    )
    return Office(premises)


def test_hold_reads_as_the_contract_has_it(office: Office) -> None:
    hold = office.premises.register("OK-1").hold

    answer = office.machine("facility", [FACILITY]).get(f"/holds/{hold.id}")

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["status"]) == (hold.id, "lodged")


@pytest.mark.parametrize("name", ["id", "reference"])
def test_hold_of_another_facility_reads_as_if_it_were_not_there(office: Office, name: str) -> None:
    hold = office.premises.register("OK-1").hold
    asked = {"id": hold.id, "reference": "OK-1"}[name]

    answer = office.machine("facility", ["ELM"]).get(f"/holds/{asked}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_is_answered_without_a_key(office: Office) -> None:
    assert Office(office.premises).machine("auditor").get("/holds/X").status_code == 404

    answer = office.machine("auditor").get("/holds/X", headers={"Authorization": "Bearer nothing"})

    assert answer.status_code == 401
