"""Signing in through a provider of identities: there by one redirect, back by another.

A refusal says the same whatever was wrong; the log and the process's own log say more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from scheduler.accounts.sign_in import Entered, SignIn
from scheduler.accounts.vouching import Vouched, Vouching
from scheduler.domain.claims import ClaimRules
from scheduler.errors import NotSignedInError
from web.auth.flow import GOOD_FOR, Flows
from web.auth.paths import HOME, next_path
from web.auth.provider import Provider
from web.auth.steps import Carried, Steps
from web.cookies import SessionCookie
from web.identity import identity_of
from web.rate_limits import RateLimits
from web.source import source_of
from web.voice import marked

logger = logging.getLogger(__name__)

LEAVE: Final = "/sign-in/provider"
RETURN: Final = "/sign-in/provider/return"
COOKIE: Final = "holdclock-provider"
LONGEST_SUBJECT: Final = 255
"""As OpenID Connect Core 1.0 has it (section 2); in ASCII."""
NOT_IN: Final = marked(
    "Signing in through your agency did not work. Try again, or ask an administrator."
)


@dataclass(frozen=True, kw_only=True)
class ProviderSignIn:
    """Everything that signing in through a provider takes.

    Attributes:
        flows: Ways there and back.
        rules: How its claims become roles.
        vouching: Finds and makes the accounts.
    """

    provider: Provider
    flows: Flows
    rules: ClaimRules
    vouching: Vouching

    def entered(
        self, answer: Answer, cookie: str, sign_in: SignIn, *, source: str
    ) -> tuple[Entered, str]:
        """Let somebody in who came back; and say where they go on to.

        Raises:
            NotSignedInError: Something in the answer is not as it must be.
        """
        flow = self.flows.returned(cookie, answer.state)
        if answer.iss and answer.iss != self.provider.issuer:
            raise NotSignedInError("iss: another provider answered")
        if answer.error or not answer.code:
            raise NotSignedInError("provider: it refused, or was told to")
        claims = self.provider.claims(answer.code, flow)
        account_id = self.vouching.account(self._vouched(claims))
        return sign_in.through_provider(account_id, source=source), flow.next

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        grant = self.rules.grant(claims)
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise NotSignedInError("email: the provider has not verified one")
        name, subject = claims.get("name"), claims["sub"]
        if len(subject) > LONGEST_SUBJECT or not (subject.isascii() and subject.isprintable()):
            raise NotSignedInError("sub: it is longer than 255 letters, or has other characters")
        return Vouched(
            f"{self.provider.issuer} {subject}",
            email.strip().casefold(),
            name if isinstance(name, str) and name.strip() else email,
            grant,
        )


class Answer(BaseModel):
    """What a provider sends a browser back with."""

    code: str = ""
    state: str = ""
    iss: str = ""
    error: str = ""


def routes(through: ProviderSignIn, sign_in: SignIn, steps: Steps, limits: RateLimits) -> APIRouter:
    """Return the two routes.

    Args:
        through: The provider.
        sign_in: Lets people in.
        steps: Makes the pages.
        limits: How often anybody may try.
    """
    router = APIRouter()

    @router.get(LEAVE, include_in_schema=False)
    def leave(request: Request, wanted: Annotated[str, Query(alias="next")] = HOME) -> Response:
        limits.provider(source_of(request))
        flow = through.flows.begin(next_path(wanted))
        try:
            url = through.provider.sign_in_url(flow)
        except NotSignedInError as exc:
            return refused(request, exc)
        answer = RedirectResponse(url, 303)
        _cookie(request).set(answer, flow.cookie, lasts=GOOD_FOR)
        return answer

    # By GET, as the protocol has it: what it changes is bound to this browser by its cookie.
    @router.get(RETURN, include_in_schema=False)
    def come_back(request: Request, answer: Annotated[Answer, Query()]) -> Response:
        source = source_of(request)
        limits.provider(source)
        cookie = _cookie(request)
        try:
            entered, wanted = through.entered(answer, cookie.read(request), sign_in, source=source)
        except NotSignedInError as exc:
            response = refused(request, exc)
        else:
            # The browser gets another token now; what the old one was good for ends.
            sign_in.sign_out(identity_of(request).cookie.read(request), source=source)
            response = steps.go_on(request, entered, Carried(next=wanted))
        cookie.clear(response)
        return response

    def refused(request: Request, exc: NotSignedInError) -> Response:
        logger.warning("Not let in: %s", exc, extra={"action": "provider_refused"})
        what = str(exc).partition(":")[0]
        through.vouching.refused(f"provider, {what}", source=source_of(request))
        return steps.at_sign_in(request, Carried(), NOT_IN)

    return router


def _cookie(request: Request) -> SessionCookie:
    return SessionCookie(identity_of(request).base_url, COOKIE)
