"""Whoever belongs to one jail is answered as if the other did not exist: every list and filter.

Two worlds are told apart: in one there is a second jail with holds of its own, in the
other there is not. Each answer to the first jail's staff, and to its office's agents,
is the same text in both, ids and random tokens apart.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import orjson
import pytest
from fastapi.routing import iter_route_contexts

from scheduler import clock as clocks
from tests.support import house
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import API
from tests.support.two_jails import ELM, LODGED, SCOPED, STARTED, WEST, TwoJails

START: Final = datetime.fromisoformat("2026-03-02T14:00:00+00:00")
LATER: Final = "2026-03-02T08:45:00-05:00"
STORY: Final = (
    {"hold_ref": "SAME-1", "would_release_at": LATER},
    {"hold_ref": "SAME-2"},
    {"hold_ref": "SAME-3", "would_release_at": LATER, "outcome": "transferred",
     "outcome_at": LATER},
    {"hold_ref": "SAME-4", "outcome": "released", "outcome_at": "2026-03-02T08:50:00-05:00"},
    {"hold_ref": "SAME-5", "expected_release_at": "2026-03-02T10:00:00-05:00"},
)  # fmt: skip
"""Holds that each jail has, under the same references."""
ID: Final = re.compile(
    # Events and deliveries; accounts, holds, contacts and channels; keys; hashes of what is shown.
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b[2-9A-HJKMNP-Z]{7,16}\b"
    r"|(?<=value=\")[A-Za-z0-9_-]{20,}(?=\")"
)
FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "facility_code": (FACILITY, ELM, "NONE"),
    "hold_ref": ("SAME-1", "ELSEWHERE-1"),
    "hold_id": ("own", "foreign"),
    "hold": ("own", "foreign", "SAME-1", "ELSEWHERE-1"),
    "from": ("2026-03-02",),
    "to": ("2026-03-01", "2026-03-02 09:30"),
    "status": ("lodged", "running", "released"),
    "open": ("true", "false"),
    "since": (LODGED, "2026-03-02T09:00:00-05:00"),
    "until": (LODGED, "2027-01-01T00:00:00Z"),
    "kind": ("hold_registered", "setting_changed", "alert_sent"),
    "order": ("asc", "desc"),
    "format": ("jsonl", "csv"),
    "state": ("waiting", "delivered", "dead"),
    "channel": ("email", "webhook"),
    "starts": ("october", "july"),
    "by": ("state", "facility", "month"),
    "as_of": ("2026-03-02T15:00:00Z",),
    "public": ("true",),
    "q": ("SAME-1", "ELSEWHERE-1", ELM, "foreign"),
    "facility": (FACILITY, ELM),
    "office": (OFFICE, WEST),
    "page": ("1", "2"),
}
"""What each filter is tried with; a filter that is not here fails the test."""
ABOUT_NO_HOLD: Final = frozenset({f"{API}/deadlines"})
NEVER_THEIRS: Final = re.compile(rf"{API}/(users|api-keys)|moves")
"""Refused to both roles (the matrix shows it)."""


class World(NamedTuple):
    """The premises, and the id of a hold of theirs and of one that is not."""

    jails: TwoJails
    ids: Mapping[str, str]

    def value(self, told: str) -> str:
        return self.ids.get(told, told)


def lived(premises: Premises, *, is_alone: bool) -> World:
    """Let the same things happen in a world, with or without the second jail."""
    jails = TwoJails(premises, is_alone=is_alone)
    own = {told["hold_ref"]: jails.hold(FACILITY, **told) for told in map(dict, STORY)}
    foreign = "ZZZZZZZ"
    if not is_alone:
        for told in map(dict, STORY):
            jails.hold(ELM, **told)
        foreign = jails.hold(ELM, hold_ref="ELSEWHERE-1", would_release_at=STARTED)
    premises.tick(hours=3)
    premises.deliver()
    return World(jails, {"own": own["SAME-1"], "foreign": foreign})


@pytest.fixture(scope="module")
def worlds(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    """The world with two jails, and the one with the first alone; they are only looked at."""
    opened = []
    for name in ("two", "one"):
        folder = tmp_path_factory.mktemp(name)
        file = folder / "holdclock.db"
        shutil.copyfile(migrated_file, file)
        clock = clocks.SettableClock(START)
        premises = Premises(house.read_settings(f"sqlite:///{file}", folder), clock)
        premises.settle()
        opened.append(premises)
    yield lived(opened[0], is_alone=False), lived(opened[1], is_alone=True)
    for premises in opened:
        premises.close()


class Question(NamedTuple):
    """Something that is asked for, with a filter."""

    path: str
    name: str = ""
    value: str = ""


def questions(world: World) -> list[Question]:
    """Return every list, report, export and page, bare and with every value of every filter."""
    asked: list[Question] = []
    for context in iter_route_contexts(world.jails.office.app.routes):
        path = context.path or ""
        is_asked = "GET" in (context.methods or ()) and "{" not in path.replace("{year}", "2026")
        if not is_asked or path in ABOUT_NO_HOLD or NEVER_THEIRS.search(path):
            continue
        if not path.startswith(f"{API}/") and path not in PAGES:
            continue
        names = [field.alias for field in query_fields(context.dependant)]
        path = path.replace("{year}", "2026")
        asked.append(Question(path))
        asked += [
            Question(path, name, value)
            for name in names
            # Which rows come first is chance where they go by id; how many, the next test tells.
            if name not in {"cursor", "limit"}
            for value in FILTERS[name]
        ]
    return asked


PAGES: Final = frozenset(
    {"/", "/board/rows", "/wall", "/wall/rows", "/events", "/deliveries", "/status"}
)


def query_fields(dependant: Any) -> Iterator[Any]:
    """Yield the query parameters of a route, those of a model of them one by one."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if hasattr(model, "model_fields"):
            for name, each in model.model_fields.items():
                yield _Named(each.alias or name)
        else:
            yield field
    for each in dependant.dependencies:
        yield from query_fields(each)


