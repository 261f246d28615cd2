"""Lists over HTTP, on both kinds of database: in order, page by page, each reader their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.house import ELSEWHERE, FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import Machine, Office

TOLD = {
    "facility_code": ELSEWHERE,
    "hold_ref": "elsewhere",
    "detainer_type": "I-247A",
    "lodged_at": "2026-03-02T08:00:00-05:00",
}


@pytest.fixture
def office(premises: Premises) -> Office:
    premises.add_facility()
    return Office(premises)


def refs(answer: Any) -> list[str]:
    return [item["hold_ref"] for item in answer.json()["items"]]


@pytest.fixture
def listed(office: Office) -> list[str]:
    """Put holds of every kind on record; return their references in the order of the list."""
    register = office.premises.register
    register("later", would_release_at="2026-03-02 08:30")
    register("sooner", would_release_at="2026-03-02 08:00")
    register("over", would_release_at="2026-02-28 08:00", reason="Entered late.",
             lodged_at="2026-02-27 08:00")  # fmt: skip
    register("waiting-2", lodged_at="2026-03-02 08:00")
    register("waiting-1", lodged_at="2026-03-02 07:00")
    for ref, at in (("closed-1", "2026-03-02 07:30"), ("closed-2", "2026-03-02 07:10")):
        register(ref, lodged_at="2026-03-02 07:00", outcome="declined", outcome_at=at)
    return ["over", "sooner", "later", "waiting-1", "waiting-2", "closed-1", "closed-2"]


def test_holds_come_by_the_next_limit_then_the_waiting_then_the_closed(
    jail: Machine, listed: list[str]
) -> None:
    assert refs(jail.get("/holds")) == listed


def pages(machine: Machine, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Return all items of a list, read page by page."""
    items: list[dict[str, Any]] = []
    page = machine.get(path, params=asked).json()
    while page["next_cursor"] is not None:
        items += page["items"]
        page = machine.get(path, params={**asked, "cursor": page["next_cursor"]}).json()
    return items + list(page["items"])


def test_pages_of_holds_join_without_gap_or_repetition(jail: Machine, listed: list[str]) -> None:
    for limit in (1, 2, 3, 6, 7):
        seen = [hold["hold_ref"] for hold in pages(jail, "/holds", limit=limit)]

        assert seen == listed, limit


def test_pages_keep_their_order_while_a_limit_passes_between_them(
    office: Office, jail: Machine, listed: list[str]
) -> None:
    first = jail.get("/holds?limit=2&open=true")
    office.premises.tick(hours=60)

    rest = jail.get("/holds", params={"open": "true", "cursor": first.json()["next_cursor"]})

    assert refs(first) + refs(rest) == [ref for ref in listed if "closed" not in ref]


FOUND = {
    "status=expired&status=running": ["over", "sooner", "later"],
    "open=false": ["closed-1", "closed-2"],
    "hold_ref=sooner": ["sooner"],
    "since=2026-03-02T13:00:00Z&open=true&status=lodged": ["waiting-2"],
    "until=2026-03-01T00:00:00Z": ["over"],
    f"facility_code={ELSEWHERE}": [],
    "facility_code=NOWHERE": [],
}


def test_holds_are_found_by_what_is_asked_and_others_are_nowhere(
    jail: Machine, listed: list[str]
) -> None:
    assert {asked: refs(jail.get(f"/holds?{asked}")) for asked in FOUND} == FOUND


def test_list_shows_each_reader_their_own(
    office: Office, jail: Machine, other_jail: Machine, listed: list[str]
) -> None:
    other_jail.post("/holds", TOLD)
    agent = office.machine("agent", offices=[OFFICE])
    cursor = office.machine("auditor").get("/holds?limit=1").json()["next_cursor"]

    assert refs(other_jail.get("/holds")) == ["elsewhere"]
    assert refs(agent.get("/holds")) == listed
    assert "elsewhere" in refs(office.machine("auditor").get("/holds"))
    assert "elsewhere" in refs(office.machine("administrator").get("/holds"))
    # A cursor carries no right: it says where to go on, not what to see.
    assert refs(other_jail.get("/holds", params={"cursor": cursor})) == ["elsewhere"]


def test_pages_of_events_join_in_either_order(jail: Machine, listed: list[str]) -> None:
    for limit in (1, 3, 200):
        oldest = [event["id"] for event in pages(jail, "/events", limit=limit)]
        newest = [event["id"] for event in pages(jail, "/events", limit=limit, order="desc")]

        assert oldest == sorted(oldest) == newest[::-1]
        assert len(oldest) == len(set(oldest)) > len(listed)


def test_events_of_several_offices_jails_come_in_one_order(office: Office, jail: Machine) -> None:
    """Each jail's events are read by themselves, and merged."""
    office.premises.administration.edit(OPERATOR, "facility", ELSEWHERE, {"office_code": OFFICE})
    told = TOLD | {"lodged_at": "2026-03-02T13:30:00Z"}
    for number in range(3):
        for machine, code in (
            (jail, FACILITY),
            (office.machine("facility", [ELSEWHERE]), ELSEWHERE),
        ):
            machine.post("/holds", told | {"facility_code": code, "hold_ref": f"R-{number}"})
    agent = office.machine("agent", offices=[OFFICE])

    seen = [event["facility_code"] for event in pages(agent, "/events", limit=2)]

    assert seen == [FACILITY, ELSEWHERE] * 3


def test_events_show_each_reader_their_own(
    office: Office, jail: Machine, other_jail: Machine, listed: list[str]
) -> None:
    other_jail.post("/holds", TOLD)
    (theirs,) = pages(other_jail, "/events")

    assert theirs["hold_ref"] == "elsewhere"
    for asked in ({"facility_code": ELSEWHERE}, {"hold_id": theirs["hold_id"]}):
        assert pages(jail, "/events", **asked) == []
        assert pages(office.machine("auditor"), "/events", **asked) == [theirs]
    assert theirs not in pages(jail, "/events")
    # Accounts and settings are about no jail: only who sees all of them sees those.
    assert {event["facility_code"] for event in pages(jail, "/events")} == {FACILITY}


def test_events_are_found_by_kind_hold_and_time(
    office: Office, jail: Machine, listed: list[str]
) -> None:
    (over,) = jail.get("/holds?hold_ref=over").json()["items"]

    started = pages(jail, "/events", kind="clock_started", hold_id=over["id"].lower())
    since = pages(jail, "/events", since="2026-03-02T12:59:59Z", kind="clock_started")
    until = pages(jail, "/events", until="2026-03-01T00:00:00Z", kind="clock_started")

    assert [event["hold_ref"] for event in started] == ["over"]
    assert {event["hold_ref"] for event in since} == {"sooner", "later"}
    assert [event["hold_ref"] for event in until] == ["over"]
