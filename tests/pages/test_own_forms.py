"""Whatever a page changes: the form must be ours and of this session. Refusals are on the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from scheduler.accounts.sessions import form_token
from scheduler.links import InvitationLinks
from tests.support.browser import Page
from tests.support.house import FACILITY, OPERATOR, Premises
from tests.support.office import COOKIE, Office
from tests.support.shared_app import SharedApp
from tests.support.signing_in import PASSWORD, Visitor
from web import guards, identity
from web.identity import FOR_MACHINES, SAFE

BY_THE_LINK = {"/acknowledge/{token}"}
"""The link is the right to answer, and nobody has a session: `require_own_form` alone."""


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    return Office(sqlite_premises)


def unsafe_routes(
    app: FastAPI | SharedApp,
) -> Iterator[tuple[str, str, set[Callable[..., Any] | None]]]:
    """Yield method, path and everything it depends on, of each page's route that may change."""
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if path.startswith((*FOR_MACHINES, "/static")):
            continue
        for method in sorted(set(context.methods or ()) - SAFE):
            yield method, path, set(_calls(context.dependant))


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def test_every_route_of_a_page_that_may_change_something_asks_for_a_form_of_ours(
    office: Office,
) -> None:
    guards_of_ours = {identity.own_form, identity.own_visitor_form}
    found = list(unsafe_routes(office.app))

    bare = {path for _, path, calls in found if not calls & guards_of_ours}

    assert bare == BY_THE_LINK
    assert {"/sign-in", "/sign-out", "/second-factor"} <= {path for _, path, _ in found}


def test_every_such_route_refuses_a_form_of_another_site_and_one_without_the_token(
    office: Office,
) -> None:
    asks = office.person("administrator")
    for method, path, _ in unsafe_routes(office.app):
        url = path.replace("{token}", "x").replace("{", "").replace("}", "")

        foreign = asks.request(
            method, url, data={guards.CSRF: asks.csrf}, headers={"sec-fetch-site": "cross-site"}
        )
        bare = asks.request(method, url, data={})
        other = asks.request(method, url, data={guards.CSRF: form_token("another session")})

        assert foreign.status_code == 403, (method, path)
        if path not in BY_THE_LINK:
            assert (bare.status_code, other.status_code) == (403, 403), (method, path)


def test_form_of_this_session_is_taken(office: Office) -> None:
    asks = office.person("facility", [FACILITY])

    answer = asks.send("/stay-signed-in", {"next": "/holds/X?a=1"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/holds/X?a=1")


def test_form_of_an_earlier_session_of_the_same_person_is_refused(office: Office) -> None:
    first = office.person("facility", [FACILITY])
    csrf = first.csrf
    first.cookies.set(COOKIE, office.token(first.account_id), domain="holds.example.gov", path="/")

    assert first.post("/stay-signed-in", {guards.CSRF: csrf}).status_code == 403


def test_refusal_of_somebody_known_is_on_the_log_by_its_route(office: Office) -> None:
    asks = office.person("auditor")
    key = office.machine("facility", [FACILITY])

    asks.post("/stay-signed-in", {guards.CSRF: "none"})
    key.post("/facilities", {"code": "X", "name": "X", "state": "NC", "timezone": "UTC"})

    told = office.premises.events(kind="access_refused")
    assert [(each["actor"][:4], each["data"]["what"]) for each in told] == [
        ("user", "POST /stay-signed-in"),
        ("key:", "POST /api/v1/facilities"),
    ]
    assert told[0]["data"]["source"] == "127.0.0.1"


def test_whoever_is_not_known_leaves_no_refusal_and_machines_are_told_in_json(
    office: Office,
) -> None:
    visitor = Visitor(office)

    page = visitor.post("/stay-signed-in", {"next": "/"})
    machine = visitor.get("/api/v1/holds")

    assert (page.status_code, page.headers["www-authenticate"]) == (401, "Session")
    assert (machine.status_code, machine.headers["www-authenticate"]) == (401, "Bearer")
    assert machine.headers["content-type"] == "application/problem+json"
    assert office.premises.events(kind="access_refused") == []


def test_cookie_lets_read_below_api_and_write_nothing(office: Office) -> None:
    asks = office.person("administrator")

    read = asks.get("/api/v1/facilities")
    written = asks.request(
        "POST", "/api/v1/offices", json={"code": "X", "name": "X"}, headers={"csrf": asks.csrf}
    )

    assert (read.status_code, written.status_code) == (200, 401)


def test_key_opens_no_page(office: Office) -> None:
    made = office.people.api_keys.add(OPERATOR, name="x", role="administrator")
    headers = {"Authorization": f"Bearer {made.key}"}

    answer = Visitor(office).post("/stay-signed-in", {}, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"sec-fetch-mode": "navigate"}, 200, id="a click"),
        pytest.param({}, 200, id="a browser that does not say"),
        pytest.param({"sec-fetch-mode": "cors"}, 303, id="a script of the page"),
    ],
)
def test_what_a_script_fetches_keeps_nobody_signed_in(
    office: Office, headers: dict[str, str], status: int
) -> None:
    asks = office.person("auditor")
    for _ in range(3):
        office.premises.clock.tick(minutes=14)
        asks.get("/", headers=headers)

    assert asks.get("/").status_code == status


