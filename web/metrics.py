"""`/metrics` at an address of its own: for Prometheus, not for whoever reaches the pages."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Expose = Callable[[str], tuple[str, bytes]]
"""Given the `Accept` header, returns the media type and the metrics."""


def create_metrics_app(expose: Expose) -> Starlette:
    """Return the application with that one page.

    Args:
        expose: Reads the metrics; called in a thread.
    """

    def metrics(request: Request) -> Response:
        media_type, body = expose(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return Starlette(routes=[Route("/metrics", metrics, methods=["GET"])])
