"""Makes pages: the templates, and how instants and numbers look on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scheduler.domain import instants
from scheduler.views import HoldView
from web import arrival

_PARTS = re.compile(r"(?<=\d) (?=(?:d|h|min)\b)|(?<=\b[dh]) (?=\d)")
_DIALLED = re.compile(r"[^0-9+*#,]")
_EXTENSION = re.compile(r"\s*(?:ext|extension|x)\.?\s*(?=\d)", re.IGNORECASE)


class Pages:
    """Fills templates; everything that is put into one is escaped."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "told": told,
            "clock": clock,
            "clock_seconds": clock_seconds,
            "rfc3339": instants.rfc3339,
            "duration": instants.duration_text,
            "kept_together": kept_together,
            "dialled": dialled,
        }

    def page(self, template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page with that status."""
        text = self._templates.get_template(template).render(values)
        return HTMLResponse(text, status)


def told(instant: datetime, view: HoldView) -> Markup:
    """Return an instant as `Fri 27 Nov 06:24 EST`, in the jail's time, for machines too."""
    zone = view.facility.timezone
    text = instants.local_text(instant, zone, midnight=False)
    # Said in full, but outside the part that never wraps.
    which = instants.local_text(instant, zone).removeprefix(text)
    at = instants.rfc3339_local(instant, zone)
    return Markup('<time datetime="{}">{}</time>{}').format(at, text, which)


def clock(instant: datetime, view: HoldView) -> str:
    """Return `04:12 EST`, with the day where it is not the one the page was read on."""
    return arrival.told(instant, view.facility.timezone, view.now)


def clock_seconds(instant: datetime, view: HoldView) -> str:
    """Return `03:12:08 EST`."""
    local = instant.astimezone(instants.zone_of(view.facility.timezone))
    return f"{local:%H:%M:%S} {instants.zone_letters(local)}"


def kept_together(text: str) -> str:
    """Let no number part from its unit, nor hours from their minutes, at the end of a line."""
    return _PARTS.sub("\N{NO-BREAK SPACE}", text)


def dialled(phone: str) -> str:
    """Return a telephone number as a telephone takes it; an extension comes after a pause."""
    return _DIALLED.sub("", _EXTENSION.sub(",", phone))