# Invitations.


def invited(office: Office) -> tuple[Visitor, str]:
    visitor = Visitor(office)
    made = office.people.invitations.invite(OPERATOR, visitor.account_id)
    url = InvitationLinks(office.premises.settings.secret_key, "https://x").url(made)
    return visitor, url.removeprefix("https://x")


def test_opening_an_invitation_uses_nothing_up(office: Office) -> None:
    visitor, url = invited(office)

    statuses = [visitor.request(method, url).status_code for method in ("GET", "HEAD", "GET")]

    assert statuses == [200, 200, 200]
    assert office.premises.scalar("SELECT count(*) FROM invitation WHERE used_at IS NOT NULL") == 0


def test_invitation_leads_through_the_password_to_the_second_factor_and_in(
    office: Office,
) -> None:
    visitor, url = invited(office)
    words = "green tractors eat nine clouds"

    answer = visitor.fill(visitor.get(url), url, password=words, again=words)
    visitor.enrol()
    again = visitor.get(url)

    assert answer.headers["location"] == "/second-factor"
    assert visitor.is_in
    assert again.status_code == 404
    assert "not good" in Page(again).text


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (PASSWORD, PASSWORD + "x", "are not the same"),
        ("short", "short", "too short: 5 of at least 15"),
        ("Duty desk Duty desk", "Duty desk Duty desk", "tried first"),
    ],
)
def test_password_that_cannot_be_is_said_on_the_page_and_not_put_into_it(
    office: Office, password: str, again: str, said: str
) -> None:
    visitor, url = invited(office)

    answer = visitor.fill(visitor.get(url), url, password=password, again=again)

    assert answer.status_code == 422
    assert said in Page(answer).text
    assert f'value="{password}' not in answer.text
    assert visitor.get(url).status_code == 200


def test_weak_password_is_refused_in_the_readers_language(office: Office) -> None:
    visitor, url = invited(office)
    spanish = {"accept-language": "es-US,es;q=0.9"}
    form = Page(visitor.get(url, headers=spanish)).form(password="plo5e", again="plo5e")

    answer = visitor.post(url, form, headers=spanish)

    assert answer.status_code == 422
    assert "demasiado corta: 5 caracteres, de 15 como mínimo" in Page(answer).text


def test_stale_invitation_is_refused(office: Office) -> None:
    visitor, url = invited(office)
    page = visitor.get(url)
    office.premises.clock.tick(days=3)

    late = visitor.fill(page, url, password=PASSWORD, again=PASSWORD)

    assert late.status_code == 404
