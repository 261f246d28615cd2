"""Machines and people at their desks: the whole application of some premises, asked by key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import httpx
from fastapi import FastAPI

from scheduler.accounts.api_keys import ApiKeys
from scheduler.commands import serving
from tests.support.browser import Browser
from tests.support.house import OPERATOR, Premises
from web.app import create_app

API: Final = "/api/v1"


class Machine:
    """Whoever asks with one key.

    Args:
        app: Asked in this process.
        key: Of whom.
    """

    def __init__(self, app: FastAPI, key: str) -> None:
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


class Office:
    """The application of some premises, and keys to it.

    Args:
        premises: Settled or not.
    """

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.app = create_app(
            serving.parts(
                premises.house, premises.settings, is_alive=lambda: True, what_is_ill=list
            )
        )
        self._keys = ApiKeys(premises.database, premises.clock)

    def machine(
        self, role: str, facilities: Collection[str] = (), offices: Collection[str] = ()
    ) -> Machine:
        """Return a machine with a new key."""
        made = self._keys.add(
            OPERATOR, name="Test", role=role, facilities=facilities, offices=offices
        )
        return Machine(self.app, made.key)
