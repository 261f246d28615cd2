"""The web application: pages and probes behind their guards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.staticfiles import StaticFiles

from scheduler.answering import Answers
from scheduler.health import Check
from web import acknowledge, guards, probes, problems
from web.pages import Pages

STATIC = Path(__file__).parent / "static"
# Traces would carry paths out of the house, and with them the tokens of links.
NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def create_app(
    answers: Answers,
    *,
    base_url: str,
    is_alive: Callable[[], bool],
    what_is_ill: Callable[[], Sequence[Check]],
) -> FastAPI:
    """Return the application. It never sends an alert: it commits, the worker sends.

    Args:
        answers: The answers of recipients.
        base_url: Where browsers reach it; with https they are told to insist on it.
        is_alive: For `/livez`.
        what_is_ill: For `/readyz`.
    """
    pages = Pages()
    app = FastAPI(
        title="Holdclock",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.include_router(acknowledge.routes(answers, pages, base_url=base_url))
    app.include_router(probes.routes(is_alive=is_alive, what_is_ill=what_is_ill))
    app.mount("/static", StaticFiles(directory=STATIC))
    problems.add_handlers(app, pages)
    # The last that is added is the first that a request meets.
    app.add_middleware(problems.Faults, pages=pages)
    app.add_middleware(guards.BodyLimit, refuse=problems.page(pages, guards.TOO_LARGE))
    app.add_middleware(guards.SecurityHeaders, is_https=base_url.startswith("https:"))
    return app
