"""Texts that a database or a parser chokes on, in every field, filter and path of the interface."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.support.browser import Browser
from tests.support.house import FACILITY, OFFICE, ZONE, Premises
from tests.support.office import API
from tests.support.route_book import HEADERS, QUERIES, Route, address, body_of, routes
from tests.support.two_jails import LODGED, TwoJails
from web.api.writing import SAFE

HOSTILE: Final = ("a\x00b", "x\u202ey", "\U0010ffff", "1" * 5000, "'; --")


def bodies(told: Any) -> Iterator[Any]:
    """Yield a body once for each of its texts, with a hostile one in its place."""
    if isinstance(told, dict):
        for name, value in told.items():
            for hostile in bodies(value):
                yield {**told, name: hostile}
    elif isinstance(told, list):
        for place, value in enumerate(told):
            for hostile in bodies(value):
                yield [*told[:place], hostile, *told[place + 1 :]]
    elif isinstance(told, str):
        yield from HOSTILE


@pytest.fixture
def jails(premises: Premises) -> TwoJails:
    return TwoJails(premises)


def machine_routes(jails: TwoJails) -> list[Route]:
    return [route for route in routes(jails.office.app) if route.path.startswith(f"{API}/")]


def paths(jails: TwoJails) -> Mapping[str, Any]:
    """Return what the interface's document says of each path."""
    told: Mapping[str, Any] = Browser(jails.office.app).get("/openapi.json").json()["paths"]
    return told


def filters(described: Mapping[str, Any], route: Route) -> list[str]:
    """Return the names of what a route reads of its query."""
    told = described[route.path]["get"].get("parameters", [])
    return [each["name"] for each in told if each["in"] == "query"]


def named(route: Route, name: str) -> str:
    """Return the path of a route about something of a name."""
    return re.sub(r"\{[^}]*\}", lambda _: name, route.path).removeprefix(API)


def test_no_text_in_a_body_breaks_anything(jails: TwoJails) -> None:
    broken = []

    for route in machine_routes(jails):
        if route.method in SAFE or route.roles is None:
            continue
        told = body_of(route, FACILITY, jails)
        path = address(route, "administrator", own=True, jails=jails).removeprefix(API)
        headers = HEADERS.get(route.path.rpartition("/")[2], {})
        # A key of its own: one alone would have asked too often.
        asks = jails.machine("administrator" if "administrator" in route.roles else "facility")
        more = MORE.get(route.path.removeprefix(API), {})
        for body in (*bodies(told), *bodies({**told, **more})):
            answer = asks.request(route.method, path, json=body, headers=headers)
            if answer.status_code >= 429:
                broken.append((route.name, str(body)[:200], answer.text[:200]))

    assert broken == []


MORE: Final[Mapping[str, Mapping[str, Any]]] = {
    "/holds": {"reason": "x", "policy": "i-247a", "subject_name": "x", "a_number": "x"},
    "/contacts": {"kinds": ["hold.reminder"], "schedule": "mon 08:00-18:00", "timezone": ZONE},
    "/channels": {"kind": "webhook", "url": "https://x.example.gov", "address": None,
                  "secret": "x", "ca_pem": "x", "client_pem": "x"},
    "/facilities": {"ladder": ["4 h"], "phone": "x", "office_code": OFFICE},
    "/holidays": {"policies": ["i-247a"], "states": ["NC"], "facilities": [FACILITY]},
    "/holidays/{holiday_id}": {"policies": ["i-247a"], "facilities": [FACILITY], "source": "x"},
    "/users": {"name": "x", "role": "facility", "facility_codes": [FACILITY]},
    "/api-keys": {"role": "facility", "facility_codes": [FACILITY], "expires_at": LODGED},
    "/holds/{name}/outcome": {"superseded_by": "x", "basis": "x"},
    "/holds/{name}/notice": {"to": "x", "how": "x", "release_at": LODGED},
    "/holds/{name}/transfer": {"by": "x", "to": "x", "reason": "x", "note": "x"},
}  # fmt: skip
"""What a body may have beside what it must."""


def test_no_text_in_a_filter_or_a_path_breaks_anything(jails: TwoJails) -> None:
    described = paths(jails)
    broken = []

    for route in machine_routes(jails):
        if route.method not in SAFE:
            continue
        machine = jails.machine("administrator")
        known = QUERIES.get(route.path.removeprefix(API), {})
        path = address(route, "administrator", own=True, jails=jails).removeprefix(API)
        for hostile in HOSTILE:
            answers = [
                machine.get(path, params={**known, name: hostile})
                for name in filters(described, route)
            ]
            if route.is_about_one:
                answers.append(machine.get(named(route, quote(hostile[:200], safe=""))))
            broken += [
                (route.name, hostile[:20], answer.text[:200])
                for answer in answers
                if answer.status_code >= 429
            ]

    assert broken == []


def test_every_route_is_in_the_document_that_filters_are_read_from(jails: TwoJails) -> None:
    assert {route.path for route in machine_routes(jails)} == set(paths(jails))
