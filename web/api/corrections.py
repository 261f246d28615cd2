"""Corrections: a wrong entry is answered by a new one, with a reason, on the version that was read."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Response
from pydantic import AliasChoices, Field

from scheduler import intake
from scheduler.correcting import Corrections
from scheduler.errors import InvalidHoldError
from scheduler.recorder import Entry, Settled
from scheduler.views import Views
from web.api import schemas, writing
from web.api.facts import MustMatch, Said, Told, declared, record
from web.api.holds import HoldName
from web.api.schemas import Instant, LongText, Text
from web.parts import Parts
from web.rules import Records


class Entered(StrEnum):
    """What can be corrected: each instant on record, the outcome and its instant, the policy."""

    LODGED_AT = "lodged_at"
    SERVED_AT = "served_at"
    WARRANT_SERVED_AT = "warrant_served_at"
    WARRANT_RECEIVED_AT = "warrant_received_at"
    JUDICIAL_ORDER_AT = "judicial_order_at"
    WOULD_RELEASE_AT = "would_release_at"
    EXPECTED_RELEASE_AT = "expected_release_at"
    NOTICE_GIVEN_AT = "notice_given_at"
    OUTCOME = "outcome"
    OUTCOME_AT = "outcome_at"
    POLICY = "policy"


class Correction(Told):
    """A right entry for a wrong one."""

    field: Annotated[Entered, Field(description="Which entry is wrong.")]
    to: Annotated[
        Text | None,
        Field(
            validation_alias=AliasChoices("to", "value"),
            description="What is right: an instant, an outcome, the id of a policy. Null takes "
            "the entry off the record; without an outcome the hold reopens.",
        ),
    ] = None
    at: Annotated[Instant | None, Field(description="Of a corrected `outcome`: when it was.")] = (
        None
    )
    reason: Annotated[LongText, Field(min_length=1, description="Why; it stays on the record.")]

    def value(self) -> str | None:
        """Return what is right.

        Raises:
            InvalidHoldError: It is not said, or said twice.
        """
        is_instant = self.field not in {Entered.OUTCOME, Entered.POLICY}
        if "to" not in self.model_fields_set:
            if is_instant and self.at is not None:
                return self.at
            raise InvalidHoldError(
                "to: it is missing; give what is right, or null to take the entry off the record",
                field="to",
            )
        if self.at is not None and self.field is not Entered.OUTCOME:
            raise InvalidHoldError(
                "at: it belongs to the field 'outcome'; elsewhere `to` is the instant", field="at"
            )
        return self.to


def routes(parts: Parts) -> APIRouter:
    """Return the route of corrections."""
    router = writing.router(prefix="/holds/{name}", tags=["facts"])

    @router.post(
        "/correction",
        **declared(
            "correctEntry",
            "Correct an entry",
            field="would_release_at",
            to="2026-03-02T08:30:00-05:00",
            reason="The court's order names 8:30.",
        ),
    )
    @writing.answers_again
    def correct(name: HoldName, caller: Records, if_match: MustMatch, told: Correction) -> Response:
        """Correct an entry. Old value, new value and reason stay on the record.

        `If-Match` names the version that was read, so that nobody corrects what they
        have not seen. A limit that moves opens a new window.
        """
        is_outcome = told.field is Entered.OUTCOME
        kept = told if is_outcome else told.model_copy(update={"at": None})
        right = Right(parts.views, parts.registry, told.field, told.value())
        return record(parts, Said(name, caller, kept, if_match), right.put)

    return router


class Right(NamedTuple):
    """What is right in place of an entry.

    Attributes:
        corrections: Puts it on record, or rehearses that.
    """

    views: Views
    corrections: Corrections
    field: Entered
    value: str | None

    def put(self, name: str, entry: Entry) -> Settled:
        """Put it on record."""
        if self.field is Entered.OUTCOME:
            return self._outcome(name, entry)
        if self.field is Entered.OUTCOME_AT:
            return self._outcome_at(name, entry)
        if self.field is Entered.POLICY:
            return self._policy(name, entry)
        instant = schemas.read_instant(self.value, "to")
        return self.corrections.correct_instant(name, entry, self.field.value, instant)

    def _outcome(self, name: str, entry: Entry) -> Settled:
        outcome = intake.read_outcome(self.value)
        if outcome is not None and entry.at is None:
            raise InvalidHoldError("at: it is missing; say when that outcome was", field="at")
        return self.corrections.correct_outcome(name, entry, outcome)

    def _outcome_at(self, name: str, entry: Entry) -> Settled:
        """Date the outcome that is on record anew."""
        hold = self.views.seen_by(entry.actor).hold(name).hold
        instant = schemas.read_instant(self.value, "to")
        if hold.outcome is None or instant is None:
            raise InvalidHoldError(
                f"outcome_at: hold {hold.id} needs an outcome on record and an instant; "
                "to take the outcome off, correct the field `outcome` to null",
                field="to",
            )
        dated = replace(entry, at=instant)
        return self.corrections.correct_outcome(name, dated, hold.outcome, hold.outcome_basis)

    def _policy(self, name: str, entry: Entry) -> Settled:
        if self.value is None:
            raise InvalidHoldError("to: a hold always has a policy; name the right one", field="to")
        return self.corrections.change_policy(name, entry, self.value)
