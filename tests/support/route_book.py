"""The application's routes with the rules they declare, and what each is asked with."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from tests.support.house import FACILITY, OFFICE, OPERATOR, ZONE
from tests.support.office import API
from tests.support.shared_app import SharedApp
from tests.support.two_jails import ELM, LODGED, SCOPED, TwoJails
from web import identity, rules
from web.api.writing import SAFE

NEW: Final = itertools.count(1)


class Route(NamedTuple):
    """A route of the application, and the rule it declares.

    Attributes:
        asks: How it finds out who asks: by a key or session, of people alone, or by a form.
        roles: That it lets through; None where it declares no rule.
    """

    method: str
    path: str
    asks: str
    roles: frozenset[str] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def noun(self) -> str:
        """What it is about, as it stands in its path."""
        below = self.path.removeprefix(API).removeprefix("/administration")
        return below.strip("/").partition("/")[0]

    @property
    def is_about_one(self) -> bool:
        return "{" in self.path


ASKS: Final[Mapping[Callable[..., Any], str]] = {
    identity.asking: "anybody",
    identity.caller: "anybody",
    identity.person: "people",
    identity.watcher: "people",
    identity.own_form: "form",
}


def calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls(each)


def routes(app: FastAPI | SharedApp) -> list[Route]:
    found = []
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            assert context.path == "/static"
            continue
        used = set(calls(context.dependant))
        asks = next((name for call, name in ASKS.items() if call in used), "")
        limits = [roles for check, roles in rules.BY_CHECK.items() if check in used]
        is_read = SAFE.issuperset(context.methods or ())
        everybody = rules.OF_PEOPLE_AND_MACHINES if asks and (is_read or asks == "form") else None
        roles = limits[0] if limits else everybody
        told = None if roles is None else frozenset(role.value for role in roles)
        methods = sorted(set(context.methods or ()) - {"HEAD"})
        found += [Route(method, context.path or "", asks, told) for method in methods]
    return found


# What each route is asked with. --------------------------------------------------------


HOLD_BODIES: Final[Mapping[str, Any]] = {
    "papers": {"paper": "warrant"},
    "outcome": {"outcome": "cancelled"},
    "correction": {"field": "lodged_at", "to": "2026-03-02T07:00:00-05:00", "reason": "a slip"},
}


def body_of(route: Route, place: str, jails: TwoJails) -> Any:
    """Return what a route takes that writes."""
    number = next(NEW)
    agreed = {"reason": "proclaimed", "confirm": True}
    day = {"day": f"2032-{number % 12 + 1:02}-{number // 12 % 28 + 1:02}", **agreed}
    bodies: dict[str, Callable[[], Any]] = {
        "POST /holds": lambda: {
            "facility_code": place,
            "hold_ref": f"M-{number}",
            "detainer_type": "I-247A",
            "lodged_at": LODGED,
        },
        "POST /facilities": lambda: {
            "code": f"F{number}", "name": "New", "state": "NC", "timezone": ZONE
        },
        "PATCH /facilities/{code}": lambda: {"phone": f"+1 919 555 {number:04}"},
        "POST /offices": lambda: {"code": f"O{number}", "name": "New"},
        "PATCH /offices/{code}": lambda: {"phone": f"+1 919 555 {number:04}"},
        "POST /contacts": lambda: {"name": "New", "office_code": OFFICE},
        "PATCH /contacts/{contact_id}": lambda: {"name": f"New {number}"},
        "POST /channels": lambda: {
            "contact_id": jails.contact(), "kind": "email", "address": "desk@example.org"
        },
        "PATCH /channels/{channel_id}": lambda: {"place": 3},
        "POST /holidays": lambda: {**day, "name": f"Day {number}", "source": "Order"},
        "PATCH /holidays/{holiday_id}": lambda: {**agreed, "name": f"Day {number}"},
        "POST /holidays/{holiday_id}/disable": lambda: agreed,
        "POST /policies/{policy_id}/apply": lambda: agreed,
        "POST /users": lambda: {"email": f"matrix{number}@example.gov", "role": "auditor"},
        "PATCH /users/{user_id}": lambda: {"name": f"New {number}"},
        "POST /api-keys": lambda: {"name": "New", "role": "auditor"},
        "PATCH /api-keys/{key_id}": lambda: {"name": f"New {number}"},
        "POST /walls": lambda: {"name": "New", "facility_codes": [FACILITY]},
        "POST /calendar-feeds": lambda: {"account": jails.user()},
    }  # fmt: skip
    asked = f"{route.method} {route.path.removeprefix(API)}"
    if asked in bodies:
        return bodies[asked]()
    return HOLD_BODIES.get(route.path.rpartition("/")[2], {})


QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "/deadlines": {"policy": "i-247a", "from": LODGED, "timezone": ZONE},
    "/holiday-moves": {"day": "2033-01-05"},
    "/holidays/{holiday_id}/moves-of-editing": {"day": "2033-01-06"},
}
HEADERS: Final[Mapping[str, Mapping[str, str]]] = {"correction": {"If-Match": '"1"'}}


def fresh(route: Route, jails: TwoJails) -> str:
    """Make something for a route to change, that nothing else is about; its id."""
    desk, people = jails.premises.administration, jails.office.people

    def with_feed() -> str:
        account = jails.user()
        people.calendar_feeds.add(OPERATOR, account)
        return account

    def screen() -> str:
        return people.walls.add(OPERATOR, name="New", facilities=[FACILITY]).id

    def rotating() -> str:
        channel = jails.channel()
        jails.office.parts.rotation.begin(OPERATOR, channel)
        return channel

    makers: dict[str, Callable[[], str]] = {
        "facilities": lambda: jails.code(desk.add_facility, state="NC", timezone=ZONE),
        "offices": lambda: jails.code(desk.add_office),
        "contacts": jails.contact,
        "channels": rotating if route.path.endswith("/finish") else jails.channel,
        "holidays": jails.holiday,
        "policies": lambda: "nc-162-62-2025",
        "users": jails.user,
        "api-keys": jails.key,
        "deliveries": lambda: jails.delivery("dead"),
        "calendar-feeds": with_feed,
        "walls": screen,
        "holds": jails.hold,
    }
    return makers[route.noun]()


def one_of(route: Route, role: str, *, own: bool, jails: TwoJails) -> str:
    """Return the id of what a route is asked about."""
    if route.noun == "reports":
        return "2026"
    if route.noun == "holds" and route.method not in SAFE:
        return jails.hold(FACILITY if own else ELM)
    if route.method not in SAFE or route.noun in {"users", "api-keys", "walls"}:
        return fresh(route, jails)
    return (jails.own if own else jails.foreign)[role][route.noun]


def address(route: Route, role: str, *, own: bool, jails: TwoJails) -> str:
    """Return the path by which a route is asked about something."""
    if not route.is_about_one:
        return route.path
    return re.sub(r"\{[^}]*\}", one_of(route, role, own=own, jails=jails), route.path)


def expected(route: Route, role: str, *, own: bool) -> int:
    """Return the status that the rule of a route says; 200 for whatever is done."""
    assert route.roles is not None
    if role not in route.roles:
        return 403
    has_places = route.noun not in {"reports", "policies", "users", "api-keys"}
    is_about_a_place = route.is_about_one or route.name == f"POST {API}/holds"
    return 404 if role in SCOPED and not own and has_places and is_about_a_place else 200


def ask(jails: TwoJails, machine: Any, route: Route, role: str, *, own: bool) -> httpx.Response:
    place = FACILITY if own else ELM
    path = address(route, role, own=own, jails=jails)
    short = route.path.removeprefix(API)
    more: dict[str, Any] = {"params": QUERIES.get(short, {})}
    if route.method in {"POST", "PATCH"}:
        more["json"] = body_of(route, place, jails)
        more["headers"] = HEADERS.get(short.rpartition("/")[2], {})
    answer: httpx.Response = machine.request(route.method, path.removeprefix(API), **more)
    return answer
