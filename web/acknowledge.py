"""The page behind a one-time link: GET shows it and records nothing, POST answers once.

Mail scanners follow links, so only the button acknowledges. The link itself is the
right to answer; there is no sign-in, and no script.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from scheduler.answering import Answers, Question
from scheduler.domain.instants import rfc3339
from scheduler.errors import ConflictError, HoldNotFoundError, HoldStateError, InvalidHoldError
from web import arrival, guards, problems, refused, words
from web.arrival import Said, Typed
from web.reader import Reader
from web.rendering import Pages, reader_of
from web.voice import Voice, marked, voice

SHOWN, REFUSED, CONFLICT = 200, 422, 409
NOTHING_TYPED = Typed()


class AnswerForm(BaseModel):
    """The form's fields, as texts: what they mean is read with the jail's zone at hand."""

    choice: str = ""
    at: str = ""
    note: str = ""
    as_of: str = ""


class Choice(NamedTuple):
    """An answer that needs no typing.

    Attributes:
        is_late: Authority to hold will have ended by then.
    """

    value: str
    words: str
    by: datetime
    is_late: bool


def routes(answers: Answers, pages: Pages, *, base_url: str) -> APIRouter:
    """Return the routes of the page.

    Args:
        answers: What it asks and records.
        pages: Makes it.
        base_url: Where browsers reach it.
    """
    router = APIRouter()
    path = "/acknowledge/{token}"

    # HEAD too, and it records nothing either: link checkers use it.
    @router.api_route(path, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def show(request: Request, token: str) -> Response:
        view = _View(pages, reader_of(request))
        try:
            return view.standing(answers.read(token))
        except HoldNotFoundError:
            return view.unknown()

    @router.post(path, response_class=HTMLResponse)
    def answer(request: Request, token: str, form: Annotated[AnswerForm, Form()]) -> Response:
        guards.require_own_form(request, base_url)
        view = _View(pages, reader_of(request))
        typed = Typed(form.choice, form.at, form.note, form.as_of)
        try:
            question = answers.read(token)
        except HoldNotFoundError:
            return view.unknown()
        zone, now = question.view.facility.timezone, question.view.now
        try:
            _record(answers, token, arrival.read(typed, zone, now))
        except InvalidHoldError as exc:
            if question.mine is not None or question.is_closed:
                return view.refused(question, typed)
            return view.form(question, typed, exc)
        except (ConflictError, HoldStateError):
            return view.refused(answers.read(token), typed)
        # To the page by GET: a reload asks nothing again.
        return RedirectResponse(request.url.path, 303)

    return router


def _record(answers: Answers, token: str, said: Said) -> None:
    if said.is_coming:
        answers.acknowledge(token, arrival_at=said.arrival_at, note=said.note)
    else:
        answers.pass_on(token, note=said.note)


class _View:
    """Chooses the page for where a question stands."""

    def __init__(self, pages: Pages, reader: Reader) -> None:
        self._pages = pages
        self._reader = reader
        self._voice = voice(reader.manner)

    def standing(self, question: Question, refused: str = "", status: int = SHOWN) -> Response:
        """Show where the question stands: answered, closed, or waiting for an answer."""
        if question.mine is not None:
            return self._page("answered.html", _answered(question, refused), question, status)
        if question.is_closed:
            return self._page("closed.html", {"refused": refused}, question, status)
        return self.form(question, NOTHING_TYPED, None)

    def form(self, question: Question, typed: Typed, problem: InvalidHoldError | None) -> Response:
        """Show the form, with what was typed and what is wrong with it."""
        zone = question.view.facility.timezone
        found = (
            {}
            if problem is None
            else refused.by_field(problem, self._voice, zone, otherwise="choice")
        )
        # What the record refuses of an arrival is said at the field it came from.
        named = {"arrival_at": "at" if typed.at.strip() else "choice"}
        by_field = dict.fromkeys(("choice", "at", "note"), "")
        by_field |= {named.get(field, field): told for field, told in found.items()}
        status = SHOWN if problem is None else REFUSED
        return self._page("acknowledge.html", _asked(question, typed, by_field), question, status)

    def _page(
        self, template: str, values: dict[str, Any], question: Question, status: int
    ) -> Response:
        view = question.view
        about = {
            "view": view,
            "lead": words.lead(view, self._voice),
            "lacks": list(words.missing(view, self._voice)),
        }
        return self._pages.page(template, about | values, status, reader=self._reader)

    def refused(self, question: Question, typed: Typed) -> Response:
        """Show that somebody, or something, was first, and what was typed."""
        return self.standing(question, _entered(typed, self._voice), CONFLICT)

    def unknown(self) -> Response:
        """Say that the link leads nowhere; whether it ever did, nobody learns."""
        return problems.page(self._pages, 404, problems.LINK_UNKNOWN, reader=self._reader)


def _asked(question: Question, typed: Typed, by_field: dict[str, str]) -> dict[str, Any]:
    view = question.view
    offered = arrival.offered_at(typed.as_of, view.now)
    if by_field["choice"]:
        # What was chosen is over: it is offered anew, and not chosen for anybody.
        offered, typed = view.now, typed._replace(choice="")
    limit = view.hold.deadline_at
    choices = [
        Choice(value, told, by, limit is not None and view.now < limit <= by)
        for value, told in arrival.WITHIN_WORDS.items()
        for by in (arrival.by(value, offered),)
    ]
    return {
        "as_of": rfc3339(offered),
        "choices": choices,
        "goes_on": question.goes_on,
        "latest": question.latest,
        "problems": by_field,
        "wrong": [(field, told) for field, told in by_field.items() if told],
        "typed": typed,
    }


def _answered(question: Question, refused: str) -> dict[str, Any]:
    mine, limit = question.mine, question.view.hold.deadline_at
    said = marked("Acknowledged")
    if mine is not None and not mine.is_coming:
        said = marked("Passed on") if mine.passed_on else marked("You can't come")
    arrives = None if mine is None else mine.arrival_at
    return {
        "comes_late": arrives is not None and limit is not None and limit <= arrives,
        "mine": mine,
        "next_rung": question.next_rung,
        "counts_to": _counts_to(question),
        "refused": refused,
        "said": said,
    }


def _counts_to(question: Question) -> str:
    """Name the limit of the next reminder; where both are one, it is the deadline."""
    hold, rung = question.view.hold, question.next_rung
    return "deadline" if rung is None or hold.ceiling_at == hold.deadline_at else rung.counts_to


def _entered(typed: Typed, voice: Voice) -> str:
    """Return what was typed, to read again where it was not saved."""
    told = []
    if typed.choice in arrival.WITHIN_WORDS:
        told.append(voice.say(arrival.WITHIN_WORDS[typed.choice]))
    if typed.choice == arrival.CANNOT:
        told.append(voice.say(arrival.CANNOT_WORDS))
    told += [part for part in (typed.at.strip(), typed.note.strip()) if part]
    return "; ".join(told) or voice.say("an acknowledgement, without a time")
