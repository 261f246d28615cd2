"""Facts that come at the same moment, on both kinds of database: one wins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.office import Machine, Office
from tests.support.together import at_once


@pytest.fixture
def name(office: Office) -> str:
    return office.premises.register("OK-1").hold.id


@pytest.fixture
def served(jail: Machine, name: str) -> str:
    jail.post(f"/holds/{name}/service")
    return name


def corrected(machine: Machine, name: str, to: str) -> Any:
    body = {"field": "served_at", "to": to, "reason": "Misread."}
    return machine.post(f"/holds/{name}/correction", body, headers={"If-Match": '"2"'})


def test_transfers_at_the_same_moment_leave_one_event(
    office: Office, jail: Machine, name: str
) -> None:
    first, second = at_once(
        lambda: jail.post(f"/holds/{name}/transfer", {"at": "2026-03-02T13:00:00Z"}),
        lambda: jail.post(f"/holds/{name}/transfer", {"at": "2026-03-02T13:30:00Z"}),
    )

    assert {first.status_code, second.status_code} == {200, 409}
    assert len(office.premises.events(name, "transfer_recorded")) == 1


def test_of_two_corrections_on_one_version_one_wins(
    office: Office, jail: Machine, served: str
) -> None:
    answers = at_once(
        lambda: corrected(jail, served, to="2026-03-02T12:00:00Z"),
        lambda: corrected(jail, served, to="2026-03-02T13:00:00Z"),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(office.premises.events(served, "entry_corrected")) == 1
