"""Routes that write: JSON alone, read with care, and once under one `Idempotency-Key`.

Every module of the interface makes its router with `router(...)`. A route
takes who asks as `caller: Asks` and is a plain function, which begins by finding that out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from email.message import Message
from functools import wraps
from hashlib import sha256
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from scheduler.errors import InFlightError, InvalidHoldError
from scheduler.replies import Kept, Replies, Ticket
from web.identity import Asking, Caller

PREFIX = "/api/v1"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
"""Says that an answer was given before, and nothing was written for this one."""
KEPT_HEADERS = ("content-type", "etag", "location")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Endpoint = Callable[..., Any]


class Asked:
    """One request under a key, on its way through the application.

    Attributes:
        key: As it was sent.
        digest: Of the method, the address and the body.
        ticket: What it writes under; None before it comes to that, and where it was
            answered before.
    """

    def __init__(self, key: str, digest: str, replies: Replies) -> None:
        self.key = key
        self.digest = digest
        self.replies = replies
        self.ticket: Ticket | None = None


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def is_done() -> bool:
    """Say whether this request was carried out before, and its answer was lost.

    A route that `answers_again` then shows what came of it and writes nothing.
    """
    asked = _asked.get()
    return asked is not None and asked.ticket is not None and asked.ticket.is_done


def answers_again(endpoint: Endpoint) -> Endpoint:
    """Mark a route that can show what came of a request whose answer was lost."""
    endpoint.answers_again = True  # type: ignore[attr-defined]  # a mark on a function
    return endpoint


class JsonRequest(Request):
    """A request whose body is read by a parser that refuses what others take for JSON.

    Nesting too deep to follow, halves of characters, and `NaN` are no JSON to it.
    """

    async def json(self) -> Any:
        """Return the body."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json


class ApiRoute(APIRoute):
    """A route of the interface."""

    def __init__(self, path: str, endpoint: Endpoint, **more: Any) -> None:
        is_safe = SAFE.issuperset(more.get("methods") or {"GET"})
        super().__init__(path, knowing(endpoint if is_safe else once(endpoint)), **more)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await read(request)
            except RequestValidationError:
                # Who may not ask is told that, and not what is wrong with the rest.
                if hasattr(request.state, "asking"):
                    await run_in_threadpool(request.state.asking.caller)
                raise

        async def read(request: Request) -> Response:
            if request.method in SAFE:
                return await answer(request)
            _require_json(request)
            read = JsonRequest(request.scope, request.receive)
            key = request.headers.get(KEY_HEADER)
            if key is None:
                return await answer(read)
            return await _under(key, read, answer)

        return handle


def router(*, prefix: str = "", **more: Any) -> APIRouter:
    """Return a router for routes of the interface, as `APIRouter` takes it."""
    return APIRouter(
        prefix=PREFIX + prefix,
        route_class=ApiRoute,
        generate_unique_id_function=_operation_id,
        **more,
    )


def _operation_id(route: APIRoute) -> str:
    """Name an operation by its function: `add_facility` is `addFacility` to clients."""
    first, *rest = route.name.strip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def _require_json(request: Request) -> None:
    """Refuse a body of another kind; a request without one says what it does by its address.

    Raises:
        HTTPException: It is no JSON (415).
    """
    told = request.headers.get("content-type")
    if told is None:
        has_body = request.headers.get("content-length", "0") != "0"
        if not has_body and "transfer-encoding" not in request.headers:
            return
    read = Message()
    read["content-type"] = told or "none"
    if read.get_content_type() != "application/json":
        shown = repr((told or "none")[:80])
        raise HTTPException(415, f"Content-Type: {shown} is not read here; send application/json")


async def _under(
    key: str, request: Request, answer: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    """Answer a request under its key, and keep the answer."""
    if not _KEY.fullmatch(key):
        raise InvalidHoldError(
            f"{KEY_HEADER}: it is empty, too long, or has other characters than visible ASCII; "
            "send 1 to 255 of those, as a UUID",
            field=KEY_HEADER,
        )
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    asked = Asked(key, sha256(told + await request.body()).hexdigest(), request.app.state.replies)
    token = _asked.set(asked)
    try:
        response = await answer(request)
    finally:
        _asked.reset(token)
    # What was refused wrote nothing: mended, it may come again under the same key.
    if asked.ticket is not None and response.status_code < 300:
        headers = {
            name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
        }
        kept = Kept(response.status_code, headers, bytes(response.body))
        await run_in_threadpool(asked.replies.keep, asked.ticket, kept)
    return response


def knowing(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint begin by finding out who asks, in its own thread."""

    @wraps(endpoint)
    def answer(**told: Any) -> Any:
        known = {
            name: each.caller() if isinstance(each, Asking) else each for name, each in told.items()
        }
        return endpoint(**known)

    return answer


def once(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint write once under one key; without a key it is as it was."""

    @wraps(endpoint)
    def guarded(**told: Any) -> Any:
        asked = _asked.get()
        if asked is None:
            return endpoint(**told)
        caller = next(each for each in told.values() if isinstance(each, Caller))
        try:
            return _carried_out(endpoint, told, asked, caller)
        except InFlightError:
            # Another request under this key was a moment faster: by now it may be answered.
            return _carried_out(endpoint, told, asked, caller)

    return guarded


def _carried_out(endpoint: Endpoint, told: dict[str, Any], asked: Asked, caller: Caller) -> Any:
    begun = asked.replies.begin(caller.actor.name, asked.key, asked.digest)
    if isinstance(begun, Kept):
        return Response(begun.body, begun.status, {**begun.headers, REPLAYED_HEADER: "true"})
    if begun.is_done and not hasattr(endpoint, "answers_again"):
        raise InFlightError(
            f"{KEY_HEADER}: the request under '{asked.key}' was carried out, and its answer was "
            "lost; read what there is now, and take a new key for a new request"
        )
    asked.ticket = begun
    with asked.replies.riding(begun):
        return endpoint(**told)
