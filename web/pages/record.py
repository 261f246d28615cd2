"""One form per fact: what may be recorded about a hold now, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.domain.actors import ALLOWED, Actor, Deed, require_may
from scheduler.domain.hold import Outcome
from scheduler.domain.policy import Paper
from scheduler.errors import ConflictError, HoldNotFoundError, HoldStateError, InvalidHoldError
from scheduler.intake import plain_text
from scheduler.open_holds import up_to_now
from scheduler.recorder import Entry, Settled
from scheduler.registry import Registry
from scheduler.views import HoldView
from web import refused, who
from web.frame import Frame, reader_from
from web.identity import Person, Sends, SignedIn
from web.parts import Parts
from web.refused import SaidError
from web.typed import Kind, Times
from web.voice import marked, voice

NOTHING: Final[Mapping[str, str]] = {}
BASES: Final = (
    ("bond", marked("Bond")),
    ("dismissed", marked("Charge dismissed")),
    ("acquitted", marked("Acquitted")),
    ("time served", marked("Sentence served")),
    ("diversion", marked("Diversion")),
    ("other", marked("Other")),
)
"""Why somebody is released, as the record has it and as it is read."""
NO_NEWER: Final = marked("{name} is no other hold among your facilities. Give its reference or id.")


class Recordable(NamedTuple):
    """A fact that a form records.

    Attributes:
        title: Of the form and its button.
        act: Records it.
        deed: What the reader must be allowed to do.
        once: The field it sets: it is not offered again once that is on record.
        kind: How its time is read.
        asks: What else its form asks for, by the field: the argument of `act` that takes it.
    """

    title: str
    act: Callable[..., Settled]
    deed: Deed = Deed.FACT
    kind: Kind = Kind.FACT
    once: str = ""
    asks: Mapping[str, str] = NOTHING


def _ended(outcome: Outcome) -> Callable[..., Settled]:
    return partial(Registry.record_outcome, outcome=outcome)


FACTS: Final[Mapping[str, Recordable]] = {
    "acknowledgement": Recordable(
        marked("Acknowledge the alert"),
        Registry.acknowledge,
        Deed.ACKNOWLEDGE,
        asks={"arrival_at": "arrival_at"},
    ),
    "service": Recordable(
        marked("Copy served on the person"), Registry.serve_detainer, once="served_at"
    ),
    "warrant": Recordable(
        marked("Warrant received"),
        partial(Registry.receive_paper, paper=Paper.WARRANT),
        once="warrant_received_at",
    ),
    "judicial-order": Recordable(
        marked("Judicial order received"),
        partial(Registry.receive_paper, paper=Paper.JUDICIAL_ORDER),
        once="judicial_order_at",
    ),
    "warrant-service": Recordable(
        marked("Warrant served"),
        Registry.serve_warrant,
        kind=Kind.START,
        once="warrant_served_at",
    ),
    "clock": Recordable(
        marked("Would have been released: start the clock"),
        Registry.start_clock,
        kind=Kind.RELEASE,
        once="would_release_at",
    ),
    "notice": Recordable(
        marked("Notice to the agency"),
        Registry.give_notice,
        asks={"how": "manner", "release_at": "release_at"},
    ),
    "transfer": Recordable(
        marked("Transferred to the agency"), _ended(Outcome.TRANSFERRED), Deed.REPORT_TRANSFER
    ),
    "release": Recordable(marked("Released"), _ended(Outcome.RELEASED), asks={"basis": "basis"}),
    "cancellation": Recordable(
        marked("Cancelled by the agency"), _ended(Outcome.CANCELLED), Deed.CANCEL
    ),
    "declination": Recordable(marked("Declined by the jail"), _ended(Outcome.DECLINED)),
    "other-custody": Recordable(marked("Moved to other custody"), _ended(Outcome.OTHER_CUSTODY)),
    "superseded": Recordable(
        marked("Superseded by a newer detainer"),
        _ended(Outcome.SUPERSEDED),
        asks={"superseded_by": "successor"},
    ),
    "died": Recordable(marked("The person died"), _ended(Outcome.DIED)),
    "escaped": Recordable(marked("The person escaped"), _ended(Outcome.ESCAPED)),
    "citizenship-claim": Recordable(
        marked("The person claims citizenship"), Registry.claim_citizenship
    ),
    "call": Recordable(marked("Call made by hand"), Registry.log_call, Deed.LOG_CALL),
}


class FactForm(BaseModel):
    """The form's fields, as texts: what they mean is read with the jail's zone at hand.

    Attributes:
        fact: Which it records; a field, since a form that comes too late keeps its fields alone.
        version: Of the hold, as the form was opened: who wrote since then was first.
    """

    fact: str = ""
    version: str = ""
    at: str = ""
    reason: str = ""
    note: str = ""
    arrival_at: str = ""
    how: str = ""
    release_at: str = ""
    basis: str = ""
    superseded_by: str = ""


def offered(actor: Actor, view: HoldView) -> list[tuple[str, str]]:
    """Return the facts that somebody may record about a hold now: name and title."""
    if view.hold.outcome is not None:
        return []
    allowed = ALLOWED[actor.role]
    return [
        (name, each.title)
        for name, each in FACTS.items()
        if each.deed in allowed and not (each.once and getattr(view.hold, each.once))
    ]


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the forms."""
    router = APIRouter()
    page = _Page(parts, frame)

    @router.get("/holds/{name}/record", response_class=HTMLResponse)
    def show(asks: SignedIn, name: str, fact: str = "", at: str = "") -> Response:
        view = page.view(asks, name)
        if not fact:
            # The hold's page lists what may be recorded.
            return RedirectResponse(f"/holds/{view.hold.id}", 303)
        return page.form(asks, view, FactForm(fact=fact, at=at), {})

    @router.post("/holds/{name}/record", response_class=HTMLResponse)
    def record(asks: Sends, name: str, form: Annotated[FactForm, Form()]) -> Response:
        view = page.view(asks, name)
        try:
            _record(parts, asks, view, known=_known(asks.actor, form.fact), form=form)
        except InvalidHoldError as exc:
            said, zone = voice(reader_from(asks).manner), view.facility.timezone
            problems = refused.by_field(exc, said, zone, otherwise="at")
            return page.form(asks, view, form, problems, status=422)
        except HoldStateError as exc:
            return page.refused(asks, page.view(asks, name), form, exc)
        # To the page by GET: a reload records nothing again.
        return RedirectResponse(f"/holds/{view.hold.id}", 303)

    return router


