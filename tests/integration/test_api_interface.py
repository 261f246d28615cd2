"""The interface around its routes: methods, bodies, problems, the document and its page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, Premises
from tests.support.office import API, Machine, Office

PROBLEM = "application/problem+json"


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    return Office(sqlite_premises)


@pytest.fixture
def machine(office: Office) -> Machine:
    return office.machine("facility", [FACILITY])


@pytest.fixture
def name(office: Office) -> str:
    return office.premises.register("OK-1").hold.id


def sent(machine: Machine, path: str, content: bytes, kind: str | None = "application/json") -> Any:
    headers = {} if kind is None else {"Content-Type": kind}
    return machine.request("POST", path, content=content, headers=headers)


def test_head_reads_like_get_without_the_body(machine: Machine, name: str) -> None:
    answer = machine.request("HEAD", f"/holds/{name}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/holds", "GET, HEAD, OPTIONS, POST", id="list and new"),
        pytest.param("/holds/X/transfer", "OPTIONS, POST", id="a fact"),
        pytest.param("/events", "GET, HEAD, OPTIONS", id="only read"),
    ],
)
def test_options_and_refused_methods_name_every_method_of_the_address(
    machine: Machine, path: str, allowed: str
) -> None:
    asked, refused = machine.request("OPTIONS", path), machine.request("TRACE", path)

    assert (asked.status_code, asked.headers["allow"]) == (204, allowed)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert refused.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        pytest.param(b"x" * 70_000, "application/json", 413, id="too long"),
        pytest.param(b"note=x", "application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param(b"{}", None, 415, id="no kind"),
        pytest.param(b"{", "application/json", 422, id="no JSON"),
        pytest.param(b"[" * 60_000, "application/json", 422, id="too deep"),
        pytest.param(b"[]", "application/json", 422, id="a list"),
        pytest.param(b'{"note": "\\u0000"}', "application/json", 422, id="NUL"),
        pytest.param(b'{"note": "\\ud800"}', "application/json", 422, id="half a character"),
        pytest.param(b'{"note": "\\u202e"}', "application/json", 422, id="direction override"),
        pytest.param(b'{"note": NaN}', "application/json", 422, id="not a number"),
        pytest.param(b'{"at": 0}', "application/json", 422, id="a number for an instant"),
        pytest.param(b'{"at": 1e999}', "application/json", 422, id="beyond all numbers"),
        pytest.param(b'{"at": "2026-03-02T09:00:00"}', "application/json", 422, id="no offset"),
        pytest.param(b'{"at": "1989-03-02T09:00:00Z"}', "application/json", 422, id="too early"),
        pytest.param(b'{"by": "%s"}' % (b"x" * 121), "application/json", 422, id="a long name"),
        pytest.param(b'{"charge": "x"}', "application/json", 422, id="unknown field"),
        pytest.param(b'{"note": "\xff"}', "application/json", 422, id="no UTF-8"),
    ],
)
def test_body_that_cannot_be_taken_is_refused_as_a_problem_and_records_nothing(
    office: Office, machine: Machine, name: str, content: bytes, kind: str | None, status: int
) -> None:
    before = office.premises.events()

    answer = sent(machine, f"/holds/{name}/service", content, kind)

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["type"].startswith("urn:holdclock:problem:")
    assert office.premises.events() == before


def test_unknown_field_is_named(machine: Machine, name: str) -> None:
    answer = sent(machine, f"/holds/{name}/service", b'{"charge": "x", "at": 5}')

    assert set(answer.json()["fields"]) == {"charge", "at"}


def test_key_given_twice_counts_once_and_no_body_is_an_empty_one(
    machine: Machine, name: str
) -> None:
    twice = sent(machine, f"/holds/{name}/call", b'{"note": "first", "note": "second"}')
    bare = machine.request("POST", f"/holds/{name}/service")

    assert (twice.status_code, bare.status_code) == (200, 200)


@pytest.mark.parametrize("path", ["/holds/a%00b", "/events?kind=x", "/holds?nowhere=1"])
def test_address_that_cannot_be_taken_is_refused_with_its_field(
    machine: Machine, path: str
) -> None:
    answer = machine.get(path)

    assert answer.status_code == 422
    assert len(answer.json()["fields"]) == 1


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bJ9JmPulWyJ4IiwieSJd", "é", "=" * 900])
@pytest.mark.parametrize("path", ["/holds", "/events"])
def test_cursor_that_is_none_of_the_list_is_refused(
    machine: Machine, path: str, cursor: str
) -> None:
    answer = machine.get(path, params={"cursor": cursor})

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"cursor"}


def test_address_below_the_interface_that_is_none_answers_as_json(machine: Machine) -> None:
    answer = machine.get("/nowhere")

    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_document_is_for_everybody_and_declares_every_answer(office: Office) -> None:
    document = Browser(office.app).get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        assert path.startswith(API)
        for method, told in operations.items():
            at = f"{method} {path}"
            answers = set(told["responses"])
            assert {"401", "422", "429", "500"} <= answers, at
            assert any(status.startswith("2") for status in answers), at
            assert told["summary"], at
            assert told["description"], at
            assert told["tags"], at
            if method == "post":
                assert {"403", "409", "413", "415"} <= answers, at
                assert told["security"] == [{"key": []}], at
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_document_says_of_bodies_and_answers_by_example_what_they_look_like(
    office: Office,
) -> None:
    document = Browser(office.app).get("/openapi.json").json()

    posted = document["paths"][f"{API}/holds"]["post"]
    assert posted["requestBody"]["content"]["application/json"]["example"]["hold_ref"]
    shown = posted["responses"]["201"]["content"]["application/json"]["example"]
    assert set(shown) == set(document["components"]["schemas"]["Hold"]["properties"])
    assert "showHold" in posted["responses"]["201"]["links"]


def test_page_of_the_interface_runs_and_loads_nothing_but_our_own_files(office: Office) -> None:
    browser = Browser(office.app)

    answer = browser.get("/docs")

    page = Page(answer)
    scripts = [each["src"] for each in page.all("script")]
    styles = [each["href"] for each in page.all("link", rel="stylesheet")]
    assert all(each and each.startswith("/") for each in (*scripts, *styles))
    assert [browser.get(str(each)).status_code for each in (*scripts, *styles)] == [200, 200, 200]
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert browser.get("/docs/redoc.standalone.js").status_code == 404
