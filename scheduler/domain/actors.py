"""Who may write what.

Facility staff write every fact about their facility's holds. An agent writes an
acknowledgement, an arrival time, a cancellation, and a transfer as the agency
reports it. An administrator writes accounts, settings and policies, and no fact
about a hold. An auditor reads. The command line belongs to whoever runs the host.
A recipient answers the alert whose link they hold, and no more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from scheduler.domain.hold import Outcome, Reporter
from scheduler.errors import HoldNotFoundError, NotAllowedError


class Role(StrEnum):
    """What somebody is to the record."""

    FACILITY = "facility"
    AGENT = "agent"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    RECIPIENT = "recipient"


class Deed(StrEnum):
    """Something that is written."""

    FACT = "record a fact about a hold"
    ACKNOWLEDGE = "acknowledge an alert"
    CANCEL = "cancel a detainer"
    REPORT_TRANSFER = "report a transfer"
    LOG_CALL = "log a call"
    ADMINISTER = "change settings"


ALLOWED: dict[Role, frozenset[Deed]] = {
    Role.FACILITY: frozenset(Deed) - {Deed.ADMINISTER},
    Role.AGENT: frozenset(
        {
            Deed.ACKNOWLEDGE,
            Deed.CANCEL,
            Deed.REPORT_TRANSFER,
            Deed.LOG_CALL,
        }
    ),
    Role.ADMINISTRATOR: frozenset({Deed.ADMINISTER}),
    Role.AUDITOR: frozenset(),
    Role.OPERATOR: frozenset(Deed),
    Role.RECIPIENT: frozenset({Deed.ACKNOWLEDGE, Deed.LOG_CALL}),
}

OUTCOME_DEEDS = {Outcome.CANCELLED: Deed.CANCEL, Outcome.TRANSFERRED: Deed.REPORT_TRANSFER}


class Grant(NamedTuple):
    """A role with its places."""

    role: Role
    facility_codes: frozenset[str] = frozenset()
    office_codes: frozenset[str] = frozenset()


class Actor(NamedTuple):
    """Who writes.

    Attributes:
        name: As the event log shows it, `cli:deputy` for one; never a person held.
        role: What they may write.
        facility_codes: The facilities of facility staff.
        office_codes: The offices of an agent.
    """

    name: str
    role: Role
    facility_codes: frozenset[str] = frozenset()
    office_codes: frozenset[str] = frozenset()

    @property
    def reporter(self) -> Reporter:
        """Whose word this actor's outcomes are."""
        return Reporter.AGENCY if self.role is Role.AGENT else Reporter.FACILITY


def require_sight(actor: Actor, facility_code: str, office_code: str | None) -> None:
    """Hide what is not theirs: it reads as if it were not there.

    What a recipient may see is the hold that their link names.

    Raises:
        HoldNotFoundError: The facility is outside the actor's scope.
    """
    if actor.role is Role.FACILITY and facility_code not in actor.facility_codes:
        raise HoldNotFoundError("there is no such hold among your facilities")
    if actor.role is Role.AGENT and office_code not in actor.office_codes:
        raise HoldNotFoundError("there is no such hold among your facilities")


def require_place(actor: Actor, facility_code: str) -> None:
    """Hide a facility from staff of others before it is looked up: there or not, it reads alike.

    Raises:
        HoldNotFoundError: It is not among theirs.
    """
    if actor.role is Role.FACILITY and facility_code not in actor.facility_codes:
        raise HoldNotFoundError(
            f"facility '{facility_code}': there is no such facility among yours"
        )


def require_may(actor: Actor, deed: Deed) -> None:
    """Refuse what the actor's role does not write.

    Raises:
        NotAllowedError: Naming the role and what it may write.
    """
    allowed = ALLOWED[actor.role]
    if deed in allowed:
        return
    may = ", ".join(sorted(allowed)) or "nothing"
    raise NotAllowedError(f"{actor.name}: role '{actor.role}' may not {deed}; it may: {may}")