class _Named(NamedTuple):
    alias: str


def told(answer: httpx.Response) -> list[str]:
    """Return an answer without ids, its items in an order of their own."""
    text = ID.sub("#", answer.text)
    text = re.sub(r'"next_cursor":"[^"]*"', '"next_cursor":"#"', text)
    status = f"{answer.status_code} {ID.sub('#', answer.headers.get('location', ''))}"
    if answer.headers.get("content-type") == "application/json":
        body = orjson.loads(text)
        if isinstance(body, dict) and isinstance(body.get("items"), list):
            # Some lists go by id, which is chance.
            lines = sorted(orjson.dumps(item).decode() for item in body.pop("items"))
            return [status, str(body), *lines]
    return [status, *text.splitlines()]


def asked(world: World, role: str, question: Question) -> list[str]:
    params = {question.name: world.value(question.value)} if question.name else {}
    if question.path in PAGES:
        return told(world.jails.person(role).get(str(httpx.URL(question.path, params=params))))
    machine = world.jails.machine(role)
    return told(machine.get(question.path.removeprefix(API), params=params))


@pytest.mark.parametrize("role", sorted(SCOPED))
def test_every_list_and_filter_answers_as_if_the_other_jail_were_not_there(
    worlds: tuple[World, World], role: str
) -> None:
    two, one = worlds
    every = questions(two)

    differing = [each for each in every if asked(two, role, each) != asked(one, role, each)]

    assert differing == []
    assert len(every) > 60
    assert {each.path for each in every} >= {
        f"{API}/holds", f"{API}/events", f"{API}/events/export", f"{API}/deliveries",
        f"{API}/reports/fiscal-years/2026", f"{API}/facilities", f"{API}/contacts",
    }  # fmt: skip
    # It can tell: whoever sees all is answered otherwise.
    assert asked(two, "auditor", Question(f"{API}/holds")) != asked(
        one, "auditor", Question(f"{API}/holds")
    )


@pytest.mark.parametrize("role", sorted(SCOPED))
@pytest.mark.parametrize(
    "path", ["/holds", "/events", "/deliveries", "/contacts", "/facilities", "/channels"]
)
def test_pages_end_where_the_own_rows_end_and_count_nothing_else(
    worlds: tuple[World, World], role: str, path: str
) -> None:
    pages = [list(walked(world, role, path)) for world in worlds]

    assert [len(each) for each in pages[0]] == [len(each) for each in pages[1]]
    assert sum(map(len, pages[0])) > 0


def walked(world: World, role: str, path: str) -> Iterator[list[Any]]:
    """Yield the pages of a list, two rows at a time."""
    machine, cursor = world.jails.machine(role), None
    while True:
        params = {"limit": "2", **({} if cursor is None else {"cursor": cursor})}
        page = machine.get(path, params=params).json()
        yield page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


@pytest.mark.parametrize("role", sorted(SCOPED))
@pytest.mark.parametrize("path", ["/holds", "/events", "/deliveries", "/contacts", "/channels"])
def test_cursor_of_somebody_who_sees_all_opens_nothing(
    worlds: tuple[World, World], role: str, path: str
) -> None:
    jails = worlds[0].jails
    auditor, machine = jails.machine("auditor"), jails.machine(role)
    own = {row["id"] for page in walked(worlds[0], role, path) for row in page}
    cursors: list[str] = []
    # Of events there are many, and a machine may not ask without end.
    limit = "7" if path == "/events" else "1"
    while not cursors or cursors[-1]:
        params = {"limit": limit, **({"cursor": cursors[-1]} if cursors else {})}
        cursors.append(auditor.get(path, params=params).json()["next_cursor"])

    seen = {
        row["id"]
        for cursor in cursors[:-1]
        for row in machine.get(path, params={"cursor": cursor, "limit": "200"}).json()["items"]
    }

    assert len(cursors) > 1
    assert seen <= own


def test_calendar_feed_shows_the_own_holds_alone(worlds: tuple[World, World]) -> None:
    texts = []
    for world in worlds:
        person = world.jails.person("facility")
        people = world.jails.office.people
        url = people.calendar_feeds.add(OPERATOR, person.account_id).url
        # Two that end together come in the order of their ids.
        texts.append(sorted(told(person.get(url))))

    assert texts[0] == texts[1]
    assert any("SAME-1" in line for line in texts[0])


@pytest.mark.parametrize("role", sorted(SCOPED))
def test_registering_at_another_jail_reads_as_at_one_that_is_not_there(
    worlds: tuple[World, World], role: str
) -> None:
    told_by = [
        told(
            world.jails.machine(role).post(
                "/holds",
                {"facility_code": ELM, "hold_ref": "SAME-1", "detainer_type": "I-247A",
                 "lodged_at": LODGED},
            )
        )
        for world in worlds
    ]  # fmt: skip

    assert told_by[0] == told_by[1]
