"""Copies of the event log, reports and deadlines over HTTP, by whoever may."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.support.house import ELSEWHERE, FACILITY, Premises
from tests.support.office import Machine, Office


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    sqlite_premises.add_facility()
    made = Office(sqlite_premises)
    sqlite_premises.register("OK-1", would_release_at="2026-03-02 08:30")
    made.machine("facility", [ELSEWHERE]).post(
        "/holds",
        {
            "facility_code": ELSEWHERE,
            "hold_ref": "ELM-1",
            "detainer_type": "I-247A",
            "lodged_at": "2026-03-02T08:00:00-05:00",
        },
    )
    return made


def lines(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.content.splitlines()]


def test_export_is_every_event_of_ones_own_as_the_list_has_them(
    office: Office, jail: Machine
) -> None:
    listed = jail.get("/events?limit=200").json()["items"]

    answer = jail.get("/events/export")

    assert answer.headers["content-type"] == "application/jsonl"
    assert lines(answer) == listed
    assert {event["facility_code"] for event in listed} == {FACILITY}


def test_export_of_another_facility_is_empty(jail: Machine) -> None:
    assert lines(jail.get(f"/events/export?facility_code={ELSEWHERE}")) == []


def test_export_is_an_event_that_says_who_what_and_how_much(office: Office) -> None:
    auditor = office.machine("auditor")

    taken = lines(auditor.get("/events/export?kind=hold_registered&since=2026-03-01T00:00:00Z"))

    (event,) = office.premises.events(kind="log_exported")
    assert event["actor"].startswith("key:")
    assert event["data"] == {
        "format": "jsonl",
        "count": 2,
        "of_kind": "hold_registered",
        "since": "2026-03-01T00:00:00Z",
    }
    assert len(taken) == 2
    # It is in the next export, not in the one that it tells of.
    whole = lines(auditor.get("/events/export"))
    assert event in whole
    assert whole == [each for each in office.premises.events() if each["id"] <= whole[-1]["id"]]


def test_export_for_spreadsheets_runs_nothing_there(office: Office, jail: Machine) -> None:
    office.premises.register("=1+1")

    answer = jail.get("/events/export?format=csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="events.csv"'
    assert {row["hold_ref"] for row in csv.DictReader(io.StringIO(answer.text))} == {
        "OK-1",
        "'=1+1",
    }


def test_other_formats_and_unknown_filters_are_refused_before_anything_is_recorded(
    office: Office, jail: Machine
) -> None:
    answers = [jail.get(f"/events/export?{asked}") for asked in ("format=xml", "facility=OAK")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert office.premises.events(kind="log_exported") == []


def test_report_counts_what_its_reader_may_see(office: Office, jail: Machine) -> None:
    def lodged(machine: Machine, asked: str = "") -> dict[str, int]:
        rows = machine.get(f"/reports/fiscal-years/2026{asked}").json()["rows"]
        return {row["facility_code"]: row["lodged"] for row in rows}

    assert lodged(jail) == {FACILITY: 1}
    assert lodged(jail, f"?facility_code={ELSEWHERE}") == {}
    assert lodged(office.machine("auditor")) == {FACILITY: 1, ELSEWHERE: 1}
    assert lodged(office.machine("auditor"), f"?facility_code={ELSEWHERE}") == {ELSEWHERE: 1}


@pytest.mark.parametrize("asked", ["1990", "2101", "next", "2026?by=judge", "2026?starts=may"])
def test_report_that_cannot_be_made_is_refused(jail: Machine, asked: str) -> None:
    assert jail.get(f"/reports/fiscal-years/{asked}").status_code == 422


def test_deadline_is_worked_out_step_by_step(jail: Machine) -> None:
    asked = {
        "policy": "8-cfr-287.7d",
        "from": "2025-08-29T18:00:00-04:00",
        "timezone": "America/New_York",
    }

    worked_out = jail.get("/deadlines", params=asked).json()

    # Labor Day: a worked case of 8 CFR 287.7(d).
    assert worked_out["deadline_at"] == "2025-09-03T22:00:00Z"
    assert worked_out["ceiling_at"] == "2025-08-31T22:00:00Z"
    assert worked_out["steps"][-1]["total"] == "48 h"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"from": "2025-08-29T18:00:00"}, "from", id="no offset"),
        pytest.param({"timezone": "Mars/Olympus"}, "timezone", id="no zone"),
        pytest.param({"policy": "none-such"}, "policy", id="no policy"),
        pytest.param({"policy": None}, "policy", id="missing"),
    ],
)
def test_question_that_cannot_be_answered_is_refused_by_its_field(
    jail: Machine, wrong: dict[str, str | None], field: str
) -> None:
    asked = {"policy": "i-247a", "from": "2025-08-29T18:00:00Z", "timezone": "America/New_York"}
    told = {name: text for name, text in (asked | wrong).items() if text is not None}

    answer = jail.get("/deadlines", params=told)

    assert (answer.status_code, set(answer.json().get("fields", ()))) == (422, {field})
