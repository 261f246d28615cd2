"""The live stream over HTTP: what reaches a board, what never does, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import httpx
import pytest

from scheduler import intake, wiring
from scheduler.store import workers
from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE, Premises
from tests.support.live_board import LiveBoard, live_board
from tests.support.office import Office
from tests.support.two_jails import ELM
from web.live import stream
from web.server import PageServer


class Served(NamedTuple):
    """The application of some premises at an address, and whoever makes keys to it."""

    office: Office
    url: str
    server: PageServer

    def key(self, role: str, facilities: Sequence[str] = (), offices: Sequence[str] = ()) -> str:
        """Return a new key."""
        keys = self.office.people.api_keys
        made = keys.add(OPERATOR, name="Board", role=role, facilities=facilities, offices=offices)
        return made.key

    def own_key(self) -> str:
        """Return a new key of the facility's staff."""
        return self.key("facility", facilities=[FACILITY])


@pytest.fixture
def served(premises: Premises) -> Iterator[Served]:
    premises.add_facility(ELM)
    office = Office(premises)
    server = PageServer(office.alone(), host="127.0.0.1", port=0, on_stop=office.parts.news.close)
    server.start()
    yield Served(office, server.url, server)
    server.stop()


@pytest.fixture
def elsewhere(premises: Premises) -> Iterator[wiring.House]:
    """Another process: the same database by connections of its own."""
    house = wiring.open_house(premises.settings, clock=premises.clock, durable=False)
    yield house
    house.close()


def register(house: wiring.House, facility: str, hold_ref: str) -> str:
    asked = intake.read_registration(
        {"facility_code": facility, "hold_ref": hold_ref}, ZONE, house.clock.now()
    )
    return house.registry.register_hold(asked, OPERATOR).hold.id


def test_what_another_process_records_reaches_a_board_and_a_foreign_facilitys_never(
    served: Served, elsewhere: wiring.House
) -> None:
    with live_board(served.url, served.own_key()) as board:
        register(elsewhere, ELM, "A")
        hold_id = register(elsewhere, FACILITY, "B")
        message = board.hold_message()

    assert message.data == {
        "id": message.id,
        "kind": "hold_registered",
        "hold_id": hold_id,
        "facility_code": FACILITY,
    }


def test_an_agent_sees_their_office_and_an_auditor_everything(
    served: Served, elsewhere: wiring.House
) -> None:
    agent, auditor = served.key("agent", offices=[OFFICE]), served.key("auditor")
    with live_board(served.url, agent) as theirs, live_board(served.url, auditor) as all_:
        register(elsewhere, ELM, "A")
        register(elsewhere, FACILITY, "B")
        agents = theirs.hold_message().data["facility_code"]
        auditors = [all_.hold_message().data["facility_code"] for _ in range(2)]

    assert agents == FACILITY
    assert auditors == [ELM, FACILITY]


def test_what_time_brings_reaches_a_board_though_no_worker_calls(
    served: Served, premises: Premises
) -> None:
    now = premises.clock.now().isoformat()
    hold_id = premises.register(served_at=now, would_release_at=now).hold.id
    known = len(premises.kinds(hold_id))

    with live_board(served.url, served.own_key()) as board:
        premises.tick(hours=49)
        expected = premises.kinds(hold_id)[known:]
        kinds = [board.hold_message().data["kind"] for _ in expected]

    assert sorted(kinds) == sorted(expected)
    assert "hold_expired" in kinds


def test_a_board_that_comes_back_is_told_what_it_missed(served: Served, premises: Premises) -> None:
    key = served.own_key()
    with live_board(served.url, key) as board, live_board(served.url, key) as other:
        premises.register("A")
        last_id = board.hold_message().id
        premises.register("B")
        missed = next_after(other, last_id)
    assert last_id is not None

    with live_board(served.url, key, **{"Last-Event-ID": last_id}) as board:
        assert board.hold_message() == missed


def next_after(board: LiveBoard, event_id: str | None) -> object:
    while board.hold_message().id != event_id:
        pass
    return board.hold_message()


def test_a_board_whose_last_event_is_not_kept_is_told_to_look_at_everything(
    served: Served,
) -> None:
    long_ago = {"Last-Event-ID": "01999999-0000-7000-8000-000000000000"}
    with live_board(served.url, served.own_key(), **long_ago) as board:
        message = board.message()

    assert (message.event, message.id, message.data) == ("changed", None, {})


def test_a_stream_ends_soon_after_its_key_is_switched_off(
    served: Served, premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_AT_MOST_EVERY_S", 0.0)
    key = served.own_key()
    with live_board(served.url, key) as board:
        served.office.people.api_keys.disable(OPERATOR, key.split("_")[2])
        premises.register("AFTER")
        rest = board.rest()

    assert [line for line in rest if "hold_registered" in line] == []


def test_a_stream_ends_when_its_key_ends_though_nobody_says_so(
    served: Served, premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY_S", 0.05)
    key = served.own_key()
    with live_board(served.url, key) as board:
        premises.clock.tick(hours=24 * 400)
        board.rest()


def test_what_an_agent_sees_follows_the_facilitys_office(
    served: Served, premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_AT_MOST_EVERY_S", 0.0)
    administration = premises.administration
    administration.add_office(OPERATOR, "NEW", name="New office")
    with live_board(served.url, served.key("agent", offices=["NEW"])) as board:
        premises.execute("UPDATE facility SET office_code = 'NEW' WHERE code = :code", code=ELM)
        administration.add_office(OPERATOR, "ANY", name="Any change is one to ask again for")
        hold_id = register(premises.house, ELM, "AFTER")
        message = board.hold_message()

    assert message.data["hold_id"] == hold_id


def test_a_board_is_told_whether_the_timekeeper_looks(served: Served, premises: Premises) -> None:
    with premises.database.write() as connection:
        workers.start(connection, "w", host="h", pid=1, now=premises.clock.now())

    with live_board(served.url, served.own_key()) as board:
        message = board.message()

    assert (message.event, message.data) == ("worker", {"state": "running"})


def test_nobody_opens_a_stream_without_a_key_or_a_session(served: Served) -> None:
    answer = httpx.get(f"{served.url}/stream", trust_env=False)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_person_opens_it_by_their_session(served: Served, premises: Premises) -> None:
    person = served.office.person("facility", facilities=[FACILITY])
    cookie = "; ".join(f"{each.name}={each.value}" for each in person.cookies.jar)

    with (
        httpx.Client(base_url=served.url, timeout=10, trust_env=False) as client,
        client.stream("GET", "/stream", headers={"Cookie": cookie}) as response,
    ):
        premises.register("A")
        assert LiveBoard(response).hold_message().data["kind"] == "hold_registered"


def test_more_streams_than_a_process_takes_are_refused(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAMS_OF_ONE", 1)
    key = served.own_key()
    told = {"Authorization": f"Bearer {key}"}

    with live_board(served.url, key):
        answer = httpx.get(f"{served.url}/stream", headers=told, trust_env=False)
        with live_board(served.url, served.own_key()) as board:
            others = board.response.status_code

    assert (answer.status_code, others) == (503, 200)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "retry-after" in answer.headers


def test_streams_end_at_once_when_the_server_is_told_to_stop(served: Served) -> None:
    with live_board(served.url, served.own_key()) as board:
        served.server.ask_to_stop()
        board.rest()
