"""Who asks: a machine by its key, or a person by their session. The only place that decides it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from scheduler.accounts.api_keys import ApiKeys
from scheduler.accounts.sessions import Session, Sessions, form_token
from scheduler.accounts.users import Account
from scheduler.accounts.walls import Walls
from scheduler.domain.actors import Actor
from scheduler.errors import NotSignedInError
from web import guards
from web.cookies import SessionCookie
from web.rate_limits import RateLimits

BEARER = "bearer "
FOR_MACHINES = ("/api/", "/stream")
"""Paths below which keys are taken. Sessions are too, but only to read."""
STREAM = "/stream"
"""What screens on walls follow, too."""
WALL_COOKIE = "holdclock-wall"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        actor: What they are to the record.
        account: Theirs, if they are a person.
        session: Theirs, if they are a person.
        at: When they asked, UTC, if they are a machine.
    """

    actor: Actor
    account: Account | None = None
    session: Session | None = None
    at: datetime | None = None


class Person(NamedTuple):
    """A person who asks for a page."""

    actor: Actor
    account: Account
    session: Session


class Asking:
    """Who asks, still to be found out: in the thread that answers, not in one of its own.

    Handing a request over to a thread and back takes longer than looking up a key.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._checks: list[Callable[[Caller], None]] = []

    def require(self, check: Callable[[Caller], None]) -> None:
        """Let only those through whom a check does not refuse."""
        self._checks.append(check)

    def caller(self) -> Caller:
        """Return who asks.

        Raises:
            NotSignedInError: Nobody we know.
            NotAllowedError: A check refuses them.
            TooManyRequestsError: A machine that asks too often.
        """
        found = caller(self._request)
        for check in self._checks:
            check(found)
        return found


class Identity:
    """Finds out who asks.

    Args:
        api_keys: Knows machines.
        sessions: Knows people.
        walls: Knows screens on walls.
        base_url: Where browsers reach the application.
        limits: Counts what machines ask.
    """

    def __init__(
        self,
        api_keys: ApiKeys,
        sessions: Sessions,
        *,
        walls: Walls,
        base_url: str,
        limits: RateLimits,
    ) -> None:
        self._api_keys = api_keys
        self._sessions = sessions
        self._walls = walls
        self.base_url = base_url
        self._limits = limits
        self.cookie = SessionCookie(base_url)
        self.wall_cookie = SessionCookie(base_url, WALL_COOKIE)

    def caller(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            NotSignedInError: Nobody we know.
            TooManyRequestsError: A machine that asks too often.
        """
        found = self.still(request)
        if found.account is None:
            # Not before: who knows a key's id alone must not use up its requests.
            self._limits.api(found.actor.name)
        request.state.actor = found.actor
        return found

    def still(self, request: Request) -> Caller:
        """Return who asks, of a request that goes on: it is not counted again.

        Raises:
            NotSignedInError: Nobody we know, or not any more.
        """
        is_for_machines = request.url.path.startswith(FOR_MACHINES)
        told = request.headers.get("authorization", "")
        if is_for_machines and told[: len(BEARER)].lower() == BEARER:
            known = self._api_keys.who(told[len(BEARER) :].strip())
            return Caller(known.actor, at=known.at)
        if request.url.path == STREAM and self.wall_cookie.read(request):
            return self.watcher(request)
        if is_for_machines and (request.method not in SAFE or not self.cookie.read(request)):
            # A browser sends its cookie with whatever another site makes it send: what
            # writes below these paths is for keys, which no browser adds by itself.
            raise NotSignedInError("Authorization: it is missing; send 'Bearer' and an API key")
        return Caller(*self.person(request))

    def person(self, request: Request) -> Person:
        """Return the person who asks.

        Raises:
            NotSignedInError: Nobody is signed in.
        """
        is_activity = _is_by_a_person(request)
        session = self._sessions.who(self.cookie.read(request), is_activity=is_activity)
        request.state.actor = session.actor
        request.state.account = session.account
        return Person(session.actor, session.account, session)

    def watcher(self, request: Request) -> Caller:
        """Return who watches a board: the person signed in, or the screen on the wall.

        Raises:
            NotSignedInError: Neither.
        """
        try:
            return Caller(*self.person(request))
        except NotSignedInError:
            if not self.wall_cookie.read(request):
                raise
        actor = self._walls.who(self.wall_cookie.read(request))
        request.state.actor = actor
        return Caller(actor)


def _is_by_a_person(request: Request) -> bool:
    """Say whether somebody is at the desk: a page that refreshes itself keeps nobody signed in."""
    if request.method not in SAFE:
        return True
    if request.url.path.startswith(FOR_MACHINES):
        return False
    # Browsers say so of what a script fetches; a person's click navigates.
    return request.headers.get("sec-fetch-mode", "navigate") == "navigate"


async def own_form(request: Request) -> Person:
    """Return the person who sends a form of ours.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotAllowedError: Another site's page sent it, or it is not of this session.
    """
    identity = identity_of(request)
    guards.require_own_form(request, identity.base_url)
    asks = await run_in_threadpool(identity.person, request)
    await _require_token(request, asks.session.csrf)
    return asks


async def own_visitor_form(request: Request) -> str:
    """Return the token of the browser that sends a form of ours, signed in or on the way.

    Raises:
        NotAllowedError: Another site's page sent it, or it is not of this browser.
    """
    identity = identity_of(request)
    guards.require_own_form(request, identity.base_url)
    token = identity.cookie.read(request)
    await _require_token(request, form_token(token) if token else "")
    return token


async def _require_token(request: Request, expected: str) -> None:
    # Read here, not declared: a second form parameter would change how a route's own is read.
    guards.require_token((await request.form()).get(guards.CSRF), expected)


def identity_of(request: Request) -> Identity:
    """Return what the application was made with."""
    identity: Identity = request.app.state.identity
    return identity


async def asking(request: Request) -> Asking:
    """Return who asks, as the routes of the interface take it (web/api/writing.py)."""
    asks = request.state.asking = Asking(request)
    return asks


def caller(request: Request) -> Caller:
    """Return who asks.

    Raises:
        NotSignedInError: Nobody we know.
    """
    return identity_of(request).caller(request)


def person(request: Request) -> Person:
    """Return the person who asks for a page.

    Raises:
        NotSignedInError: Nobody is signed in.
    """
    return identity_of(request).person(request)


def watcher(request: Request) -> Caller:
    """Return who watches a board.

    Raises:
        NotSignedInError: Nobody is signed in, and this is no screen on a wall.
    """
    return identity_of(request).watcher(request)


Asks = Annotated[Caller, Depends(asking)]
"""The parameter of every route of the interface, and of no other: `ApiRoute` finds out who it is."""
Follows = Annotated[Caller, Depends(caller)]
"""The same of the stream, which has no thread of its own to find it out in."""
SignedIn = Annotated[Person, Depends(person)]
"""The same of a page: only people ask for those."""
Watches = Annotated[Caller, Depends(watcher)]
"""The same of the board on a wall: a screen of its own may ask for it, too."""
Sends = Annotated[Person, Depends(own_form)]
"""The parameter of every page's route that changes something: the form must be of this session."""
SendsUnknown = Annotated[str, Depends(own_visitor_form)]
"""The same where nobody need be signed in yet: the form must be of this browser."""
