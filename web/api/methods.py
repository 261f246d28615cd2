"""Methods that no route names: HEAD reads like GET, and OPTIONS says what there is."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Methods:
    """Answers for the methods around those that the routes have.

    Args:
        app: Answers the rest.
        routes: Of the interface.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        by_path: dict[str, set[str]] = {}
        for each in routes:
            if isinstance(each, APIRoute):
                by_path.setdefault(each.path, set()).update(each.methods or ())
        # Where two fit, the one that says more of the address itself is meant.
        self._addresses = [
            (compile_path(path)[0], frozenset(by_path[path]))
            for path in sorted(by_path, key=lambda path: path.count("{"))
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, allowed = scope["method"], self._allowed(scope["path"])
        if not allowed or method in allowed:
            await self._app(scope, receive, send)
        elif method == "HEAD" and "GET" in allowed:
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        elif method == "OPTIONS":
            await Response(None, 204, _told(allowed))(scope, receive, send)
        else:
            await self._app(scope, receive, _allowing(send, allowed))

    def _allowed(self, path: str) -> frozenset[str]:
        """Return the methods of an address of the interface; of any other none."""
        return next((methods for known, methods in self._addresses if known.match(path)), _NONE)


_NONE: frozenset[str] = frozenset()


def _told(allowed: frozenset[str]) -> dict[str, str]:
    implied = {"OPTIONS", "HEAD"} if "GET" in allowed else {"OPTIONS"}
    return {"Allow": ", ".join(sorted(allowed | implied))}


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def _allowing(send: Send, allowed: frozenset[str]) -> Send:
    """Say of an address all its methods: each of its routes knows its own alone."""

    async def send_allowing(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 405:
            MutableHeaders(scope=message).update(_told(allowed))
        await send(message)

    return send_allowing
