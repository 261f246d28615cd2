"""Facts over HTTP: each route records one, for whoever may, once."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.domain.corrections import CORRECTABLE
from tests.support.house import OFFICE, Premises
from tests.support.office import Machine, Office
from web.api.corrections import Entered

FACTS = [
    pytest.param("service", {}, "detainer_served", id="service"),
    pytest.param("warrant", {}, "warrant_served", id="warrant"),
    pytest.param("papers", {"paper": "judicial_order"}, "paper_received", id="papers"),
    pytest.param("clock", {}, "clock_started", id="clock"),
    pytest.param("notice", {"how": "telephone"}, "notice_recorded", id="notice"),
    pytest.param("transfer", {}, "transfer_recorded", id="transfer"),
    pytest.param("release", {"basis": "bond"}, "release_recorded", id="release"),
    pytest.param("cancellation", {}, "detainer_cancelled", id="cancellation"),
    pytest.param("declination", {}, "detainer_declined", id="declination"),
    pytest.param("outcome", {"outcome": "escaped"}, "subject_escaped", id="outcome"),
    pytest.param("citizenship-claim", {}, "citizenship_claimed", id="citizenship-claim"),
    pytest.param("acknowledgement", {}, "alert_acknowledged", id="acknowledgement"),
    pytest.param("call", {}, "call_logged", id="call"),
]
AN_AGENTS = {"transfer", "cancellation", "acknowledgement", "call"}
BODIES = {route.values[0]: route.values[1] for route in FACTS}


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    sqlite_premises.add_facility()
    return Office(sqlite_premises)


@pytest.fixture
def agent(office: Office) -> Machine:
    return office.machine("agent", offices=[OFFICE])


@pytest.fixture
def name(office: Office) -> str:
    return office.premises.register("OK-1").hold.id


@pytest.mark.parametrize(("route", "body", "kind"), FACTS)
def test_fact_is_recorded_with_who_and_when_and_shown_with_its_version(
    office: Office, jail: Machine, name: str, route: str, body: dict[str, Any], kind: str
) -> None:
    told = body | {"at": "2026-03-02T08:59:00-05:00", "note": "Told at the desk."}

    answer = jail.post(f"/holds/{name}/{route}", told)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json() == jail.get(f"/holds/{name}").json()
    (event,) = office.premises.events(name, kind)
    assert event["occurred_at"] == "2026-03-02T13:59:00Z"
    assert event["actor"].startswith("key:")
    assert "Told at the desk." in event["data"]["note"]


@pytest.mark.parametrize("route", list(BODIES))
def test_agent_writes_what_is_the_agencys_and_nothing_else(
    agent: Machine, name: str, route: str
) -> None:
    answer = agent.post(f"/holds/{name}/{route}", BODIES[route])

    assert answer.status_code == (200 if route in AN_AGENTS else 403)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_administrator_and_auditor_write_no_fact(office: Office, name: str, role: str) -> None:
    machine = office.machine(role)

    statuses = {
        machine.post(f"/holds/{name}/{route}", BODIES[route]).status_code for route in BODIES
    }

    assert statuses == {403}


def test_hold_of_another_facility_takes_no_fact_and_is_not_there(office: Office, name: str) -> None:
    machine = office.machine("facility", ["ELM"])

    statuses = {
        machine.post(f"/holds/{name}/{route}", BODIES[route]).status_code for route in BODIES
    }

    assert statuses == {404}
    assert office.premises.kinds(name) == ["hold_registered"]


def test_agents_transfer_is_the_agencys_word(agent: Machine, name: str) -> None:
    hold = agent.post(f"/holds/{name}/transfer").json()

    assert (hold["status"], hold["outcome_by"]) == ("transferred", "agency")


def test_agents_arrival_comes_with_the_acknowledgement(agent: Machine, name: str) -> None:
    told = {"arrival_at": "2026-03-02T11:00:00-05:00"}

    hold = agent.post(f"/holds/{name}/acknowledgement", told).json()

    assert hold["arrival_at"] == "2026-03-02T16:00:00Z"


def test_release_still_to_come_is_a_forecast(jail: Machine, name: str) -> None:
    hold = jail.post(f"/holds/{name}/clock", {"at": "2026-03-05T09:00:00Z"}).json()

    assert (hold["expected_release_at"], hold["starts_at"]) == ("2026-03-05T09:00:00Z", None)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        pytest.param({"at": "2026-03-02T14:03:00Z"}, "at", id="ahead"),
        pytest.param({"at": "2026-02-20T14:00:00Z"}, "at", id="far back"),
        pytest.param({"at": "2026-02-20T14:00:00Z", "reason": "  "}, "at", id="blank reason"),
    ],
)
def test_instant_against_the_entry_rules_is_refused(
    jail: Machine, name: str, told: dict[str, str], field: str
) -> None:
    answer = jail.post(f"/holds/{name}/service", told)

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {field}


def test_second_outcome_is_refused(jail: Machine, name: str) -> None:
    jail.post(f"/holds/{name}/release")

    answer = jail.post(f"/holds/{name}/transfer")

    assert answer.status_code == 409


def test_newer_hold_is_named_among_ones_own(office: Office, jail: Machine, name: str) -> None:
    newer = office.premises.register("OK-2").hold.id
    told = {"outcome": "superseded", "superseded_by": "OK-2"}

    assert jail.post(f"/holds/{name}/outcome", told).json()["superseded_by"] == newer


def test_fact_on_a_version_that_has_passed_is_refused_where_it_names_one(
    jail: Machine, name: str
) -> None:
    jail.post(f"/holds/{name}/service")

    answers = [
        jail.post(f"/holds/{name}/call", headers={"If-Match": tag}).status_code
        for tag in ('"1"', 'W/"2"', '"3"', "3", '"x"', "*")
    ]

    assert answers == [412, 200, 200, 412, 422, 422]


# Corrections.


def corrected(machine: Machine, name: str, tag: str | None = '"2"', **told: Any) -> Any:
    body = {"field": "served_at", "to": "2026-03-02T12:00:00Z", "reason": "Misread.", **told}
    headers = {} if tag is None else {"If-Match": tag}
    return machine.post(f"/holds/{name}/correction", body, headers=headers)


@pytest.fixture
def served(jail: Machine, name: str) -> str:
    jail.post(f"/holds/{name}/service")
    return name


def test_entry_is_corrected_on_the_version_that_was_read(
    office: Office, jail: Machine, served: str
) -> None:
    answer = corrected(jail, served)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    assert answer.json()["served_at"] == "2026-03-02T12:00:00Z"
    (event,) = office.premises.events(served, "entry_corrected")
    assert event["data"]["reason"] == "Misread."


def test_stale_correction_is_refused_and_one_without_a_version_too(
    office: Office, jail: Machine, served: str
) -> None:
    stale, bare = corrected(jail, served, '"1"'), corrected(jail, served, None)

    assert (stale.status_code, bare.status_code) == (412, 422)
    assert set(bare.json()["fields"]) == {"If-Match"}
    assert office.premises.events(served, "entry_corrected") == []


def test_outcome_is_corrected_to_another_dated_anew_and_taken_off(
    jail: Machine, served: str
) -> None:
    jail.post(f"/holds/{served}/release")

    another = corrected(
        jail, served, '"3"', field="outcome", to="cancelled", at="2026-03-02T13:50:00Z"
    ).json()
    dated = corrected(jail, served, '"4"', field="outcome_at", to="2026-03-02T13:40:00Z").json()
    none = corrected(jail, served, '"5"', field="outcome", to=None).json()

    assert (another["outcome"], another["outcome_at"]) == ("cancelled", "2026-03-02T13:50:00Z")
    assert (dated["outcome"], dated["outcome_at"]) == ("cancelled", "2026-03-02T13:40:00Z")
    assert (none["outcome"], none["status"]) == (None, "lodged")


def test_policy_is_corrected_with_a_reason(jail: Machine, served: str) -> None:
    assert corrected(jail, served, field="policy", to="8-cfr-287.7d").json()["policy"] == (
        "8-cfr-287.7d"
    )


@pytest.mark.parametrize(
    ("told", "field"),
    [
        pytest.param({"reason": ""}, "reason", id="no reason"),
        pytest.param({"field": "status"}, "field", id="no such entry"),
        pytest.param({"to": "yesterday"}, "to", id="no instant"),
        pytest.param({"field": "outcome", "to": "gone"}, "outcome", id="no such outcome"),
        pytest.param({"field": "outcome", "to": "died"}, "at", id="outcome without its instant"),
        pytest.param({"field": "policy", "to": None}, "to", id="no policy"),
        pytest.param({"at": "2026-03-02T12:00:00Z"}, "at", id="two instants"),
    ],
)
def test_correction_that_says_too_little_is_refused_by_the_field(
    jail: Machine, served: str, told: dict[str, Any], field: str
) -> None:
    jail.post(f"/holds/{served}/release")

    answer = corrected(jail, served, '"3"', **told)

    assert (answer.status_code, set(answer.json()["fields"])) == (422, {field})


def test_agent_corrects_nothing(agent: Machine, served: str) -> None:
    assert corrected(agent, served).status_code == 403


def test_document_names_every_entry_that_can_be_corrected() -> None:
    assert set(Entered) == {*CORRECTABLE, "outcome", "outcome_at", "policy"}
