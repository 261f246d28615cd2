"""Machines and people at their desks: the whole application of some premises, asked by key."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from scheduler.accounts.sessions import Stage, form_token
from scheduler.commands import serving
from scheduler.commands.people import people
from tests.support.browser import ORIGIN, Browser
from tests.support.house import OPERATOR, Premises
from tests.support.shared_app import SharedApp
from web import guards
from web.app import create_app

API: Final = "/api/v1"
COOKIE: Final = "__Host-holdclock"


class Machine:
    """Whoever asks with one key.

    Args:
        app: Asked in this process.
        key: Of whom.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._browser = Browser(app)
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read something below `/api/v1`."""
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Send JSON to something below `/api/v1`."""
        return self.request("POST", path, json={} if body is None else body, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request."""
        headers = self._headers | dict(more.pop("headers", {}))
        return self._browser.request(method, API + path, headers=headers, **more)


class Person(Browser):
    """The browser of somebody who signed in.

    Args:
        app: Asked in this process.
        account_id: Whose it is.
        token: Of their session.
    """

    def __init__(self, app: ASGIApp, account_id: str, token: str) -> None:
        super().__init__(app)
        self.account_id = account_id
        self.csrf = form_token(token)
        self.cookies.set(COOKIE, token, domain=urlsplit(ORIGIN).hostname or "", path="/")

    def send(self, url: str, form: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a form as a page of this session makes it, with its token."""
        return self.post(url, {guards.CSRF: self.csrf, **(form or {})}, **more)


class Office:
    """The application of some premises, and keys to it.

    Args:
        premises: Settled or not.
    """

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.parts = serving.parts(
            premises.house, premises.settings, is_alive=lambda: True, what_is_ill=list
        )
        self.app: FastAPI | SharedApp = SharedApp(self.parts)
        self.people = people(premises.house, premises.settings)
        self._numbers = itertools.count(1)

    def alone(self) -> FastAPI:
        """Take an application of its own from now on: to be served, or given more routes."""
        self.app = own = create_app(self.parts)
        return own

    def key(
        self, role: str, facilities: Collection[str] = (), offices: Collection[str] = ()
    ) -> str:
        """Return a new key."""
        return self.people.api_keys.add(
            OPERATOR, name="Test", role=role, facilities=facilities, offices=offices
        ).key

    def machine(
        self, role: str, facilities: Collection[str] = (), offices: Collection[str] = ()
    ) -> Machine:
        """Return a machine with a new key."""
        return Machine(self.app, self.key(role, facilities, offices))

    def person(
        self, role: str, facilities: Collection[str] = (), offices: Collection[str] = ()
    ) -> Person:
        """Return the browser of somebody with a new account, signed in a moment ago."""
        account_id = self.account(role, facilities, offices)
        return Person(self.app, account_id, self.token(account_id))

    def account(
        self, role: str, facilities: Collection[str] = (), offices: Collection[str] = ()
    ) -> str:
        """Return the id of a new account."""
        return self.people.users.add(
            OPERATOR,
            email=f"person{next(self._numbers)}@example.gov",
            name="Night sergeant",
            role=role,
            facilities=facilities,
            offices=offices,
        )

    def token(self, account_id: str, stage: Stage = Stage.SIGNED_IN) -> str:
        """Return the token of a new session of an account, that has come so far."""
        database, clock = self.premises.database, self.premises.clock
        with database.write() as connection:
            return self.people.sessions.begin(connection, account_id, clock.now(), stage)
