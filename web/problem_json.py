"""What went wrong, for machines (RFC 9457): the one table from type to status."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, NamedTuple

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from scheduler.errors import (
    ConflictError,
    HoldError,
    HoldNotFoundError,
    HoldStateError,
    InFlightError,
    InvalidHoldError,
    NotAllowedError,
    NotSignedInError,
    PolicyError,
    StaleVersionError,
    TooManyRequestsError,
)


class Type(NamedTuple):
    """A type of problem: its status, its name in the URI, and its title."""

    status: int
    name: str
    title: str

    @property
    def uri(self) -> str:
        """What machines decide by."""
        return f"urn:holdclock:problem:{self.name}"


TYPES: dict[type[HoldError], Type] = {
    InvalidHoldError: Type(422, "invalid", "A value cannot be taken"),
    NotSignedInError: Type(401, "not-signed-in", "Nobody knows who asks"),
    NotAllowedError: Type(403, "not-allowed", "Not for this role"),
    HoldNotFoundError: Type(404, "not-found", "There is no such thing on record"),
    HoldStateError: Type(409, "wrong-state", "Not in the state it is in"),
    ConflictError: Type(409, "conflict", "Something else is on record"),
    InFlightError: Type(409, "in-flight", "The first request is still being answered"),
    StaleVersionError: Type(412, "stale-version", "Somebody else wrote since it was read"),
    TooManyRequestsError: Type(429, "too-many-requests", "Asked too often"),
    PolicyError: Type(500, "rules-cannot-answer", "The rules cannot answer"),
}
"""By type of error; a subclass without an own row has that of its base."""
BY_STATUS = {
    each.status: each
    for each in (
        Type(404, "not-found", "There is no such address"),
        Type(405, "method-not-allowed", "This address does not take that"),
        Type(413, "too-large", "That was too much"),
        Type(415, "not-json", "Only JSON is read here"),
        Type(500, "fault", "This could not be answered"),
    )
}
"""Of what is refused before it comes to an error of ours."""
TOO_LARGE = "At most 64 KiB are taken. Nothing was recorded."
FOR_MACHINES = ("/api/", "/openapi.json", "/stream")
"""Paths below which a problem is told as JSON (RFC 9457)."""

MEDIA_TYPE = "application/problem+json"


def type_of(error: HoldError) -> Type:
    """Return the type of an error of ours."""
    for kind in type(error).__mro__:
        if kind in TYPES:
            return TYPES[kind]
    return Type(400, "refused", "It was refused")


def status_of(error: HoldError) -> int:
    """Return the status of an error of ours."""
    return type_of(error).status


def told(error: HoldError) -> JSONResponse:
    """Return an error of ours for machines."""
    type_ = type_of(error)
    more: dict[str, Any] = {"detail": str(error)}
    if isinstance(error, InvalidHoldError) and error.by_field:
        more["fields"] = error.by_field
    if isinstance(error, ConflictError) and error.hold_id is not None:
        more["hold"] = f"/api/v1/holds/{error.hold_id}"
    answer = of_type(type_, **more)
    if isinstance(error, NotSignedInError):
        answer.headers["WWW-Authenticate"] = "Bearer"
    answer.headers.update(when_to_come_again(error))
    return answer


def when_to_come_again(error: Exception) -> dict[str, str]:
    """Return the header that says so, of whoever asked too often."""
    if not isinstance(error, TooManyRequestsError):
        return {}
    return {"Retry-After": str(max(1, ceil(error.retry_after.total_seconds())))}


def of_type(type_: Type, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """Return a problem of a type that has a name."""
    return as_json(type_.status, type_.title, headers, type=type_.uri, **more)


def of_status(exc: HTTPException) -> JSONResponse:
    """Return a refusal of the framework's, or of a guard's."""
    type_ = BY_STATUS.get(exc.status_code)
    if type_ is None:
        return as_json(exc.status_code, exc.detail, exc.headers)
    detail = TOO_LARGE if type_.name == "too-large" else exc.detail
    return of_type(type_, exc.headers, detail=detail)


def fault(reference: str) -> JSONResponse:
    """Return a fault that is ours; what was asked may have been carried out all the same."""
    detail = f"Ask again under the same Idempotency-Key; reference {reference}."
    return of_type(BY_STATUS[500], detail=detail)


def as_json(
    status: int, title: str, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Return a problem for machines (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, **more}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def is_for_machines(scope: Scope) -> bool:
    """Say whether whoever asks reads JSON rather than pages."""
    return str(scope.get("path", "")).startswith(FOR_MACHINES)


def unread(exc: RequestValidationError) -> InvalidHoldError:
    """Say of each field what is wrong with it; what was sent may be anybody's data, so not that."""
    by_field = dict(_wrong(each) for each in exc.errors())
    told_of = "; ".join(f"{field}: {message}" for field, message in by_field.items())
    return InvalidHoldError(told_of, by_field=by_field)


_SAID = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field here; leave it out",
    "json_invalid": "it is no JSON; send one object, in UTF-8",
}
"""Of what the library finds, in words of ours."""


def _wrong(found: Mapping[str, Any]) -> tuple[str, str]:
    where = found["loc"]
    inside = where[1:] if found["type"] != "json_invalid" else ()
    field = ".".join(str(part) for part in inside) or str(where[0])
    return field, _SAID.get(found["type"]) or str(found["msg"])
