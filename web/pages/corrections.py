"""A wrong entry is answered by a right one, with a reason, on the version that was read.

What it changes is shown before it counts: both limits as they stand, and as they would.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.correcting import Corrections
from scheduler.domain.actors import ALLOWED, Actor, Deed, require_may
from scheduler.domain.hold import Hold, status
from scheduler.errors import HoldNotFoundError, HoldStateError, InvalidHoldError, StaleVersionError
from scheduler.open_holds import up_to_now
from scheduler.recorder import Entry, Settled
from scheduler.views import HoldView
from web import refused, who, words
from web.api.corrections import Entered, Right
from web.frame import Frame, reader_from
from web.identity import Person, Sends
from web.parts import Parts
from web.rules import EntersHolds
from web.typed import Kind, Times
from web.voice import Voice, marked, voice

TITLES: Final[Mapping[Entered, str]] = {
    Entered.LODGED_AT: marked("Received"),
    Entered.SERVED_AT: marked("Served"),
    Entered.WARRANT_RECEIVED_AT: marked("Warrant received"),
    Entered.WARRANT_SERVED_AT: marked("Warrant served"),
    Entered.JUDICIAL_ORDER_AT: marked("Judicial order"),
    Entered.WOULD_RELEASE_AT: marked("Would have been released"),
    Entered.EXPECTED_RELEASE_AT: marked("Release expected"),
    Entered.NOTICE_GIVEN_AT: marked("Notice to the agency"),
    Entered.OUTCOME: marked("Outcome"),
    Entered.POLICY: marked("Policy"),
}
"""What may be corrected on a page; an outcome comes with its time."""
KNOWN: Final = frozenset(each.value for each in TITLES)
KINDS: Final[Mapping[Entered, Kind]] = {
    Entered.LODGED_AT: Kind.START,
    Entered.WARRANT_SERVED_AT: Kind.START,
    Entered.WOULD_RELEASE_AT: Kind.START,
    Entered.EXPECTED_RELEASE_AT: Kind.FORECAST,
}
"""How their times are read; others are plain facts."""
NO_REASON: Final = marked("Say why. The reason stays on the record.")
NOTHING_RIGHT: Final = marked("Say what is right, or take the entry off the record.")
BOTH: Final = marked("Say what is right, or take the entry off the record; not both.")
NO_TIME: Final = marked("Say when that outcome was.")
NOTHING: Final = marked("nothing")


class CorrectionForm(BaseModel):
    """The form's fields, as texts.

    Attributes:
        field: Which entry is wrong.
        to: What is right.
        none: The entry comes off the record.
        at: Of an outcome, when it was.
        version: Of the hold, as it was read.
        show: The button that shows what it changes, and records nothing.
    """

    field: str = ""
    to: str = ""
    none: str = ""
    at: str = ""
    reason: str = ""
    version: str = ""
    show: str = ""


class Change(NamedTuple):
    """One line of what a correction changes."""

    title: str
    before: datetime | str | None
    after: datetime | str | None


class Read(NamedTuple):
    """A form as it was read.

    Attributes:
        value: What is right, as the interface takes it; None takes the entry off.
        problems: What is wrong, by the field.
        echoes: How its times were read.
    """

    value: str | None
    at: datetime | None
    problems: Mapping[str, str]
    echoes: Mapping[str, str]


def may_correct(actor: Actor) -> bool:
    """Say whether somebody's role corrects entries."""
    return Deed.FACT in ALLOWED[actor.role]


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the form."""
    router = APIRouter()
    page = _Page(parts, frame)

    @router.get("/holds/{name}/correct", response_class=HTMLResponse)
    def show(asks: EntersHolds, name: str, field: str = "") -> Response:
        view = page.view(asks, name)
        if not field:
            # The hold's page lists what may be corrected.
            return RedirectResponse(f"/holds/{view.hold.id}", 303)
        return page.form(asks, view, CorrectionForm(field=field), Read(None, None, {}, {}))

    @router.post("/holds/{name}/correct", response_class=HTMLResponse)
    def correct(asks: Sends, name: str, form: Annotated[CorrectionForm, Form()]) -> Response:
        require_may(asks.actor, Deed.FACT)
        view = page.view(asks, name)
        read = page.read(asks, view, form)
        if read.problems:
            return page.form(asks, view, form, read, status=422)
        try:
            if form.show:
                done = page.put(parts.registry.rehearsal(), asks, view, form=form, read=read)
                return page.form(asks, view, form, read, changes=page.changes(asks, view, done))
            page.put(parts.registry, asks, view, form=form, read=read)
        except InvalidHoldError as exc:
            said, zone = voice(reader_from(asks).manner), view.facility.timezone
            problems = refused.by_field(exc, said, zone, otherwise="to")
            wrong = read._replace(problems=problems)
            return page.form(asks, view, form, wrong, status=422)
        except HoldStateError as exc:
            return page.refused(asks, name, form, read=read, why=exc)
        # To the page by GET: a reload corrects nothing again.
        return RedirectResponse(f"/holds/{view.hold.id}", 303)

    return router


class _Page:
    def __init__(self, parts: Parts, frame: Frame) -> None:
        self._parts = parts
        self._frame = frame

    def view(self, asks: Person, name: str) -> HoldView:
        return up_to_now(self._parts.views.seen_by(asks.actor).hold(name))

    def read(self, asks: Person, view: HoldView, form: CorrectionForm) -> Read:
        """Read what was typed."""
        said, field = voice(reader_from(asks).manner), _known(form.field)
        times = Times(view.facility.timezone, view.now, said)
        value: str | None = form.to.strip()
        if field not in {Entered.OUTCOME, Entered.POLICY}:
            value = times.text("to", form.to, KINDS.get(field, Kind.FACT))
        at = times.read("at", form.at, Kind.FACT)
        problems = times.problems
        if not form.reason.strip():
            problems["reason"] = said.say(NO_REASON)
        if form.none and form.to.strip():
            problems.setdefault("to", said.say(BOTH))
        elif not form.none and not form.to.strip():
            problems.setdefault("to", said.say(NOTHING_RIGHT))
        if field is Entered.OUTCOME and not form.none and at is None:
            problems.setdefault("at", said.say(NO_TIME))
        return Read(None if form.none else value, at, problems, times.echoes)

    def put(
        self,
        corrections: Corrections,
        asks: Person,
        view: HoldView,
        *,
        form: CorrectionForm,
        read: Read,
    ) -> Settled:
        """Put it on record, or rehearse it."""
        field = _known(form.field)
        entry = Entry(
            actor=asks.actor,
            at=read.at if field is Entered.OUTCOME else None,
            reason=form.reason.strip(),
            version=_version(form.version),
        )
        right = Right(self._parts.views, corrections, field, read.value)
        return right.put(view.hold.id, entry)

    def changes(self, asks: Person, view: HoldView, done: Settled) -> list[Change]:
        """Return how the hold stands and how it would: what matters first."""
        said, after = voice(reader_from(asks).manner), done.hold
        before = view.hold
        return [
            Change(said.say("Ceiling"), before.ceiling_at, after.ceiling_at),
            Change(said.say("Deadline"), before.deadline_at, after.deadline_at),
            Change(said.say("Clock starts"), before.starts_at, after.starts_at),
            Change(said.say("State"), _state(before, said), _state(after, said)),
        ]

    def form(
        self,
        asks: Person,
        view: HoldView,
        typed: CorrectionForm,
        read: Read,
        *,
        changes: list[Change] | None = None,
        first: str = "",
        status: int = 200,
    ) -> Response:
        """Return the form as it was typed, with what is wrong, or with what it would change."""
        said, field = voice(reader_from(asks).manner), _known(typed.field)
        told = typed.model_dump() | {"version": typed.version or str(view.hold.version)}
        values: dict[str, Any] = {
            "view": view,
            "field": field.value,
            "title": said.say(TITLES[field]),
            "now_on_record": _on_record(view, field, said),
            "choices": self._choices(field, said),
            "may_be_none": field not in {Entered.LODGED_AT, Entered.POLICY},
            "typed": told,
            "problems": dict.fromkeys(told, "") | dict(read.problems),
            "wrong": read.problems,
            "echoes": read.echoes,
            "changes": changes,
            "first": first,
        }
        return self._frame.page(asks, "correct.html", values, here="hold", status=status)

    def refused(
        self, asks: Person, name: str, typed: CorrectionForm, *, read: Read, why: HoldStateError
    ) -> Response:
        """Return the form as it was typed, for the version that there is now."""
        view, is_stale = self.view(asks, name), isinstance(why, StaleVersionError)
        said = voice(reader_from(asks).manner)
        first = who.first(self._parts, asks.actor, view, said) if is_stale else ""
        first = first or refused.told(why, said, view.facility.timezone)
        again = typed.model_copy(update={"version": str(view.hold.version)})
        status = 412 if is_stale else 409
        return self.form(asks, view, again, read, first=first, status=status)

    def _choices(self, field: Entered, said: Voice) -> list[tuple[str, str]]:
        if field is Entered.OUTCOME:
            return [("", ""), *words.outcomes(said)]
        if field is Entered.POLICY:
            return [("", ""), *((each.id, each.title) for each in self._parts.book.enabled())]
        return []


def _known(field: str) -> Entered:
    known = next((each for each in TITLES if each.value == field), None)
    if known is None:
        raise HoldNotFoundError(f"field '{field}': there is none; use one of {', '.join(TITLES)}")
    return known


def _version(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidHoldError("version: the form has lost it; open it again", field="version")
    return int(text)


def _state(hold: Hold, said: Voice) -> str:
    return said.say(words.STATES[status(hold)])


def _on_record(view: HoldView, field: Entered, said: Voice) -> str:
    zone = view.facility.timezone
    if field is Entered.POLICY:
        return view.rules.policy.title
    if field is Entered.OUTCOME:
        at = view.hold.outcome_at
        told = said.say(words.OUTCOMES[view.status]) if view.hold.outcome else said.say(NOTHING)
        return told if at is None else f"{told}, {said.when(at, zone, year=True)}"
    at = getattr(view.hold, field.value)
    return said.say(NOTHING) if at is None else said.when(at, zone, year=True)
