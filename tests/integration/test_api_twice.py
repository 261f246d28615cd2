"""Requests that come twice, one after the other or at the same moment: carried out once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from scheduler.replies import KEPT, LOST_AFTER
from tests.support.house import FACILITY, OFFICE
from tests.support.office import Machine, Office
from tests.support.together import at_once

KEY = "0b9c1d5e-7f1d-4c0e-9a53-2f6d3f6c1a77"
TOLD = {
    "facility_code": FACILITY,
    "hold_ref": "2026-0417",
    "detainer_type": "I-247A",
    "lodged_at": "2026-03-02T08:00:00-05:00",
}


@pytest.fixture
def name(office: Office) -> str:
    return office.premises.register("OK-1").hold.id


def under(machine: Machine, path: str, body: Any = None, key: str = KEY) -> Any:
    return machine.post(path, body, headers={"Idempotency-Key": key})


def forget_answer(office: Office) -> None:
    """Leave what a process leaves that was killed after the commit, before the answer."""
    office.premises.execute("UPDATE reply SET status = NULL, headers = NULL, body = NULL")


def test_second_request_under_a_key_is_answered_as_the_first_and_writes_nothing(
    office: Office, jail: Machine
) -> None:
    first = under(jail, "/holds", TOLD)
    office.premises.tick(hours=1)
    jail.post(f"/holds/{first.json()['id']}/service")
    before = office.premises.events()

    again = under(jail, "/holds", TOLD)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for header in ("etag", "location", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert office.premises.events() == before


def test_call_logged_twice_under_one_key_is_one_call(
    office: Office, jail: Machine, name: str
) -> None:
    for _ in range(3):
        under(jail, f"/holds/{name}/call", {"note": "No answer."})

    assert len(office.premises.events(name, "call_logged")) == 1


def test_key_that_came_with_another_request_is_refused(
    office: Office, jail: Machine, name: str
) -> None:
    under(jail, f"/holds/{name}/call", {"note": "No answer."})

    other_body = under(jail, f"/holds/{name}/call", {"note": "Line engaged."})
    other_path = under(jail, f"/holds/{name}/service", {"note": "No answer."})

    assert (other_body.status_code, other_path.status_code) == (422, 422)
    assert set(other_body.json()["fields"]) == {"Idempotency-Key"}
    assert office.premises.kinds(name) == ["hold_registered", "call_logged"]


def test_keys_of_two_askers_do_not_meet(office: Office, jail: Machine, name: str) -> None:
    agent = office.machine("agent", offices=[OFFICE])

    answers = [under(machine, f"/holds/{name}/call") for machine in (jail, agent)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(office.premises.events(name, "call_logged")) == 2


def test_refused_request_may_come_again_mended_under_its_key(
    office: Office, jail: Machine, name: str
) -> None:
    refused = under(jail, f"/holds/{name}/service", {"at": "2026-02-20T14:00:00Z"})

    mended = under(
        jail, f"/holds/{name}/service", {"at": "2026-02-20T14:00:00Z", "reason": "Found late."}
    )

    assert (refused.status_code, mended.status_code) == (422, 200)


def test_requests_under_one_key_at_the_same_moment_write_one_event(
    office: Office, jail: Machine, name: str
) -> None:
    answers = at_once(*[lambda: under(jail, f"/holds/{name}/call")] * 4)

    assert len(office.premises.events(name, "call_logged")) == 1
    # One is carried out; the others get its answer, or are told to ask again in a moment.
    assert {answer.status_code for answer in answers} <= {200, 409}
    told = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in told}) == 1
    assert under(jail, f"/holds/{name}/call").content == told[0].content


def test_request_whose_first_answer_is_still_being_made_is_told_so(
    office: Office, jail: Machine, name: str
) -> None:
    under(jail, f"/holds/{name}/call")
    forget_answer(office)

    answer = under(jail, f"/holds/{name}/call")

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:holdclock:problem:in-flight"


def test_answer_that_was_lost_is_made_anew_without_writing(
    office: Office, jail: Machine, name: str
) -> None:
    made = under(jail, "/holds", TOLD, key="one")
    called = under(jail, f"/holds/{name}/call", key="two")
    forget_answer(office)
    office.premises.clock.tick(seconds=LOST_AFTER.total_seconds() + 1)

    answers = [
        under(jail, "/holds", TOLD, key="one"),
        under(jail, f"/holds/{name}/call", key="two"),
    ]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == made.json()["id"]
    assert answers[1].json()["version"] == called.json()["version"]
    assert len(office.premises.events(name, "call_logged")) == 1
    assert under(jail, f"/holds/{name}/call", key="two").headers["idempotent-replayed"] == "true"


def test_lost_answer_that_cannot_be_made_anew_is_said_to_be_lost(office: Office) -> None:
    administrator = office.machine("administrator")
    told = {"code": "WEST", "name": "West office"}
    under(administrator, "/offices", told)
    forget_answer(office)
    office.premises.clock.tick(seconds=LOST_AFTER.total_seconds() + 1)

    answer = under(administrator, "/offices", told)

    assert answer.status_code == 409
    assert "carried out" in answer.json()["detail"]


def test_secret_that_was_answered_is_kept_sealed_and_answered_again(office: Office) -> None:
    administrator = office.machine("administrator")
    told = {"name": "Jail system", "role": "facility", "facility_codes": [FACILITY]}

    first = under(administrator, "/api-keys", told)
    again = under(administrator, "/api-keys", told)

    key = first.json()["key"]
    assert again.json() == first.json()
    kept = bytes(office.premises.scalar("SELECT body FROM reply"))
    assert key.encode() not in kept
    assert key.split("_", 3)[3].encode() not in kept


def test_answers_are_let_go_when_nobody_may_count_on_them_any_more(
    office: Office, jail: Machine, name: str
) -> None:
    under(jail, f"/holds/{name}/call", key="old")
    office.premises.clock.tick(seconds=(KEPT + timedelta(minutes=1)).total_seconds())

    under(jail, f"/holds/{name}/call", key="new")

    assert office.premises.scalar("SELECT count(*) FROM reply") == 1


def test_key_that_is_none_is_refused(jail: Machine, name: str) -> None:
    for key in ("", " ", "x" * 256, "two words"):
        answer = under(jail, f"/holds/{name}/call", key=key)

        assert answer.status_code == 422, key
