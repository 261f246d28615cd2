"""One web application for all premises of a test run.

Working out its routes takes longer than most tests. So it is made once, of stand-ins: each
request is answered by the parts of the premises that it is sent to.
"""

from __future__ import annotations

import functools
from collections import deque
from contextvars import ContextVar
from dataclasses import fields
from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from web.app import create_app
from web.parts import Parts

_asked: ContextVar[Parts] = ContextVar("asked")
"""The parts that answer the request at hand."""
VALUES: Final = ("base_url", "book", "pace", "provider", "sign_in_help", "trusted_proxies")
"""Parts that are looked at while an application is made: where they differ, it is another."""
_MADE: Final[deque[tuple[dict[str, Any], FastAPI]]] = deque(maxlen=4)


class _StandIn:
    """Whatever is found by these names in the parts that are asked.

    Args:
        names: From the parts on, as `("users", "get")`.
    """

    def __init__(self, *names: str) -> None:
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if _asked.get(None) is None:
            return _StandIn(*self._names, name)
        return getattr(self._found(), name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._found()(*arguments, **named)

    def _found(self) -> Any:
        return functools.reduce(getattr, self._names, _asked.get())


class SharedApp:
    """The application of some premises; its routes are worked out once for all of them.

    Args:
        parts: What it reads and records through.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._app = _app_of(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        token = _asked.set(self._parts)
        try:
            await self._app(scope, receive, send)
        finally:
            _asked.reset(token)

    @property
    def routes(self) -> list[BaseRoute]:
        """Its routes."""
        return self._app.routes


def _app_of(parts: Parts) -> FastAPI:
    values = {name: getattr(parts, name) for name in VALUES}
    for known, app in _MADE:
        if known == values:
            return app
    stand_ins = {each.name: _StandIn(each.name) for each in fields(Parts)}
    app = create_app(Parts(**{**stand_ins, **values}))
    _MADE.append((values, app))
    return app
