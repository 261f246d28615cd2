"""From one step of sign-in to the next: the cookie, where to go, what was typed before."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from scheduler.accounts.kept_forms import Kept
from scheduler.accounts.sessions import Stage, form_token
from scheduler.accounts.sign_in import Entered
from web.auth.paths import HOME, next_path
from web.auth.resume import Resume
from web.identity import identity_of
from web.rendering import Pages, reader_of
from web.voice import marked

CODE: Final = "/sign-in/code"
SECOND_FACTOR: Final = "/second-factor"
REFUSED_STATUS: Final = 401
NOT_TYPED: Final = frozenset({"once", "was", "seen"})
"""Fields by which a form is carried out once, overwrites nobody, and does what was shown."""
# No browser knows the scheme, so none opens a window of its own (RFC 9110, 15.5.2 wants one).
CHALLENGE: Final = {"WWW-Authenticate": "Session"}
TOO_LATE: Final = marked("That took more than 10 minutes. Nothing was recorded. Begin again.")


class Carried(BaseModel):
    """What every form on the way carries along."""

    next: str = HOME
    kept: str = ""

    def without_kept(self) -> Carried:
        """Return what an address may carry: what was typed travels in forms alone."""
        return Carried(next=self.next)


class Steps:
    """Makes the pages of sign-in, and leads from one to the next.

    Args:
        pages: Fills templates.
        resume: Gives back what was typed before.
        help_line: Who helps with signing in.
        has_provider: People may sign in through one.
    """

    def __init__(
        self, pages: Pages, resume: Resume, *, help_line: str | None, has_provider: bool = False
    ) -> None:
        self._pages = pages
        self._resume = resume
        self._help_line = help_line
        self._has_provider = has_provider

    def page(
        self,
        request: Request,
        template: str,
        carried: Carried,
        *,
        status: int = 200,
        token: str | None = None,
        **values: Any,
    ) -> Response:
        """Return a page whose forms are this browser's.

        Args:
            request: That it answers.
            template: Its name.
            carried: Goes on through its form.
            status: Of the answer.
            token: The browser's from here on, where it changed.
            values: What else the template needs.
        """
        cookie = identity_of(request).cookie
        is_new = token is not None or not cookie.read(request)
        # A browser that is not known yet gets a token too: it is nobody's, and binds the form.
        own = token or cookie.read(request) or secrets.token_urlsafe(32)
        reader = reader_of(request)._replace(csrf=form_token(own))
        told = {
            "next": next_path(carried.next),
            "kept": carried.kept,
            "help_line": self._help_line,
            "has_provider": self._has_provider,
        }
        answer = self._pages.page(template, told | values, status, reader=reader)
        if status == REFUSED_STATUS:
            answer.headers.update(CHALLENGE)
        if is_new:
            cookie.set(answer, own)
        return answer

    def at_sign_in(self, request: Request, carried: Carried, problem: str) -> Response:
        """Return the sign-in page in place of what was asked for."""
        status = REFUSED_STATUS
        return self.page(request, "sign_in.html", carried, status=status, problem=problem, email="")

    def begin_again(self, request: Request, carried: Carried) -> Response:
        """Return the first step, where a later one took too long."""
        return self.at_sign_in(request, carried, TOO_LATE)

    def go_on(self, request: Request, entered: Entered, carried: Carried) -> Response:
        """Lead to the next step, or in."""
        if entered.stage is Stage.SIGNED_IN:
            return self._lead_in(request, entered, carried)
        if carried.kept:
            # Too much for an address: the next page answers at once.
            return self._step(request, entered, carried)
        path = CODE if entered.stage is Stage.CODE else SECOND_FACTOR
        return self._leading(request, _with_next(path, carried.next), entered)

    def in_by_now(
        self,
        request: Request,
        template: str,
        carried: Carried,
        *,
        entered: Entered,
        **values: Any,
    ) -> Response:
        """Return the first page of somebody who is in, with what they had typed before."""
        kept = self._resume.kept(entered.token, carried.kept)
        more = {**values, "kept_form": kept, "typed": _typed(kept)}
        return self.page(request, template, carried, token=entered.token, **more)

    def _lead_in(self, request: Request, entered: Entered, carried: Carried) -> Response:
        if self._resume.kept(entered.token, carried.kept) is None:
            return self._leading(request, next_path(carried.next), entered)
        return self.in_by_now(request, "resume.html", carried, entered=entered)

    def _step(self, request: Request, entered: Entered, carried: Carried) -> Response:
        template = "sign_in_code.html" if entered.stage is Stage.CODE else "second_factor_next.html"
        return self.page(request, template, carried, token=entered.token, problem="")

    def _leading(self, request: Request, path: str, entered: Entered) -> Response:
        answer = RedirectResponse(path, 303)
        identity_of(request).cookie.set(answer, entered.token)
        return answer


def _with_next(path: str, wanted: str) -> str:
    target = next_path(wanted)
    return path if target == HOME else f"{path}?next={quote(target, safe='/')}"


def _typed(kept: Kept | None) -> Mapping[str, str]:
    """Return what was typed, by names that can be read; of a field with several, all."""
    typed: dict[str, list[str]] = {}
    for name, text in () if kept is None else kept.fields:
        if text.strip() and name not in NOT_TYPED:
            typed.setdefault(name.replace("_", " "), []).append(text)
    return {name: ", ".join(texts) for name, texts in typed.items()}
