"""Who may write what, and what nobody gets to see."""

from __future__ import annotations

import pytest

from scheduler.domain.actors import (
    OUTCOME_DEEDS,
    Actor,
    Deed,
    Role,
    require_may,
    require_sight,
)
from scheduler.domain.hold import Outcome, Reporter
from scheduler.errors import HoldNotFoundError, NotAllowedError

FACTS = {Deed.FACT, Deed.ACKNOWLEDGE, Deed.CANCEL, Deed.REPORT_TRANSFER, Deed.LOG_CALL}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        pytest.param(Role.FACILITY, FACTS, id="facility staff: every fact, no settings"),
        pytest.param(
            Role.AGENT,
            {Deed.ACKNOWLEDGE, Deed.CANCEL, Deed.REPORT_TRANSFER, Deed.LOG_CALL},
            id="agent: acknowledgement, cancellation, transfer, call",
        ),
        pytest.param(Role.ADMINISTRATOR, {Deed.ADMINISTER}, id="administrator: no fact"),
        pytest.param(Role.AUDITOR, set(), id="auditor: reads"),
        pytest.param(Role.OPERATOR, FACTS | {Deed.ADMINISTER}, id="command line: everything"),
        pytest.param(
            Role.RECIPIENT, {Deed.ACKNOWLEDGE, Deed.LOG_CALL}, id="recipient: an answer, a call"
        ),
    ],
)
def test_role_writes_what_is_its_own_and_nothing_else(role: Role, may: set[Deed]) -> None:
    actor = Actor("somebody", role)

    for deed in Deed:
        if deed in may:
            require_may(actor, deed)
            continue
        with pytest.raises(NotAllowedError, match=f"somebody: role '{role}' may not {deed}; it"):
            require_may(actor, deed)


def test_refusal_says_what_the_role_may_write() -> None:
    with pytest.raises(NotAllowedError, match="it may: nothing"):
        require_may(Actor("reader", Role.AUDITOR), Deed.FACT)
    with pytest.raises(NotAllowedError, match="it may: change settings"):
        require_may(Actor("chief", Role.ADMINISTRATOR), Deed.FACT)


def test_agent_ends_a_hold_only_by_cancellation_and_transfer() -> None:
    agent = Actor("agent", Role.AGENT)

    for outcome in Outcome:
        deed = OUTCOME_DEEDS.get(outcome, Deed.FACT)
        if outcome in (Outcome.CANCELLED, Outcome.TRANSFERRED):
            require_may(agent, deed)
            continue
        with pytest.raises(NotAllowedError):
            require_may(agent, deed)


@pytest.mark.parametrize("role", list(Role))
def test_only_an_agents_outcome_is_the_agencys_word(role: Role) -> None:
    is_agency = Actor("somebody", role).reporter is Reporter.AGENCY

    assert is_agency is (role is Role.AGENT)


def test_facility_staff_see_their_facilities_alone() -> None:
    deputy = Actor("deputy", Role.FACILITY, facility_codes=frozenset({"TEST-1"}))

    require_sight(deputy, "TEST-1", "OFFICE-9")
    with pytest.raises(HoldNotFoundError, match="no such hold among your facilities"):
        require_sight(deputy, "TEST-2", "OFFICE-9")


@pytest.mark.parametrize("office", ["OFFICE-2", None])
def test_agent_sees_the_facilities_of_their_offices_alone(office: str | None) -> None:
    agent = Actor("agent", Role.AGENT, office_codes=frozenset({"OFFICE-1"}))

    require_sight(agent, "TEST-1", "OFFICE-1")
    with pytest.raises(HoldNotFoundError, match="no such hold among your facilities"):
        require_sight(agent, "TEST-1", office)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.OPERATOR])
def test_other_roles_see_every_facility(role: Role) -> None:
    require_sight(Actor("somebody", role), "TEST-1", None)
