"""Role by facility by route: made from the application's routes and the rules they declare."""

from __future__ import annotations

import inspect
import re

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from tests.support.browser import Browser, Page
from tests.support.house import Premises
from tests.support.office import API
from tests.support.route_book import (
    HEADERS,
    Route,
    address,
    ask,
    body_of,
    calls,
    expected,
    one_of,
    routes,
)
from tests.support.two_jails import ELM, ROLES, SCOPED, TwoJails
from web import identity, rules
from web.api.writing import SAFE, ApiRoute
from web.frame import PLACES

OUTSIDE = {None, "help"}
"""Links that are no places of the frame."""


@pytest.fixture
def jails(sqlite_premises: Premises) -> TwoJails:
    return TwoJails(sqlite_premises)


def machine_routes(jails: TwoJails) -> list[Route]:
    return [route for route in routes(jails.office.app) if route.path.startswith(f"{API}/")]


def test_every_route_declares_a_rule_or_has_a_reason_to_have_none(jails: TwoJails) -> None:
    found = routes(jails.office.app)

    without = {route.path for route in found if not route.asks}
    assert without <= set(rules.FOR_EVERYBODY)
    assert [route.name for route in found if route.asks and route.roles is None] == []
    assert len(machine_routes(jails)) > 60


def test_who_asks_is_found_out_by_every_route_that_leaves_it_to_its_thread(jails: TwoJails) -> None:
    leaving = [
        context
        for context in iter_route_contexts(jails.office.app.routes)
        if not isinstance(context.original_route, Mount)
        and identity.asking in calls(context.dependant)
    ]

    assert len(leaving) > 60
    assert all(isinstance(each.original_route, ApiRoute) for each in leaving)
    assert not any(inspect.iscoroutinefunction(each.endpoint) for each in leaving)


def page_routes(jails: TwoJails) -> list[Route]:
    return [route for route in routes(jails.office.app) if route.asks in {"people", "form"}]


def test_nobody_is_answered_without_a_key_or_a_session(jails: TwoJails) -> None:
    browser = Browser(jails.office.app)

    def status(route: Route) -> int:
        path = re.sub(r"\{[^}]*\}", "X", route.path)
        return browser.request(route.method, path).status_code

    machines = {
        route.name: status(route) for route in routes(jails.office.app) if route.asks == "anybody"
    }
    pages = {route.name: status(route) for route in page_routes(jails)}

    assert {name: told for name, told in machines.items() if told != 401} == {}
    assert {name: told for name, told in pages.items() if told not in {303, 401, 403}} == {}


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
@pytest.mark.parametrize("role", ROLES)
def test_each_route_answers_as_its_rule_says(jails: TwoJails, role: str, own: bool) -> None:
    machine = jails.machine(role)
    wrong = []

    for route in machine_routes(jails):
        answer = ask(jails, machine, route, role, own=own)
        status = 200 if answer.is_success else answer.status_code
        if status != expected(route, role, own=own):
            wrong.append((route.name, answer.status_code, answer.text[:200]))

    assert wrong == []


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
@pytest.mark.parametrize("role", ROLES)
def test_each_page_answers_as_its_rule_says(jails: TwoJails, role: str, own: bool) -> None:
    person = jails.person(role)
    wrong = []

    for route in page_routes(jails):
        if route.method not in SAFE:
            continue
        answer = person.get(address(route, role, own=own, jails=jails))
        status = 200 if answer.is_success or answer.is_redirect else answer.status_code
        if status != expected(route, role, own=own):
            wrong.append((route.name, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_each_is_led_to_the_places_that_let_them_in_and_to_no_other(
    jails: TwoJails, role: str
) -> None:
    let_in = {
        route.path
        for route in page_routes(jails)
        if route.method in SAFE and role in (route.roles or ())
    }
    person = jails.person(role)

    page = Page(person.get("/"))

    led_to = [str(link["href"]) for link in page.all("a") if link.get("data-place") not in OUTSIDE]
    assert led_to == [href for _, href, _ in PLACES if href in let_in]
    assert {person.get(href).status_code for href in led_to} == {200}


def test_what_is_not_theirs_reads_as_what_is_not_there(jails: TwoJails) -> None:
    """A refusal must not tell apart what belongs to another jail and what does not exist."""
    for role in SCOPED:
        machine = jails.machine(role)
        for route in machine_routes(jails):
            if not route.is_about_one or expected(route, role, own=False) != 404:
                continue
            foreign = one_of(route, role, own=False, jails=jails)
            nothing = "ZZZZZZZ"
            told = [
                machine.request(
                    route.method,
                    re.sub(r"\{[^}]*\}", name, route.path).removeprefix(API),
                    **({} if route.method in SAFE else {"json": body_of(route, ELM, jails)}),
                    headers=HEADERS.get(route.path.rpartition("/")[2], {}),
                )
                for name in (foreign, nothing)
            ]
            texts = [each.text.replace(foreign, "?").replace(nothing, "?") for each in told]
            assert texts[0] == texts[1], (route.name, texts)
            assert {each.status_code for each in told} == {404}
