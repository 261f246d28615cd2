"""Holds entered on pages, new ones and those kept on paper: read, shown first, refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from scheduler import intake
from scheduler.domain import instants
from scheduler.errors import ConflictError, HoldError, InvalidHoldError
from scheduler.open_holds import FacilityRecord
from scheduler.registry import Registered
from scheduler.sentences import instant_of
from scheduler.views import HoldWanted
from web import refused, words
from web.frame import Frame, reader_from
from web.identity import Person
from web.outlook import outlook
from web.pages.pressed_once import PressedOnce, new_key
from web.parts import Parts
from web.typed import Kind, Times
from web.voice import Voice, marked, voice

TIMES: Final[Mapping[str, Kind]] = {
    "lodged_at": Kind.START,
    "served_at": Kind.FACT,
    "warrant_received_at": Kind.FACT,
    "warrant_served_at": Kind.START,
    "judicial_order_at": Kind.FACT,
    "would_release_at": Kind.RELEASE,
    "expected_release_at": Kind.FORECAST,
    "notice_given_at": Kind.FACT,
    "citizenship_claimed_at": Kind.FACT,
    "outcome_at": Kind.FACT,
}
BLANK: Final[Mapping[str, str]] = {
    "served_at": marked("Not served yet. The I-247A takes effect only when a copy is served."),
    "would_release_at": marked("No release on record. The clock has not started."),
}
"""What it means that a time was left empty."""
MORE: Final = (
    *("warrant_received_at", "warrant_served_at", "judicial_order_at", "notice_given_at"),
    "citizenship_claimed_at",
    *("policy", "subject_name", "a_number", "reason"),
)
"""Fields that are folded away until one of them is needed."""
PERSON: Final = frozenset({"subject_name", "a_number"})
NOT_FIELDS: Final = frozenset({"show", "once"})
OPEN_ALREADY: Final = marked(
    "Hold {ref} is already open at this jail, since {day}. A second detainer takes {ref}/2."
)
CLOSED_ALREADY: Final = marked(
    "Hold {ref} is on record at this jail, since {day}, and closed. A second detainer takes {ref}/2."
)
NO_REASON: Final = marked("Say why. The reason stays on the record.")
NO_LODGING: Final = marked("Say when the detainer was received.")
NO_TIME: Final = marked("Say when that outcome was.")
NO_OUTCOME: Final = marked("Choose how it ended, or leave its time empty.")
ENDS_EARLY: Final = marked("It ends before the detainer was received. Look at both times.")
NO_FACILITY: Final = marked("Choose the facility.")
NO_REFERENCE: Final = marked("Give the reference, as the jail knows this booking.")


class HoldForm(BaseModel):
    """The form's fields, as texts; what they mean is read with the jail's zone at hand.

    Attributes:
        show: The button that shows the deadline first, and records nothing.
        once: Made with the form: pressed twice, it registers once.
    """

    facility_code: str = ""
    hold_ref: str = ""
    lodged_at: str = ""
    served_at: str = ""
    would_release_at: str = ""
    expected_release_at: str = ""
    warrant_received_at: str = ""
    warrant_served_at: str = ""
    judicial_order_at: str = ""
    notice_given_at: str = ""
    citizenship_claimed_at: str = ""
    policy: str = ""
    subject_name: str = ""
    a_number: str = ""
    reason: str = ""
    show: str = ""
    once: str = ""

    def lacks(self) -> Mapping[str, str]:
        """Return what is missing that this form alone asks for, by the field."""
        return {}


class PaperForm(HoldForm):
    """The same of a record that was kept on paper: with its end, and always with a reason."""

    outcome: str = ""
    outcome_at: str = ""

    def lacks(self) -> Mapping[str, str]:
        """Return what is missing that this form alone asks for, by the field."""
        found = {} if self.reason.strip() else {"reason": NO_REASON}
        if not self.lodged_at.strip():
            found["lodged_at"] = NO_LODGING
        if self.outcome and not self.outcome_at.strip():
            found["outcome_at"] = NO_TIME
        if self.outcome_at.strip() and not self.outcome:
            found["outcome"] = NO_OUTCOME
        return found


class Asked(NamedTuple):
    """A form as it was read.

    Attributes:
        registration: None where something is wrong.
        problems: What is wrong, by the field.
        echoes: How each time was read.
        known: The id of the hold that has this reference.
    """

    registration: intake.Registration | None
    problems: Mapping[str, str]
    echoes: Mapping[str, str]
    known: str = ""


class Entering:
    """One page on which holds are entered.

    Args:
        parts: What it reads and records through.
        frame: What it is shown in.
        template: Of the page.
        here: The place it belongs to.
    """

    def __init__(self, parts: Parts, frame: Frame, *, template: str, here: str) -> None:
        self._parts = parts
        self._frame = frame
        self._template = template
        self._here = here
        self._once = PressedOnce(parts.replies)

    def enter(self, asks: Person, form: HoldForm) -> Response:
        """Register what was typed, or show what it would come to, or what is wrong with it."""
        asked = self.read(asks, form)
        told = asked.registration
        if told is None:
            return self.form(asks, form, asked, status=422)
        try:
            if form.show:
                return self.form(asks, form, asked, shown=self.rehearsed(asks, asked))
            typed = form.model_dump_json(exclude=set(PERSON))
            where = self._once.location(asks.actor, form.once, typed, self._put(asks, told))
        except InvalidHoldError as exc:
            problems = refused.by_field(exc, *self._manner(asks, form), otherwise="hold_ref")
            wrong = asked._replace(problems=problems)
            return self.form(asks, form, wrong, status=422)
        except ConflictError:
            return self.form(asks, form, self.taken(asks, form, asked), status=409)
        # To the page by GET: a reload registers nothing again.
        return RedirectResponse(where, 303)

    def _manner(self, asks: Person, form: HoldForm) -> tuple[Voice, str]:
        """Return whom a refusal speaks to, and the zone of its instants."""
        views = self._parts.views.seen_by(asks.actor)
        return voice(reader_from(asks).manner), views.facility(form.facility_code).timezone

    def _put(self, asks: Person, told: intake.Registration) -> Callable[[], str]:
        def put() -> str:
            return f"/holds/{self._parts.registry.register_hold(told, asks.actor).hold.id}"

        return put

    def read(self, asks: Person, form: HoldForm) -> Asked:
        """Read what was typed; a time without a zone is the jail's own.

        Raises:
            HoldNotFoundError: No such facility among theirs.
        """
        said, views = voice(reader_from(asks).manner), self._parts.views.seen_by(asks.actor)
        told = {
            name: text.strip() for name, text in form.model_dump(exclude=set(NOT_FIELDS)).items()
        }
        if not told["facility_code"]:
            return Asked(None, {"facility_code": said.say(NO_FACILITY)}, {})
        zone, now = views.facility(told["facility_code"]).timezone, views.now()
        times = Times(zone, now, said)
        told |= {
            name: times.text(name, told[name], kind) for name, kind in TIMES.items() if name in told
        }
        times.ask_why(told["reason"])
        if not told["hold_ref"]:
            times.problems.setdefault("hold_ref", said.say(NO_REFERENCE))
        if _ends_early(told):
            times.problems.setdefault("outcome_at", said.say(ENDS_EARLY))
        for name, text in form.lacks().items():
            times.problems.setdefault(name, said.say(text))
        echoes = {name: said.say(text) for name, text in BLANK.items()} | times.echoes
        if times.problems:
            return Asked(None, times.problems, echoes)
        try:
            return Asked(intake.read_registration(told, zone, now), {}, echoes)
        except InvalidHoldError as exc:
            return Asked(None, refused.by_field(exc, said, zone, otherwise="hold_ref"), echoes)

    def rehearsed(self, asks: Person, asked: Asked) -> Registered | None:
        """Return the hold as it would be registered, or None where it cannot be."""
        if asked.registration is None:
            return None
        return self._parts.registry.rehearse(asked.registration, asks.actor)

    def taken(self, asks: Person, form: HoldForm, asked: Asked) -> Asked:
        """Return what was read, with the sentence about the hold that has the reference."""
        said, views = voice(reader_from(asks).manner), self._parts.views.seen_by(asks.actor)
        ref = form.hold_ref.strip()
        wanted = HoldWanted(facility_codes={form.facility_code}, hold_ref=ref)
        found = views.page(wanted, after=None, limit=1, as_of=views.now())
        if not found:
            return asked
        hold, zone = found[0].hold, found[0].facility.timezone
        text = CLOSED_ALREADY if hold.outcome is not None else OPEN_ALREADY
        day = said.day(hold.lodged_at.astimezone(instants.zone_of(zone)).date())
        problems = {**asked.problems, "hold_ref": said.say(text, ref=ref, day=day)}
        return asked._replace(problems=problems, known=hold.id)

    def preview(self, asks: Person, form: HoldForm) -> Response:
        """Return how a hold would stand, and how each field was read."""
        asked = self.read(asks, form)
        # The reference may be missing still: the limits do not depend on it.
        if set(asked.problems) == {"hold_ref"}:
            asked = self.read(asks, form.model_copy(update={"hold_ref": "-"}))
        elif form.hold_ref.strip() and form.facility_code:
            asked = self.taken(asks, form, asked)
        try:
            shown, why = self.rehearsed(asks, asked), ""
        except HoldError as exc:
            shown, why = None, refused.told(exc, *self._manner(asks, form))
        values = self._values(asks, form, asked, shown) | {"why": why, "asked": True}
        return self._frame.page(asks, "new_hold_preview.html", values, here=self._here)

    def form(
        self,
        asks: Person,
        typed: HoldForm,
        asked: Asked,
        *,
        shown: Registered | None = None,
        status: int = 200,
    ) -> Response:
        """Return the form as it was typed, with what is wrong, or the limits it would have."""
        values = self._values(asks, typed, asked, shown) | {"why": ""}
        return self._frame.page(asks, self._template, values, here=self._here, status=status)

    def _values(
        self, asks: Person, typed: HoldForm, asked: Asked, shown: Registered | None
    ) -> dict[str, Any]:
        facilities = self._parts.open_holds.seen_by(asks.actor).facilities()
        said, told = voice(reader_from(asks).manner), typed.model_dump()
        told["once"] = typed.once or new_key()
        if len(facilities) == 1:
            told["facility_code"] = facilities[0].code
        view = None if shown is None else shown.view
        return {
            "facilities": _choices(facilities),
            "policies": self._policies(said),
            "outcomes": [("", said.say("It goes on")), *words.outcomes(said)],
            "typed": told,
            "problems": dict.fromkeys(told, "") | dict(asked.problems),
            "wrong": asked.problems,
            "echoes": dict(asked.echoes),
            "known": asked.known,
            "view": view,
            "lead": None if view is None else words.lead(view, said),
            "lacks": [] if view is None else list(words.missing(view, said)),
            "outlook": None if view is None else outlook(view, said),
            "more_typed": any(told[name] or name in asked.problems for name in MORE),
            "warnings": () if shown is None else shown.warnings,
        }

    def _policies(self, said: Voice) -> list[tuple[str, str]]:
        usual = ("", said.say("The facility's own"))
        return [usual, *((each.id, each.title) for each in self._parts.book.enabled())]


def _ends_early(told: Mapping[str, str]) -> bool:
    """Say whether a record ends before the detainer was received."""
    ended, lodged = told.get("outcome_at"), told["lodged_at"]
    return bool(ended and lodged) and instant_of(ended or "") < instant_of(lodged)


def _choices(facilities: Sequence[FacilityRecord]) -> list[tuple[str, str]]:
    named = [(each.code, f"{each.name}, {each.state}") for each in facilities]
    return named if len(named) == 1 else [("", ""), *named]
