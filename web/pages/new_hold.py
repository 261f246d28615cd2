"""A new hold: entered between two telephone calls, with its deadline shown before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler import intake
from scheduler.domain.actors import Deed, require_may
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.registry import Registered
from scheduler.views import HoldView
from web import words
from web.frame import Frame, reader_from
from web.identity import Person, Sends
from web.parts import Parts
from web.rules import EntersHolds
from web.voice import voice


class HoldForm(BaseModel):
    """The form's fields, as texts; what they mean is read with the jail's zone at hand.

    Attributes:
        show: The button that shows the deadline first, and records nothing.
    """

    facility_code: str = ""
    hold_ref: str = ""
    lodged_at: str = ""
    served_at: str = ""
    would_release_at: str = ""
    expected_release_at: str = ""
    subject_name: str = ""
    a_number: str = ""
    reason: str = ""
    show: str = ""


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of the form."""
    router = APIRouter()
    page = _Page(parts, frame)

    @router.get("/holds/new", response_class=HTMLResponse)
    def show(asks: EntersHolds) -> Response:
        return page.form(asks, HoldForm(), {})

    @router.post("/holds/new", response_class=HTMLResponse)
    def register(asks: Sends, form: Annotated[HoldForm, Form()]) -> Response:
        require_may(asks.actor, Deed.FACT)
        try:
            asked = page.read(asks, form)
            if form.show:
                shown = parts.registry.rehearse(asked, asks.actor)
                return page.form(asks, form, {}, rehearsed=shown)
            done = parts.registry.register_hold(asked, asks.actor)
        except InvalidHoldError as exc:
            return page.form(asks, form, exc.by_field or {"hold_ref": str(exc)}, status=422)
        except ConflictError as exc:
            problems = {"hold_ref": str(exc)}
            return page.form(asks, form, problems, known=exc.hold_id or "", status=409)
        # To the page by GET: a reload registers nothing again.
        return RedirectResponse(f"/holds/{done.hold.id}", 303)

    return router


class _Page:
    def __init__(self, parts: Parts, frame: Frame) -> None:
        self._parts = parts
        self._frame = frame

    def read(self, asks: Person, form: HoldForm) -> intake.Registration:
        """Read what was typed; a time without an offset is the jail's own.

        Raises:
            InvalidHoldError: With every problem found.
            HoldNotFoundError: No such facility among theirs.
        """
        views = self._parts.views.seen_by(asks.actor)
        told = {name: text.strip() for name, text in form.model_dump(exclude={"show"}).items()}
        if not told["facility_code"]:
            raise InvalidHoldError("facility: choose one", field="facility_code")
        zone = views.facility(told["facility_code"]).timezone
        return intake.read_registration(told, zone, views.now())

    def form(
        self,
        asks: Person,
        typed: HoldForm,
        problems: Mapping[str, str],
        *,
        rehearsed: Registered | None = None,
        known: str = "",
        status: int = 200,
    ) -> Response:
        """Return the form as it was typed, with what is wrong, or the limits it would have."""
        facilities = self._parts.open_holds.seen_by(asks.actor).facilities()
        told = typed.model_dump()
        if len(facilities) == 1:
            told["facility_code"] = facilities[0].code
        said = voice(reader_from(asks).manner)
        view = None if rehearsed is None else _view(rehearsed)
        values = {
            "facilities": [("", "")] * (len(facilities) > 1)
            + [(each.code, f"{each.name}, {each.state}") for each in facilities],
            "typed": told,
            "problems": dict.fromkeys(told, "") | dict(problems),
            "wrong": problems,
            "known": known,
            "view": view,
            "lead": None if view is None else words.lead(view, said),
            "lacks": [] if view is None else list(words.missing(view, said)),
            "warnings": () if rehearsed is None else rehearsed.warnings,
        }
        return self._frame.page(asks, "new_hold.html", values, here="new-hold", status=status)


def _view(rehearsed: Registered) -> HoldView:
    return HoldView(
        rehearsed.hold,
        rehearsed.next_due_at,
        rehearsed.facility,
        rehearsed.rules,
        rehearsed.now,
    )
