"""Facts about a hold: each is put on record once, where it belongs in time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Response
from pydantic import Field

from scheduler import intake
from scheduler.domain.facts import AGENCY
from scheduler.domain.hold import Outcome
from scheduler.domain.policy import Paper
from scheduler.errors import InvalidHoldError
from scheduler.recorder import Entry, Settled
from web.api import schemas, writing
from web.api.holds import HoldName, show_hold, shown
from web.api.schemas import Body, Instant, LongText, Text
from web.api.shapes import Hold
from web.identity import Caller
from web.parts import Parts
from web.rules import Acknowledges, Cancels, Ends, LogsCall, Records, ReportsTransfer

_VERSION = Header(
    alias="If-Match",
    description="The `ETag` of the hold as it was read: refused (412) if it moved on since.",
    examples=['"5"'],
    max_length=100,
)
IfMatch = Annotated[str | None, _VERSION]
MustMatch = Annotated[str, _VERSION]


class Told(Body):
    """What every fact may come with."""

    at: Annotated[Instant | None, Field(description="When it happened; now, if not given.")] = None
    reason: Annotated[
        LongText | None,
        Field(description="Needed for what lies more than 72 h back; it stays on the record."),
    ] = None
    note: Annotated[LongText | None, Field(description="Free text; names nobody held.")] = None

    def full_note(self) -> str | None:
        """Return the note with whatever else belongs to it."""
        return self.note


class Done(Told):
    """A fact that somebody brought about."""

    by: Annotated[Text | None, Field(description="Who did it: an office or a function.")] = None

    def full_note(self) -> str | None:
        """Return the note with who did it."""
        return intake.full_note(self.note, by=self.by)


class Passed(Done):
    """A fact between two sides."""

    to: Annotated[Text | None, Field(description="To whom: an office or a function.")] = None

    def full_note(self) -> str | None:
        """Return the note with who did it, and to whom."""
        return intake.full_note(self.note, by=self.by, to=self.to)


class PaperTold(Done):
    """A paper that is there."""

    paper: Annotated[Paper, Field(description="It never starts, stops or moves the clock.")]


class NoticeTold(Done):
    """A notice of release."""

    to: Annotated[
        Text, Field(description="Only a notice to the agency answers the policy's duty.")
    ] = AGENCY
    how: Annotated[Text | None, Field(description="By telephone, by fax, ...")] = None
    release_at: Annotated[Instant | None, Field(description="The release as it was stated.")] = None


class ReleaseTold(Done):
    """A release."""

    basis: Annotated[
        Text | None,
        Field(description="Bond, dismissed, acquitted, time served, diversion, other."),
    ] = None


class OutcomeTold(Done):
    """How the hold ended."""

    outcome: Outcome
    basis: Annotated[Text | None, Field(description="Of a release.")] = None
    superseded_by: Annotated[
        Text | None, Field(description="Of a superseded hold: the newer one's id or reference.")
    ] = None


class AcknowledgementTold(Done):
    """Somebody has the alert."""

    arrival_at: Annotated[Instant | None, Field(description="When they expect to arrive.")] = None


NOTHING, DONE, PASSED = Told(), Done(), Passed()
NOTICE, RELEASE, ACKNOWLEDGEMENT = NoticeTold(), ReleaseTold(), AcknowledgementTold()
"""Bodies of requests that come without one."""

Act = Callable[[str, Entry], Settled]


def version_of(if_match: str | None) -> int | None:
    """Return the version that `If-Match` names, or None where it is not asked for.

    A weak tag counts too: a proxy that packs answers makes them weak, and a version
    says which record is meant in either case.

    Raises:
        InvalidHoldError: It names none, or several.
    """
    if if_match is None:
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdecimal() and len(tag) < 10):
        raise InvalidHoldError(
            'If-Match: it names no version; send the hold\'s `ETag` as it came, as "5"',
            field="If-Match",
        )
    return int(tag)


class Said(NamedTuple):
    """A fact as it came in: about which hold, by whom, what, and on which version of it."""

    name: str
    caller: Caller
    told: Told
    if_match: str | None


def record(parts: Parts, said: Said, act: Act) -> Response:
    """Record one fact and show the hold as it then stands."""
    told, actor = said.told, said.caller.actor
    entry = Entry(
        actor=actor,
        at=schemas.read_instant(told.at, "at"),
        reason=intake.plain_text(told.reason, "reason", intake.LONGEST_REASON),
        note=told.full_note(),
        version=version_of(said.if_match),
    )
    if writing.is_done():
        return shown(parts.views.seen_by(actor).hold(said.name))
    settled = act(said.name, entry)
    return shown(parts.views.of(settled.hold, settled.next_due_at))


def declared(operation_id: str, summary: str, **example: Any) -> dict[str, Any]:
    """Declare a route that records a fact."""
    return {
        "operation_id": operation_id,
        "summary": summary,
        "response_model": Hold,
        "responses": {**show_hold("The hold as it now stands."), **schemas.writing(404, 412)},
        "openapi_extra": schemas.body_example(example),
    }


def routes(parts: Parts) -> APIRouter:
    """Return the routes of facts."""
    router = writing.router(prefix="/holds/{name}", tags=["facts"])
    _add_papers(router, parts)
    _add_release(router, parts)
    _add_ends(router, parts)
    _add_answers(router, parts)
    return router


def _add_papers(router: APIRouter, parts: Parts) -> None:
    registry = parts.registry

    @router.post(
        "/service", **declared("recordService", "Record that a copy was served", by="Booking desk")
    )
    @writing.answers_again
    def service(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: Done = DONE
    ) -> Response:
        """Record that a copy was served on the person: the detainer takes effect."""
        return record(parts, Said(name, caller, told, if_match), registry.serve_detainer)

    @router.post(
        "/warrant",
        **declared("recordWarrant", "Record that the warrant was served", by="Booking desk"),
    )
    @writing.answers_again
    def warrant(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: Done = DONE
    ) -> Response:
        """Record that the warrant was served; under some policies that starts the clock."""
        return record(parts, Said(name, caller, told, if_match), registry.serve_warrant)

    @router.post(
        "/papers",
        **declared("recordPaper", "Record that a paper is there", paper="warrant", by="Records"),
    )
    @writing.answers_again
    def paper(
        name: HoldName, caller: Records, told: PaperTold, if_match: IfMatch = None
    ) -> Response:
        """Record that a paper is there. It never starts, stops or moves the clock."""
        act = partial(registry.receive_paper, paper=told.paper)
        return record(parts, Said(name, caller, told, if_match), act)


def _add_release(router: APIRouter, parts: Parts) -> None:
    registry = parts.registry

    @router.post("/clock", **declared("startClock", "Start the clock", note="Bond was posted."))
    @writing.answers_again
    def clock(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: Told = NOTHING
    ) -> Response:
        """Record when the person would otherwise have been released: the clock starts there.

        A time still to come is a forecast, and starts nothing before it is confirmed.
        """
        return record(parts, Said(name, caller, told, if_match), registry.start_clock)

    @router.post(
        "/notice",
        **declared("recordNotice", "Record a notice of release", to="agency", how="telephone"),
    )
    @writing.answers_again
    def notice(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: NoticeTold = NOTICE
    ) -> Response:
        """Record a notice of release, to the agency or to somebody else."""
        act = partial(
            registry.give_notice,
            recipient=intake.plain_text(told.to, "to") or AGENCY,
            release_at=schemas.read_instant(told.release_at, "release_at"),
            manner=intake.plain_text(told.how, "how"),
        )
        return record(parts, Said(name, caller, told, if_match), act)


def _add_ends(router: APIRouter, parts: Parts) -> None:
    def ended(said: Said, outcome: Outcome, **more: Any) -> Response:
        act = partial(parts.registry.record_outcome, outcome=outcome, **more)
        return record(parts, said, act)

    @router.post(
        "/transfer",
        **declared("recordTransfer", "Record a transfer", by="Booking desk", to="East office"),
    )
    @writing.answers_again
    def transfer(
        name: HoldName, caller: ReportsTransfer, if_match: IfMatch = None, told: Passed = PASSED
    ) -> Response:
        """Record that the agency took custody; an agent's word is kept as the agency's."""
        return ended(Said(name, caller, told, if_match), Outcome.TRANSFERRED)

    @router.post("/release", **declared("recordRelease", "Record a release", basis="bond"))
    @writing.answers_again
    def release(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: ReleaseTold = RELEASE
    ) -> Response:
        """Record that the person was released."""
        said = Said(name, caller, told, if_match)
        return ended(said, Outcome.RELEASED, basis=intake.plain_text(told.basis, "basis"))

    @router.post(
        "/cancellation", **declared("recordCancellation", "Record a cancellation", by="East office")
    )
    @writing.answers_again
    def cancellation(
        name: HoldName, caller: Cancels, if_match: IfMatch = None, told: Done = DONE
    ) -> Response:
        """Record that the agency cancelled the detainer."""
        return ended(Said(name, caller, told, if_match), Outcome.CANCELLED)

    @router.post(
        "/declination",
        **declared("recordDeclination", "Record a declination", note="By the county's policy."),
    )
    @writing.answers_again
    def declination(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: Done = DONE
    ) -> Response:
        """Record that the facility will not hold."""
        return ended(Said(name, caller, told, if_match), Outcome.DECLINED)

    @router.post(
        "/outcome",
        **declared(
            "recordOutcome",
            "Record another end",
            outcome="other_custody",
            note="To the state prison.",
        ),
    )
    @writing.answers_again
    def outcome(
        name: HoldName, caller: Ends, told: OutcomeTold, if_match: IfMatch = None
    ) -> Response:
        """Record how the hold ended, by any outcome there is."""
        newer = told.superseded_by
        views = parts.views.seen_by(caller.actor)
        return ended(
            Said(name, caller, told, if_match),
            told.outcome,
            basis=intake.plain_text(told.basis, "basis"),
            successor=None if newer is None else views.hold(newer).hold.id,
        )


def _add_answers(router: APIRouter, parts: Parts) -> None:
    registry = parts.registry

    @router.post(
        "/citizenship-claim",
        **declared(
            "recordCitizenshipClaim", "Record a claim of citizenship", note="A passport was shown."
        ),
    )
    @writing.answers_again
    def citizenship_claim(
        name: HoldName, caller: Records, if_match: IfMatch = None, told: Told = NOTHING
    ) -> Response:
        """Record that the person claims U.S. citizenship; agent and supervisor hear at once."""
        return record(parts, Said(name, caller, told, if_match), registry.claim_citizenship)

    @router.post(
        "/acknowledgement",
        **declared("acknowledgeAlert", "Acknowledge the alert", arrival_at="2026-03-02T15:30:00Z"),
    )
    @writing.answers_again
    def acknowledgement(
        name: HoldName,
        caller: Acknowledges,
        if_match: IfMatch = None,
        told: AcknowledgementTold = ACKNOWLEDGEMENT,
    ) -> Response:
        """Record that somebody has the alert, and when they expect to arrive.

        Repeats and escalation of the alerts so far end; the next one comes all the same.
        """
        arrival_at = schemas.read_instant(told.arrival_at, "arrival_at")
        act = partial(registry.acknowledge, arrival_at=arrival_at)
        return record(parts, Said(name, caller, told, if_match), act)

    @router.post("/call", **declared("logCall", "Log a call", to="East office", note="No answer."))
    @writing.answers_again
    def call(
        name: HoldName, caller: LogsCall, if_match: IfMatch = None, told: Passed = PASSED
    ) -> Response:
        """Record a call that was made by hand."""
        return record(parts, Said(name, caller, told, if_match), registry.log_call)
