"""Who may call what: a route says it by the type of the parameter that takes who asks.

`Asks` (web/identity.py) is for every role: what is not theirs is not there, so it reads
404. The types here are for some roles; others are refused (403) before anything is looked
up, so that a refusal tells nothing about what is on record. A route that writes takes one
of these. The matrix in the tests is made from these declarations.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant

from scheduler.domain.actors import ALLOWED, Deed, Role, require_may
from scheduler.errors import NotAllowedError
from web.identity import Asking, Caller, Person, Sends, SignedIn, asking

OF_PEOPLE_AND_MACHINES = frozenset({Role.FACILITY, Role.AGENT, Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles that accounts and keys have; the others belong to the host, or to a link."""

FOR_EVERYBODY = {
    "/acknowledge/{token}": "the link is the right to answer",
    "/calendar/{token}.ics": "the address is the right to read",
    "/docs": "tells how to ask, and nothing of what is on record",
    "/docs/{name}": "the same",
    "/invitation/{token}": "the link is the right to set a password",
    "/openapi.json": "tells how to ask, and nothing of what is on record",
    "/livez": "tells nothing but that the process lives",
    "/readyz": "tells nothing of what is on record",
    "/sign-in": "where everybody begins",
    "/sign-in/code": "asks for the second factor of whoever gave the password",
    "/second-factor": "the same, to set it up",
    "/second-factor/qr.svg": "the same",
    "/wall/{token}": "the address is the right to watch, from this browser on",
    "/sign-out": "ends the session that the browser has, if it has one",
}
"""Routes that do not ask who it is, each with its reason."""

BY_CHECK: dict[Callable[..., Awaitable[Any]], frozenset[Role]] = {}
"""The roles that each rule lets through."""


def _rule(
    roles: Collection[Role], require: Callable[[Caller], None]
) -> Callable[[Asking], Awaitable[Asking]]:
    async def check(asks: Annotated[Asking, Depends(asking)]) -> Asking:
        asks.require(require)
        return asks

    BY_CHECK[check] = OF_PEOPLE_AND_MACHINES & frozenset(roles)
    return check


def _doing(*deeds: Deed) -> Callable[[Asking], Awaitable[Asking]]:
    """Let through whose role may do one of these; which of them is judged with the hold."""
    roles = [role for role, allowed in ALLOWED.items() if allowed.intersection(deeds)]

    def require(caller: Caller) -> None:
        if caller.actor.role not in roles:
            require_may(caller.actor, deeds[0])

    return _rule(roles, require)


OVERSEERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles that read what concerns all facilities."""


def _require_overseer(caller: Caller) -> None:
    if caller.actor.role not in OVERSEERS:
        raise NotAllowedError(
            f"{caller.actor.name}: role '{caller.actor.role}' does not read this; administrators "
            "and auditors do"
        )


async def _entering(asks: SignedIn) -> Person:
    require_may(asks.actor, Deed.FACT)
    return asks


BY_CHECK[_entering] = frozenset({Role.FACILITY})


async def _administering(asks: SignedIn) -> Person:
    require_may(asks.actor, Deed.ADMINISTER)
    return asks


BY_CHECK[_administering] = frozenset({Role.ADMINISTRATOR})


async def _changing_settings(asks: Sends) -> Person:
    require_may(asks.actor, Deed.ADMINISTER)
    return asks


BY_CHECK[_changing_settings] = frozenset({Role.ADMINISTRATOR})


def let_in(dependant: Dependant) -> frozenset[Role]:
    """Return the roles that a route lets in, by what it declares."""
    found = [BY_CHECK[call] for call in _calls(dependant) if call in BY_CHECK]
    return frozenset.intersection(OF_PEOPLE_AND_MACHINES, *found)


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


AdministersPages = Annotated[Person, Depends(_administering)]
"""Opens a page on which settings are changed."""
SendsSettings = Annotated[Person, Depends(_changing_settings)]
"""Sends a form of such a page."""
EntersHolds = Annotated[Person, Depends(_entering)]
"""Opens a page on which holds are entered."""
Oversees = Annotated[Caller, Depends(_rule(OVERSEERS, _require_overseer))]
"""Reads what concerns all facilities: accounts, keys, what a change of the law would move."""
Administers = Annotated[Caller, Depends(_doing(Deed.ADMINISTER))]
"""Changes settings and accounts."""
Records = Annotated[Caller, Depends(_doing(Deed.FACT))]
"""Records a fact about a hold of theirs."""
Cancels = Annotated[Caller, Depends(_doing(Deed.CANCEL))]
"""Cancels a detainer."""
ReportsTransfer = Annotated[Caller, Depends(_doing(Deed.REPORT_TRANSFER))]
"""Reports that the agency took custody."""
Ends = Annotated[Caller, Depends(_doing(Deed.FACT, Deed.CANCEL, Deed.REPORT_TRANSFER))]
"""Records how a hold ended."""
Acknowledges = Annotated[Caller, Depends(_doing(Deed.ACKNOWLEDGE))]
"""Says that an alert was seen."""
LogsCall = Annotated[Caller, Depends(_doing(Deed.LOG_CALL))]
"""Writes down a call."""
