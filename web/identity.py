"""Who asks: a machine by its key, or a person by their session. The only place that decides it."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from scheduler.accounts.api_keys import ApiKeys
from scheduler.domain.actors import Actor
from scheduler.errors import NotSignedInError

BEARER = "bearer "


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        actor: What they are to the record.
    """

    actor: Actor


class Identity:
    """Finds out who asks.

    Args:
        api_keys: Knows machines.
    """

    def __init__(self, api_keys: ApiKeys) -> None:
        self._api_keys = api_keys

    def caller(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            NotSignedInError: Nobody we know.
        """
        told = request.headers.get("authorization", "")
        if told[: len(BEARER)].lower() == BEARER:
            return Caller(self._api_keys.who(told[len(BEARER) :].strip()))
        raise NotSignedInError("Authorization: it is missing; send 'Bearer' and an API key")


def caller(request: Request) -> Caller:
    """Return who asks, by the identity that the application was made with.

    Raises:
        NotSignedInError: Nobody we know.
    """
    identity: Identity = request.app.state.identity
    return identity.caller(request)


Asks = Annotated[Caller, Depends(caller)]
"""The parameter of every route that is not for everybody."""
