from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.domain.hold import Outcome, Reporter
from scheduler.errors import (
    HoldError,
    HoldNotFoundError,
    HoldStateError,
    NotAllowedError,
)
from scheduler.recorder import Entry, Settled
from tests.support.house import OFFICE, Premises
from tests.support.together import at_once

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Where the clock of the tests stands."""
EARLIER = NOW - timedelta(minutes=30)


def at(**before: float) -> str:
    return (NOW - timedelta(**before)).isoformat()


def entry_by(actor: Actor, **told: Any) -> Entry:
    return Entry(actor=actor, **told)


# Who may.


STRANGER = Actor("jail:other", Role.FACILITY, facility_codes=frozenset({"ELM"}))
AGENT = Actor("agent:east", Role.AGENT, office_codes=frozenset({OFFICE}))
AUDITOR = Actor("auditor", Role.AUDITOR)


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        pytest.param(STRANGER, HoldNotFoundError, id="another-facility"),
        pytest.param(AGENT, NotAllowedError, id="agent"),
        pytest.param(AUDITOR, NotAllowedError, id="auditor"),
    ],
)
def test_whoever_may_not_write_a_fact_is_refused_and_nothing_is_written(
    premises: Premises, actor: Actor, refusal: type[HoldError]
) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    written = premises.events()

    with pytest.raises(refusal):
        premises.registry.serve_detainer(registered.hold.id, entry_by(actor))

    assert premises.events() == written


def test_a_transfer_by_the_agency_closes_and_the_facilitys_word_decides(
    premises: Premises,
) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    name = registered.hold.id
    premises.registry.record_outcome(name, entry_by(AGENT, at=EARLIER), Outcome.TRANSFERRED)

    premises.registry.record_outcome(name, premises.entry(NOW), Outcome.RELEASED)

    kept = premises.hold(name)
    assert (kept.outcome, kept.outcome_by) == (Outcome.RELEASED, Reporter.FACILITY)
    assert kept.contradicted


# Several at once.


@pytest.mark.parametrize("repeat", range(5))
def test_transfers_recorded_at_once_are_one_event(premises: Premises, repeat: int) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    name = registered.hold.id

    done = at_once(
        *[
            lambda minutes=minutes: premises.registry.record_outcome(
                name, premises.entry(NOW - timedelta(minutes=minutes)), Outcome.TRANSFERRED
            )
            for minutes in (1, 2, 3, 4)
        ]
    )

    assert premises.kinds(name).count("transfer_recorded") == 1
    assert sum(isinstance(each, Settled) for each in done) == 1
    assert sum(isinstance(each, HoldStateError) for each in done) == 3


def test_a_transfer_at_the_moment_of_the_deadline_and_the_worker_agree(
    premises: Premises,
) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    name = registered.hold.id
    deadline = premises.clock.tick(hours=44)
    assert premises.hold(name).deadline_at == deadline
    entry = premises.entry(deadline - timedelta(minutes=1))

    at_once(
        premises.tick, lambda: premises.registry.record_outcome(name, entry, Outcome.TRANSFERRED)
    )

    kinds = premises.kinds(name)
    standing = kinds.count("hold_expired") - kinds.count("hold_expiry_withdrawn")
    assert kinds.count("transfer_recorded") == 1
    assert standing == 0
    assert premises.hold(name).expired_at is None