class _Page:
    def __init__(self, parts: Parts, frame: Frame) -> None:
        self._parts = parts
        self._frame = frame

    def view(self, asks: Person, name: str) -> HoldView:
        return up_to_now(self._parts.views.seen_by(asks.actor).hold(name))

    def form(
        self,
        asks: Person,
        view: HoldView,
        typed: FactForm,
        problems: Mapping[str, str],
        *,
        status: int = 200,
        first: str = "",
    ) -> Response:
        said, title = voice(reader_from(asks).manner), _known(asks.actor, typed.fact).title
        told = typed.model_dump() | {"version": typed.version or str(view.hold.version)}
        values = {
            "view": view,
            "title": said.say(title),
            "typed": told,
            "problems": dict.fromkeys(told, "") | dict(problems),
            "wrong": problems,
            "first": first,
            "asks": _known(asks.actor, typed.fact).asks,
            "bases": [("", ""), *((each, said.say(text)) for each, text in BASES)],
            "echoes": _times(asks, view, typed).echoes,
        }
        return self._frame.page(asks, "record.html", values, here="hold", status=status)

    def refused(
        self, asks: Person, view: HoldView, typed: FactForm, why: HoldStateError
    ) -> Response:
        """Return the form as it was typed: the hold does not take it, or not any more."""
        said = voice(reader_from(asks).manner)
        now = str(view.hold.version)
        has_moved = typed.version != now
        first = who.first(self._parts, asks.actor, view, said) if has_moved else ""
        again = typed.model_copy(update={"version": now})
        told = refused.told(why, said, view.facility.timezone)
        return self.form(asks, view, again, {}, status=409, first=first or told)


def _known(actor: Actor, fact: str) -> Recordable:
    known = FACTS.get(fact)
    if known is None:
        raise HoldNotFoundError(f"fact '{fact}': there is none; use one of {', '.join(FACTS)}")
    require_may(actor, known.deed)
    return known


class _Read(NamedTuple):
    """The times of a form as they were read.

    Attributes:
        echoes: How each was, in words.
    """

    at: datetime | None
    more: Mapping[str, datetime | None]
    problems: Mapping[str, str]
    echoes: Mapping[str, str]


def _times(asks: Person, view: HoldView, form: FactForm) -> _Read:
    times = Times(view.facility.timezone, view.now, voice(reader_from(asks).manner))
    at = times.read("at", form.at, _known(asks.actor, form.fact).kind)
    more = {
        "arrival_at": times.read("arrival_at", form.arrival_at, Kind.ARRIVAL),
        "release_at": times.read("release_at", form.release_at, Kind.ARRIVAL),
    }
    times.ask_why(form.reason)
    return _Read(at, more, times.problems, times.echoes)


def _record(
    parts: Parts, asks: Person, view: HoldView, *, known: Recordable, form: FactForm
) -> Settled:
    read = _times(asks, view, form)
    if read.problems:
        raise SaidError("; ".join(read.problems.values()), by_field=read.problems)
    entry = Entry(
        actor=asks.actor,
        at=read.at,
        reason=form.reason.strip() or None,
        note=form.note.strip() or None,
    )
    told = {
        "how": plain_text(form.how, "how"),
        "basis": plain_text(form.basis, "basis"),
        "superseded_by": _newer(parts, asks, view, form.superseded_by.strip()),
        **read.more,
    }
    more = {argument: told[field] for field, argument in known.asks.items()}
    return known.act(parts.registry, view.hold.id, entry, **more)


def _newer(parts: Parts, asks: Person, view: HoldView, name: str) -> str | None:
    """Return the id of the hold that takes this one's place.

    Raises:
        SaidError: There is none of that name, or it is this one.
    """
    if not name:
        return None
    said = voice(reader_from(asks).manner)
    try:
        found = parts.views.seen_by(asks.actor).hold(name).hold.id
    except (HoldNotFoundError, ConflictError):
        found = view.hold.id
    if found == view.hold.id:
        wrong = said.say(NO_NEWER, name=name)
        raise SaidError(wrong, by_field={"superseded_by": wrong})
    return found
