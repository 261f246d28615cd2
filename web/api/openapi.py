"""The interface described for its users: the document at `/openapi.json`, the page at `/docs`.

Both are for everybody: they hold no data, and whoever connects a jail's system reads
them before there is a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import fastapi_offline
import orjson
from fastapi import APIRouter, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from web.api.schemas import Problem
from web.api.writing import KEY_HEADER, REPLAYED_HEADER, SAFE
from web.rendering import Pages

PATH, DOCS = "/openapi.json", "/docs"
VERSION = "1"
"""Of the interface: nothing in it changes its meaning while this stays."""

DOCS_POLICY = (
    # Swagger UI draws its arrows from data: addresses. Its styles come from its own file
    # and from scripts that set them one by one, which `style-src 'self'` lets through.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page, in place of that of all others."""
DRAWN_BY = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}

INTRODUCTION = """\
Holds under immigration detainers, and the 48 hours after which the authority to hold ends.

**Who asks.** Send `Authorization: Bearer hc_live_...` with every request; an administrator
makes the key. What a key may not see is not there: it answers 404, and no list, count or
cursor tells of it.

**Instants** are RFC 3339 texts with an offset on the way in, UTC with `Z` on the way out.
The window is half-open: at exactly `deadline_at` the authority is over.

**Twice.** Send an `Idempotency-Key` of your own choosing, as a UUID, with every POST. If no
answer comes, send the same again: what was carried out is not carried out twice, and you
get the first answer, with `Idempotent-Replayed: true`. Keys are kept for 48 hours.

**Versions.** The `ETag` of a hold counts what people recorded. A correction needs it as
`If-Match`; every other fact may bring it. Time moves a hold without moving its version.

**Lists** are pages: `items`, and `next_cursor` for what follows.

**Refusals** are `application/problem+json` (RFC 9457). Decide by `type`, never by the words.
"""

TAGS = {
    "holds": "Put on record, listed, read, explained.",
    "facts": "What happened to a hold: each is recorded once, where it belongs in time.",
    "events": "What was observed, never changed.",
    "reports": "Fiscal years by state, facility and month.",
    "deadlines": "Pure calculation, about no hold.",
}
_KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "Of your choosing, new for each new request: the same request under the same "
    "key is carried out once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "0b9c1d5e-7f1d-4c0e-9a53-2f6d3f6c1a77",
}


def document(described_by: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the document: every operation of these routes, with all it may answer."""
    described = get_openapi(
        title="Holdclock", version=VERSION, description=INTRODUCTION, routes=described_by
    )
    paths = {
        path: {method: _operation(method, told) for method, told in operations.items()}
        for path, operations in described["paths"].items()
    }
    components = described.setdefault("components", {})
    _fill_examples(paths, components["schemas"])
    components.setdefault("schemas", {})["Problem"] = TypeAdapter(Problem).json_schema()
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-holdclock",
            "description": "A browser that is signed in; it reads, and writes by pages only.",
        },
    }
    return {
        **described,
        "tags": _tags(paths),
        "paths": paths,
        "components": components,
    }


def _operation(method: str, told: dict[str, Any]) -> dict[str, Any]:
    told = {**told, "parameters": [_parameter(each) for each in told.get("parameters", ())]}
    if method.upper() in SAFE:
        return {**told, "security": [{"key": []}, {"session": []}]}
    answers = dict(told["responses"])
    for status, answer in answers.items():
        if status.startswith("2"):
            replayed = {
                "description": "`true` if this is the answer to an earlier request.",
                "schema": {"type": "string"},
            }
            headers = {**answer.get("headers", {}), REPLAYED_HEADER: replayed}
            answers[status] = {**answer, "headers": headers}
    return {
        **told,
        "parameters": [*told["parameters"], _KEY_PARAMETER],
        "responses": answers,
        "security": [{"key": []}],
    }


def _parameter(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out null, which a query or a header cannot say: what is not given is left out."""
    schema = dict(told["schema"])
    kinds = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        schema |= kinds[0]
    elif kinds:
        schema["anyOf"] = kinds
    return {**told, "schema": schema}


def _fill_examples(paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put back the nulls of examples, which the library leaves out."""
    for operations in paths.values():
        for told in operations.values():
            for answer in told["responses"].values():
                for content in answer.get("content", {}).values():
                    if "example" in content and "schema" in content:
                        content["example"] = _filled(content["example"], content["schema"], schemas)


def _filled(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    if isinstance(example, list):
        return [_filled(each, schema.get("items", {}), schemas) for each in example]
    if not isinstance(example, dict):
        return example
    known = schema.get("properties", {})
    filled = {name: _filled(value, known.get(name, {}), schemas) for name, value in example.items()}
    return {**dict.fromkeys(schema.get("required", ())), **filled}


def _tags(paths: dict[str, Any]) -> list[dict[str, str]]:
    used = {
        tag
        for operations in paths.values()
        for told in operations.values()
        for tag in told.get("tags", ())
    }
    known = [{"name": name, "description": told} for name, told in TAGS.items() if name in used]
    return [*known, *({"name": name} for name in sorted(used - set(TAGS)))]


def routes(described_by: APIRouter, pages: Pages) -> APIRouter:
    """Return the routes of the document and its page.

    Args:
        described_by: Its routes are what is described.
        pages: Makes the page.
    """
    router = APIRouter(include_in_schema=False)

    @cache
    def written() -> bytes:
        return orjson.dumps(document(described_by.routes))

    @router.get(PATH)
    def openapi() -> Response:
        """Show the document."""
        return Response(written(), media_type="application/json")

    @router.get(DOCS)
    def docs() -> Response:
        """Show the page that draws it."""
        return pages.page("docs.html", {})

    @router.get(DOCS + "/{name}")
    def drawn_by(name: str) -> Response:
        """Show a file that the page is drawn by, as its package ships it."""
        if name not in DRAWN_BY:
            raise HTTPException(404)
        file = files(fastapi_offline) / "static" / name
        return FileResponse(str(file), media_type=DRAWN_BY[name])

    return router
