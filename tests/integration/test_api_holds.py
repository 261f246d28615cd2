"""Holds over HTTP: registered, listed, read, explained, by whoever may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.house import ELSEWHERE, FACILITY, OFFICE, Premises
from tests.support.office import Machine, Office

TOLD = {
    "facility_code": FACILITY,
    "hold_ref": "2026-0417",
    "detainer_type": "I-247A",
    "lodged_at": "2026-03-02T08:00:00-05:00",
}


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    sqlite_premises.add_facility()
    return Office(sqlite_premises)


# Registered.


def test_hold_is_registered_once_and_shown_as_the_contract_has_it(jail: Machine) -> None:
    made, again = jail.post("/holds", TOLD), jail.post("/holds", TOLD)

    hold = made.json()
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.headers["location"] == f"/api/v1/holds/{hold['id']}"
    assert made.headers["etag"] == '"1"'
    assert again.json() == hold
    assert (hold["lodged_at"], hold["status"]) == ("2026-03-02T13:00:00Z", "lodged")
    assert jail.get(f"/holds/{hold['id']}").json() == hold


def test_same_reference_with_other_fields_is_refused_with_where_that_hold_is(jail: Machine) -> None:
    made = jail.post("/holds", TOLD)

    answer = jail.post("/holds", TOLD | {"detainer_type": "I-247D"})

    assert answer.status_code == 409
    assert answer.json()["hold"] == made.headers["location"]


@pytest.mark.parametrize("missing", list(TOLD))
def test_registration_without_a_needed_field_is_refused_by_its_name(
    jail: Machine, missing: str
) -> None:
    answer = jail.post("/holds", {name: text for name, text in TOLD.items() if name != missing})

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {missing}


def test_record_kept_on_paper_comes_in_as_one_entry(jail: Machine) -> None:
    told = TOLD | {
        "lodged_at": "2026-02-20T08:00:00-05:00",
        "would_release_at": "2026-02-21T08:00:00-05:00",
        "outcome": "transferred",
        "outcome_at": "2026-02-22T08:00:00-05:00",
        "reason": "From the paper log.",
    }

    hold = jail.post("/holds", told).json()

    assert (hold["status"], hold["outcome"]) == ("transferred", "transferred")
    events = jail.get(f"/holds/{hold['id']}/events").json()["items"]
    assert "hold_expired" not in {event["kind"] for event in events}


@pytest.mark.parametrize(
    ("role", "places"),
    [
        pytest.param("agent", {"offices": [OFFICE]}, id="agent"),
        pytest.param("administrator", {}, id="administrator"),
        pytest.param("auditor", {}, id="auditor"),
    ],
)
def test_only_a_facility_registers(office: Office, role: str, places: dict[str, Any]) -> None:
    assert office.machine(role, **places).post("/holds", TOLD).status_code == 403


def test_another_facility_and_its_references_read_as_if_they_were_not_there(
    office: Office, jail: Machine
) -> None:
    there = TOLD | {"facility_code": ELSEWHERE}
    office.machine("facility", [ELSEWHERE]).post("/holds", there)
    nowhere = TOLD | {"facility_code": "NOWHERE"}

    same, new, unknown = (
        jail.post("/holds", told) for told in (there, there | {"hold_ref": "NEW"}, nowhere)
    )

    assert (same.status_code, new.status_code, unknown.status_code) == (404, 404, 404)
    assert same.json() == new.json()
    assert same.json()["detail"].replace(ELSEWHERE, "NOWHERE") == unknown.json()["detail"]


# Read.


@pytest.mark.parametrize("name", ["id", "reference"])
@pytest.mark.parametrize("part", ["", "/events", "/explanation", "/subject"])
def test_hold_of_another_facility_reads_as_if_it_were_not_there(
    office: Office, other_jail: Machine, name: str, part: str
) -> None:
    hold = office.premises.register("OK-1").hold
    asked = {"id": hold.id, "reference": "OK-1"}[name]

    answer = other_jail.get(f"/holds/{asked}{part}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_tag_of_a_hold_hides_no_expiry(office: Office, jail: Machine) -> None:
    """The version counts people's facts: asked with it, a hold is shown whole all the same."""
    name = office.premises.register(would_release_at="2026-03-02 09:00").hold.id
    before = jail.get(f"/holds/{name}")
    office.premises.tick(hours=48)

    after = jail.get(f"/holds/{name}", headers={"If-None-Match": before.headers["etag"]})

    assert after.headers["etag"] == before.headers["etag"]
    assert (before.json()["status"], after.json()["status"]) == ("running", "expired")


def test_explanation_has_the_arithmetic_with_its_source(office: Office, jail: Machine) -> None:
    name = office.premises.register(would_release_at="2026-03-02 09:00").hold.id

    explained = jail.get(f"/holds/{name}/explanation").json()

    assert explained["deadline_at"] == "2026-03-04T14:00:00Z"
    assert explained["policy"]["steps"][-1]["total"] == "48 h"
    assert explained["policy"]["source"]


def test_who_is_held_is_shown_to_those_who_may_see_the_hold_and_that_is_an_event(
    office: Office, jail: Machine
) -> None:
    name = jail.post("/holds", TOLD | {"subject_name": "Sample Person"}).json()["id"]

    shown = jail.get(f"/holds/{name}/subject").json()

    assert shown == {"subject_name": "Sample Person", "a_number": None}
    (event,) = office.premises.events(name, "subject_shown")
    assert event["actor"].startswith("key:")
    assert "Sample" not in str(office.premises.events())
    assert "Sample" not in jail.get(f"/holds/{name}").text


def test_nothing_is_shown_and_nothing_recorded_where_nobody_was_entered(
    office: Office, jail: Machine
) -> None:
    name = office.premises.register().hold.id

    shown = jail.get(f"/holds/{name}/subject").json()

    assert shown == {"subject_name": None, "a_number": None}
    assert office.premises.events(kind="subject_shown") == []


def test_nobody_is_answered_without_a_key(office: Office) -> None:
    answer = office.machine("auditor").get("/holds/X", headers={"Authorization": "Bearer nothing"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
