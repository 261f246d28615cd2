"""The web application: pages and probes behind their guards."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from web import acknowledge, guards, probes, problems
from web.api import methods, openapi
from web.api import routes as api
from web.auth import routes as ways_in
from web.frame import Frame
from web.identity import Identity
from web.live import calendar_feed, stream
from web.pages import routes as page_routes
from web.parts import Parts
from web.rendering import Pages

STATIC = Path(__file__).parent / "static"
# Traces would carry paths out of the house, and with them the tokens of links.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def create_app(parts: Parts) -> FastAPI:
    """Return the application. It never sends an alert: it commits, the worker sends."""
    pages, base_url = Pages(), parts.base_url
    app = FastAPI(
        title="Holdclock",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.state.identity = Identity(
        parts.api_keys,
        parts.sessions,
        walls=parts.walls,
        base_url=base_url,
        limits=parts.rate_limits,
    )
    app.state.replies = parts.replies
    app.include_router(acknowledge.routes(parts.answers, pages, base_url=base_url))
    app.include_router(probes.routes(is_alive=parts.is_alive, what_is_ill=parts.what_is_ill))
    interface = api.routes(parts)
    app.router.routes.extend(interface.routes)
    app.include_router(openapi.routes(interface, pages))
    app.include_router(calendar_feed.routes(parts))
    app.include_router(stream.routes(parts))
    frame = Frame(parts.views, parts.open_holds, pages, is_silent=parts.is_silent, pace=parts.pace)
    # As they are: included, they would be worked out anew at the first request.
    app.router.routes.extend(page_routes.routes(parts, frame).routes)
    # Only here: a page that repeats what was typed beside a token must not be compressed.
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)))
    problems.add_handlers(app, pages)
    ways_in.install(app, parts, pages)
    # The last that is added is the first that a request meets.
    app.add_middleware(methods.Methods, routes=interface.routes)
    app.add_middleware(problems.Faults, pages=pages)
    app.add_middleware(guards.BodyLimit, refuse=problems.too_large(pages))
    app.add_middleware(
        guards.SecurityHeaders,
        is_https=base_url.startswith("https:"),
        policies={openapi.DOCS: openapi.DOCS_POLICY},
    )
    return app
