"""Makes pages: the templates, and how instants and numbers look on them.

A page is read by somebody: their language, their hours, their zone. So there is one
set of templates for each manner of reading, and a filter knows whom it speaks to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scheduler.domain import instants
from scheduler.views import HoldView
from web import languages, zones
from web.languages import NAMES
from web.reader import ANYBODY, Reader
from web.voice import FORMS, Voice, kept_together, marked, voice

_DIALLED = re.compile(r"[^0-9+*#,]")
_EXTENSION = re.compile(r"\s*(?:ext|extension|x)\.?\s*(?=\d)", re.IGNORECASE)
_KEPT = 64
"""Sets of templates, one for each manner; what is rarer is made anew."""


class Pages:
    """Fills templates; everything that is put into one is escaped."""

    def __init__(self) -> None:
        self._loader = PackageLoader("web")
        self._sets: dict[Voice, Environment] = {}

    def page(
        self,
        template: str,
        values: Mapping[str, Any],
        status: int = 200,
        *,
        reader: Reader = ANYBODY,
    ) -> HTMLResponse:
        """Return a page with that status.

        Args:
            template: Its name.
            values: What is put into it; `reader` is there too.
            status: Of the answer.
            reader: Whom it speaks to.
        """
        return HTMLResponse(self.text(template, values, reader=reader), status)

    def text(self, template: str, values: Mapping[str, Any], *, reader: Reader = ANYBODY) -> str:
        """Return a page, or a part of one, as text."""
        return self._set(voice(reader.manner)).get_template(template).render(values, reader=reader)

    def _set(self, said: Voice) -> Environment:
        if said not in self._sets:
            if len(self._sets) >= _KEPT:
                self._sets.clear()
            self._sets[said] = environment(self._loader, said)
        return self._sets[said]


def environment(loader: BaseLoader, said: Voice) -> Environment:
    """Return templates that speak with a voice."""
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "_": said.say_html,
        "_n": said.say_counted_html,
        "language": said.code,
        "languages": NAMES,
        "zones": zones.choices,
        # Slots stay open: the script fills them.
        "count_forms": {name: said.say(form) for name, form in FORMS.items()},
        "under_a_minute": said.say(marked("under 1 min")),
    }
    looks = Looks(said)
    made.filters |= {
        "clock": looks.clock,
        "clock_seconds": looks.clock_seconds,
        "counted": looks.counted,
        "day": looks.day,
        "dialled": dialled,
        "duration": said.duration,
        "gone": said.gone,
        "kept_together": kept_together,
        "rfc3339": instants.rfc3339,
        "told": looks.told,
        "told_exactly": looks.told_exactly,
        "told_year": looks.told_year,
        # For what Python made English of: a word of the catalogues, chosen by the program.
        "translated": said.say,
    }
    return made


class Looks:
    """How instants look to a reader: the filters that take a hold's `view`, for the jail's zone.

    Args:
        said: The reader's voice.
    """

    def __init__(self, said: Voice) -> None:
        self._said = said

    def told(self, instant: datetime, view: HoldView | str, *, own: bool = True) -> Markup:
        """Return an instant as `Fri 27 Nov 06:24 EST`, in the jail's time, for machines too.

        Args:
            instant: Aware.
            view: A hold's, or the name of a zone.
            own: The reader's own time comes after it in brackets, where it differs.
        """
        return self._time(instant, _zone(view), own=own)

    def told_year(self, instant: datetime, view: HoldView | str) -> Markup:
        """Return an instant with its year, as pages about one hold show it."""
        return self._time(instant, _zone(view), year=True)

    def told_exactly(self, instant: datetime, view: HoldView | str) -> Markup:
        """Return an instant with its year and seconds, as evidence shows it."""
        return self._time(instant, _zone(view), year=True, seconds=True)

    def _time(
        self,
        instant: datetime,
        zone: str,
        *,
        year: bool = False,
        seconds: bool = False,
        own: bool = True,
    ) -> Markup:
        text, which, theirs = self._said.when_parts(instant, zone, year=year, seconds=seconds)
        at = instants.rfc3339_local(instant, zone)
        # What is said beside it stands outside the part that never wraps.
        told = Markup('<time datetime="{}">{}</time>{}').format(at, text, which)
        if not own or not theirs:
            return told
        # Paper is read by others, elsewhere.
        return told + Markup(' <span class="own noprint">{}</span>').format(theirs.strip())

    def clock(self, instant: datetime, view: HoldView) -> str:
        """Return `04:12 EST`, with the day where it is not the one the page was read on."""
        return self._said.clock(instant, _zone(view), view.now)

    def clock_seconds(self, instant: datetime, view: HoldView | str) -> str:
        """Return `03:12:08 EST`."""
        local = instant.astimezone(instants.zone_of(_zone(view)))
        return self._said.time_of_day(local, seconds=True)

    def day(self, instant: datetime, view: HoldView | str) -> str:
        """Return `Fri 27 Nov`."""
        return self._said.day(instant.astimezone(instants.zone_of(_zone(view))).date())

    def counted(
        self, at: datetime, now: datetime, to: str = "left", *, lapses: bool = False
    ) -> Markup:
        """Return a countdown that the script keeps right: `4 h 12 min left`.

        Args:
            at: The limit; what has passed is `EXPIRED 0 h 07 min ago`.
            now: When the page was read.
            to: What it counts to, a key of `FORMS`.
            lapses: At the limit authority lapses; it is never worded as expiry.
        """
        more = Markup("")
        if to != "left":
            more += Markup(' data-form="{}"').format(to)
        if lapses:
            more += Markup(' data-lapses="yes"')
        return Markup('<span data-until="{}"{}>{}</span>').format(
            instants.rfc3339(at), more, self._said.counted(to, at, now)
        )


def _zone(view: HoldView | str) -> str:
    return view if isinstance(view, str) else view.facility.timezone


def dialled(phone: str) -> str:
    """Return a telephone number as a telephone takes it; an extension comes after a pause."""
    return _DIALLED.sub("", _EXTENSION.sub(",", phone))


def reader_of(request: Request) -> Reader:
    """Return who reads what no frame is around: an account's owner, or whoever the browser is of."""
    account = getattr(request.state, "account", None)
    if account is not None:
        return Reader(account.language, account.twelve_hour, account.timezone)
    return Reader(language=languages.wanted(request.headers.get("accept-language")))
