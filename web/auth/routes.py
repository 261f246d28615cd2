"""Everything about getting in, put together."""

from __future__ import annotations

from fastapi import FastAPI

from web.auth import enrolment, entrance, invitation, leaving, oidc, signing_in
from web.auth.resume import Resume
from web.auth.steps import Steps
from web.parts import Parts
from web.rendering import Pages
from web.source import Sources


def install(app: FastAPI, parts: Parts, pages: Pages) -> None:
    """Give an application its ways in. The handlers of `problems` must be there already.

    Args:
        app: The whole application.
        parts: What it reads and records through.
        pages: Fills templates.
    """
    app.state.sources = Sources(parts.trusted_proxies)
    resume = Resume(parts.kept_forms, parts.sessions)
    provider = parts.provider
    steps = Steps(pages, resume, help_line=parts.sign_in_help, has_provider=provider is not None)
    limits, sign_in = parts.rate_limits, parts.sign_in
    for router in (
        signing_in.routes(sign_in, steps, limits),
        leaving.routes(sign_in),
        enrolment.routes(sign_in, steps),
        invitation.routes(parts.invitations, sign_in, steps, pages, limits=limits),
    ):
        app.include_router(router)
    if provider is not None:
        app.include_router(oidc.routes(provider, sign_in, steps, limits))
    entrance.add_handlers(app, pages, refusals=parts.refusals, resume=resume, steps=steps)
