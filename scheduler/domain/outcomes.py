"""Outcomes: how a hold ends, whose word decides, and a record kept on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from scheduler.domain import facts, hold_clock
from scheduler.domain.duty import Act, Changes
from scheduler.domain.events import Kind
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import (
    Hold,
    Outcome,
    Reporter,
    Rules,
    over_detention_minutes,
    release_confirms,
)

LATE_ENTRY_AFTER = timedelta(minutes=2)
"""A fact written longer than this after it happened is a late entry."""

OUTCOME_KINDS: Mapping[Outcome, Kind] = {
    Outcome.TRANSFERRED: Kind.TRANSFER_RECORDED,
    Outcome.RELEASED: Kind.RELEASE_RECORDED,
    Outcome.CANCELLED: Kind.DETAINER_CANCELLED,
    Outcome.DECLINED: Kind.DETAINER_DECLINED,
    Outcome.SUPERSEDED: Kind.DETAINER_SUPERSEDED,
    Outcome.OTHER_CUSTODY: Kind.CUSTODY_MOVED,
    Outcome.DIED: Kind.SUBJECT_DIED,
    Outcome.ESCAPED: Kind.SUBJECT_ESCAPED,
}


class Ending(NamedTuple):
    """An outcome as somebody reports it."""

    outcome: Outcome
    by: Reporter
    basis: str | None = None
    successor: str | None = None


def close(hold: Hold, rules: Rules, fact: Fact, ending: Ending) -> Act:
    """Record an outcome: it ends the hold.

    The agency's word for a transfer closes the hold, and the facility's entry
    beside it decides. What differs is kept, and shown as a contradiction.

    Raises:
        HoldStateError: The hold is closed with something else.
    """
    if hold.outcome is not None:
        return _close_again(hold, rules, fact, ending)
    return _close(hold, rules, fact, ending)


def _close(hold: Hold, rules: Rules, fact: Fact, ending: Ending) -> Act:
    kind = OUTCOME_KINDS[ending.outcome]
    step = f"{kind}/{hold.window_no}.{hold.edition}.{hold.version}"
    closed = hold._replace(outcome=ending.outcome, outcome_at=fact.at)
    late = fact.at is None or fact.now - fact.at > LATE_ENTRY_AFTER
    written = facts.observed(
        fact,
        kind,
        step,
        basis=ending.basis,
        successor=ending.successor,
        reported_by=ending.by,
        undated=True if fact.at is None else None,
        late_entry=True if late else None,
        over_detention_minutes=over_detention_minutes(closed, fact.now) or None,
    )
    if hold.accused is not None and release_confirms(closed):
        written = written._replace(names=(("confirms", hold.accused_step or ""),))
    changes: Changes = {
        "outcome": ending.outcome,
        "outcome_at": fact.at,
        "outcome_by": ending.by,
        "outcome_basis": ending.basis,
        "superseded_by": ending.successor,
        "outcome_step": step,
        "escalate_at": None,
    }
    # Where the outcome came before the start, the clock never started.
    return Act(changes | hold_clock.clock(closed, rules), (written,))


def _close_again(hold: Hold, rules: Rules, fact: Fact, ending: Ending) -> Act:
    same = hold.outcome is ending.outcome and hold.outcome_at == fact.at
    if same and hold.outcome_by is ending.by:
        return Act({})
    if hold.outcome_by is ending.by:
        facts.require_open(hold)
    if ending.by is Reporter.AGENCY:
        # The facility's entry decides: the agency's word stands beside it.
        kind = OUTCOME_KINDS[ending.outcome]
        beside = facts.observed(fact, kind, reported_by=ending.by, contradicts=not same)
        return Act({"contradicted": hold.contradicted or not same}, (beside,))
    reopened = hold._replace(outcome=None, outcome_at=None)
    reopened = reopened._replace(**hold_clock.clock(reopened, rules))
    # On a closed hold nothing fell due: what came before this outcome is written first.
    before = facts.come_to(reopened, rules, fact)
    act = _close(before.hold, rules, fact, ending)
    first = act.events[0]
    first = first._replace(
        data={**first.data, "contradicts": not same},
        names=(*first.names, ("beside", hold.outcome_step or "")),
    )
    changes = {**_differences(hold, before.hold), **act.changes, "contradicted": not same}
    return Act(changes, (*before.events, first))


def _differences(old: Hold, new: Hold) -> Changes:
    fields = zip(Hold._fields, old, new, strict=True)
    return {name: after for name, before, after in fields if before != after}


def register_closed(
    hold: Hold,
    rules: Rules,
    lodging: Fact,
    *,
    last: Fact,
    ending: Ending,
    claimed_at: datetime | None = None,
) -> Recorded:
    """Put a record kept on paper on record: registration and outcome as one entry.

    What the clock brought before the outcome is written with its true instant;
    nothing false is written in between, and nobody is reminded of the past.

    Args:
        hold: Its facts filled in; clock, marks and outcome still empty.
        rules: What it pins.
        lodging: `at` is the lodging.
        last: `at` is the outcome's instant.
        ending: The outcome.
        claimed_at: When the person claimed citizenship, if they did.
    """
    begun = facts.enter(hold, rules, lodging, claimed_at=claimed_at)
    closed = facts.record(begun.hold, rules, last, partial(close, ending=ending))
    return Recorded(
        closed.hold._replace(version=hold.version),
        closed.next_due_at,
        [*begun.events, *closed.events],
    )
