"""The pages of every noun: a list, a page for each thing, a form for each act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from scheduler.amendments import NotAgreedError
from scheduler.errors import (
    ConflictError,
    HoldNotFoundError,
    HoldStateError,
    InFlightError,
    InvalidHoldError,
    StaleVersionError,
)
from web import guards, problem_json
from web.frame import Frame
from web.identity import Person
from web.pages.administration import fields as form_fields
from web.pages.administration import moves, once, shown
from web.pages.administration.edits import Edit, stale
from web.pages.administration.fields import Field
from web.pages.administration.nouns import Act, Asked, Done, Noun, Nouns, Row, is_on
from web.pages.pressed_once import PressedOnce, new_key
from web.parts import Parts
from web.rules import AdministersPages, SendsSettings

ROOT: Final = "/administration"
HERE: Final = "administration"
WAS: Final = "was"
REFUSED: Final = (HoldNotFoundError, HoldStateError, InvalidHoldError)
"""What a use case refuses a form with."""


async def _posted(request: Request) -> Mapping[str, str]:
    """Return what was posted: of a field that came several times, the values line by line."""
    typed: dict[str, str] = {}
    for name, text in (await request.form()).multi_items():
        if isinstance(text, str) and name != guards.CSRF:
            line = text.replace("\r\n", "\n")
            typed[name] = f"{typed[name]}\n{line}" if name in typed else line
    return typed


Posted = Annotated[Mapping[str, str], Depends(_posted)]


class Form(NamedTuple):
    """A form as it is shown.

    Attributes:
        row: What it is about; None where one is added.
        typed: By field.
        problems: By field, under its label; the empty name is the form as a whole.
        was: Of an edit, what was on record when it was opened.
        key: Its own, so that it is carried out once.
        seen: The fingerprint of the moves of holds that were shown; empty before that.
    """

    noun: Noun
    act: Act
    row: Row | None
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    was: Mapping[str, str]
    key: str
    seen: str = ""


def index(frame: Frame, nouns: Nouns) -> APIRouter:
    """Return the route of the page that leads to all nouns."""
    router = APIRouter()

    @router.get(ROOT, response_class=HTMLResponse)
    def show_index(asks: AdministersPages) -> Response:
        told = []
        for noun in nouns:
            rows = noun.rows(asks)
            told.append({"noun": noun, "all": len(rows), "off": sum(not is_on(r) for r in rows)})
        return frame.page(asks, "administration/index.html", {"nouns": told}, here=HERE)

    return router


def routes(parts: Parts, frame: Frame, nouns: Nouns, noun: Noun) -> APIRouter:
    """Return the routes of a noun's pages.

    Args:
        parts: What keeps forms from being carried out twice.
        frame: What pages are shown in.
        nouns: All of them: fields may name others.
        noun: Whose pages.
    """
    router = APIRouter()
    pages = _Pages(parts, frame, nouns, noun)
    list_path, thing_path = f"{ROOT}/{noun.path}", f"{ROOT}/{noun.path}/{{name}}"

    @router.get(list_path, response_class=HTMLResponse)
    def show_list(asks: AdministersPages, done: str = "") -> Response:
        return pages.list(asks, done)

    @router.get(thing_path, response_class=HTMLResponse)
    def show_one(asks: AdministersPages, name: str, done: str = "") -> Response:
        return pages.thing(asks, name, done)

    for act in noun.adds:
        _add_form(router, pages, act)
    for act in noun.acts:
        _add_act(router, pages, act, f"{thing_path}/{act.name}")
    return router


def _add_form(router: APIRouter, pages: _Pages, act: Act) -> None:
    path = f"{ROOT}/new/{act.name}"

    @router.get(path, response_class=HTMLResponse)
    def show_form(asks: AdministersPages, request: Request) -> Response:
        return pages.opened(asks, act, "", dict(request.query_params))

    @router.post(path, response_class=HTMLResponse)
    def send_form(asks: SendsSettings, posted: Posted, request: Request) -> Response:
        return pages.sent(asks, act, "", posted, path=request.url.path)


def _add_act(router: APIRouter, pages: _Pages, act: Act, path: str) -> None:
    @router.get(path, response_class=HTMLResponse)
    def show_form(asks: AdministersPages, name: str) -> Response:
        return pages.opened(asks, act, name, {})

    @router.post(path, response_class=HTMLResponse)
    def send_form(asks: SendsSettings, name: str, posted: Posted, request: Request) -> Response:
        return pages.sent(asks, act, name, posted, path=request.url.path)


class _Pages:
    def __init__(self, parts: Parts, frame: Frame, nouns: Nouns, noun: Noun) -> None:
        self._parts = parts
        self._pressed = PressedOnce(parts.replies)
        self._frame = frame
        self._nouns = nouns
        self._noun = noun

    def list(self, asks: Person, done: str) -> Response:
        """Return the list."""
        noun, look = self._noun, shown.Look(self._nouns, self._noun, asks)
        values = {
            "noun": noun,
            "columns": look.columns,
            "lines": look.lines(noun.rows(asks)),
            "done": self._done(done),
        }
        return self._frame.page(asks, "administration/list.html", values, here=HERE)

    def thing(self, asks: Person, name: str, done: str) -> Response:
        """Return the page of one thing."""
        noun = self._noun
        row = noun.get(asks, name)
        values = {
            "noun": noun,
            "row": row,
            "called": noun.called(row),
            "address": self._address(row),
            "facts": shown.Look(self._nouns, noun, asks).facts(row),
            "related": shown.related(self._nouns, noun, row, asks),
            "acts": [act for act in noun.acts if act.is_offered(row)],
            "off_since": None if is_on(row) else shown.instant(row["disabled_at"]),
            "done": self._done(done),
            **noun.more(asks, row),
        }
        return self._frame.page(asks, noun.template, values, here=HERE)

    def opened(self, asks: Person, act: Act, name: str, given: Mapping[str, str]) -> Response:
        """Return a form as it is opened: empty, or with what is on record."""
        row = self._noun.get(asks, name) if name else None
        fields = self._fields(asks, act)
        known = row if row is not None and act.is_edit else {}
        was = {f.name: form_fields.told(known[f.name]) for f in fields if f.name in known}
        typed = {f.name: given.get(f.name, f.default) for f in fields} | was
        form = Form(self._noun, act, row, typed, {}, was, new_key())
        return self._form(asks, form, fields)

    def sent(
        self, asks: Person, act: Act, name: str, posted: Mapping[str, str], *, path: str
    ) -> Response:
        """Carry a form out, or return it with what is wrong."""
        row = self._noun.get(asks, name) if name else None
        fields = self._fields(asks, act)
        typed = {field.name: posted.get(field.name, "") for field in fields}
        edit = Edit.read(posted.get(WAS, ""), typed, fields, row) if row and act.is_edit else None
        key = posted.get(once.FIELD) or new_key()
        seen = posted.get(moves.SEEN, "")
        form = Form(self._noun, act, row, typed, {}, edit.was if edit else {}, key, seen)
        if posted.get(moves.BACK):
            return self._form(asks, form, fields)
        sending = once.Once(self._pressed, asks.actor, path, posted)
        try:
            return sending.answer(lambda: self._carried_out(asks, form, fields, edit))
        except StaleVersionError as exc:
            now = self._noun.get(asks, name)
            return self._form(asks, stale(form, now, fields, exc), fields, status=412)
        except NotAgreedError as exc:
            return self._moves(asks, form, fields, exc)
        except REFUSED as exc:
            wrong = exc.by_field if isinstance(exc, InvalidHoldError) else {}
            told = form_fields.labelled(wrong or {"": str(exc)}, fields)
            # What was carried out under a key is done with; only a new one carries more.
            is_over = isinstance(exc, ConflictError) and not isinstance(exc, InFlightError)
            key = new_key() if is_over else key
            status = 422 if isinstance(exc, HoldNotFoundError) else problem_json.status_of(exc)
            return self._form(asks, form._replace(problems=told, key=key), fields, status=status)

    def _carried_out(
        self, asks: Person, form: Form, fields: tuple[Field, ...], edit: Edit | None
    ) -> Response:
        act, name = form.act, "" if form.row is None else str(form.row[self._noun.key])
        if edit is None:
            body = form_fields.read(act.body, form.typed, fields, fixed=act.fixed)
            done = act.do(Asked(asks.actor, name, body, {}, form.seen))
        elif edit.changed:
            fields = (*edit.changed, *edit.besides)
            body = form_fields.read(act.body, form.typed, fields, fixed=act.fixed)
            done = act.do(Asked(asks.actor, name, body, edit.as_sent(body), form.seen))
        else:
            done = Done(name)
        if done.secret is not None:
            return self._secret(asks, form, done)
        where = f"{ROOT}/{self._noun.path}"
        where += f"/{quote(done.name, safe='')}" if done.name else ""
        return RedirectResponse(f"{where}?done={act.name}", 303)

    def _secret(self, asks: Person, form: Form, done: Done) -> Response:
        values = {
            "form": form,
            "done": done,
            "next": f"{ROOT}/{self._noun.path}" + (f"/{quote(done.name)}" if done.name else ""),
        }
        return self._frame.page(asks, "administration/secret.html", values, here=HERE)

    def _form(
        self, asks: Person, form: Form, fields: tuple[Field, ...], *, status: int = 200
    ) -> Response:
        values = {
            **self._about(form),
            "fields": fields,
            "problems": dict.fromkeys(form.typed, "") | dict(form.problems),
            "wrong": {name or "form": told for name, told in form.problems.items()},
        }
        return self._frame.page(asks, "administration/form.html", values, here=HERE, status=status)

    def _moves(
        self, asks: Person, form: Form, fields: tuple[Field, ...], exc: NotAgreedError
    ) -> Response:
        """Return what a form would move, with the button that does just that."""
        told = moves.told(exc.moves, self._parts.views.now())
        about = self._about(form)
        values = {**about, "fields": fields, "told": told, "has_changed": bool(form.seen)}
        status = problem_json.status_of(exc) if form.seen else 200
        return self._frame.page(asks, "administration/moves.html", values, here=HERE, status=status)

    def _about(self, form: Form) -> dict[str, Any]:
        return {
            "form": form,
            "noun": self._noun,
            "act": form.act,
            "typed": form.typed,
            "was": Edit.sealed(form.was),
            "called": "" if form.row is None else self._noun.called(form.row),
            "address": "" if form.row is None else self._address(form.row),
        }

    def _fields(self, asks: Person, act: Act) -> tuple[Field, ...]:
        names = [name for name in act.body.model_fields if name not in act.without]
        hints = {
            field.name: field.hint
            for add in self._noun.adds
            if act.is_edit
            for field in form_fields.of_body(add.body, choices={}, labels={})
        }
        own = {name: choose(asks) for name, choose in act.choices.items() if name in names}
        made = form_fields.of_body(
            act.body,
            choices=self._nouns.choices(names, asks) | own,
            labels=self._nouns.labels(names),
            without={*act.without, *act.fixed},
            hints=hints,
        )
        return tuple(
            field._replace(is_needed=True, may_be_none=False) if field.name in act.needs else field
            for field in sorted(made, key=lambda field: field.name in act.last)
        )

    def _address(self, row: Row) -> str:
        return f"{ROOT}/{self._noun.path}/{quote(str(row[self._noun.key]), safe='')}"

    def _done(self, name: str) -> str:
        known = (act for act in (*self._noun.adds, *self._noun.acts) if act.name == name)
        return next((act.title for act in known), "")
