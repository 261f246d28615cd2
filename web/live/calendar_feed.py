"""The calendar feed: the limits of all open holds that an account may see, at its secret address.

A calendar program asks every quarter of an hour or less often, so the feed is no alert;
each entry says so. It names holds by id and reference, and nobody who is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from scheduler import calendar_entries
from scheduler.calendar_entries import Entry, Feed
from scheduler.domain import instants
from scheduler.views import HoldView
from web.parts import Parts

FEED: Final = Feed("Holdclock: open holds", timedelta(minutes=15))
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
ASSUMED: Final = "Clock started on the expected time, not confirmed."
NO_ALERT: Final = "As the record stood when this calendar was last read. The board is up to date."
NOT_CHANGED: Final = 304


def routes(parts: Parts) -> APIRouter:
    """Return the route of the feeds."""
    router = APIRouter()
    host = urlsplit(parts.base_url).hostname or "holdclock"

    @router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"], include_in_schema=False)
    def feed(request: Request, token: str) -> Response:
        """Show the limits of all open holds."""
        actor = parts.calendar_feeds.who(token)
        views = parts.views.seen_by(actor)
        now = views.now()
        entries = [
            entry
            for view in views.holds(only_open=True)
            for entry in _entries(view, parts.base_url, host)
        ]
        tag = _tag(entries)
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=NOT_CHANGED, headers={"ETag": tag})
        body = calendar_entries.calendar(entries, now=now, feed=FEED)
        return Response(body, headers={"ETag": tag, "Content-Type": MEDIA_TYPE})

    return router


def _entries(view: HoldView, base_url: str, host: str) -> Iterator[Entry]:
    hold = view.hold
    limits = [("deadline", hold.deadline_at)]
    if hold.ceiling_at != hold.deadline_at:
        limits.insert(0, ("ceiling", hold.ceiling_at))
    for name, at in limits:
        if at is not None:
            yield Entry(
                f"hold-{hold.id}-{name}@{host}",
                hold.revision,
                at,
                f"[Hold {hold.id}] {_words(name, at, view.now)}",
                _description(view),
                f"{view.facility.name} ({hold.facility_code})",
                f"{base_url}/holds/{hold.id}",
            )


def _words(name: str, at: datetime, now: datetime) -> str:
    if name == "ceiling":
        return "Ceiling, plan to this" if now < at else "Ceiling passed"
    return "Authority to hold ends" if now < at else "Authority to hold ended"


def _description(view: HoldView) -> str:
    hold = view.hold
    lines = [f"Reference: {hold.hold_ref}"]
    for name, at in (("Ceiling", hold.ceiling_at), ("Deadline", hold.deadline_at)):
        if at is not None:
            lines.append(f"{name}: {instants.local_text(at, view.facility.timezone, year=True)}")
    if hold.assumed:
        lines.append(ASSUMED)
    lines.append(f"Telephone: {view.facility.phone or 'none on record'}")
    lines.append(NO_ALERT)
    return "\n".join(lines)


def _tag(entries: list[Entry]) -> str:
    """Return what stands for these entries; the file itself has the time of its making in it."""
    return f'"{sha256(repr(entries).encode()).hexdigest()[:32]}"'
