"""What people record: each fact as a pure function of the hold.

A fact is applied in three steps (`record`): first the worker's events up to the
fact's own instant, then the fact, then whatever is due by now. So a record made
late reads as if it had been made in time, and what stood wrongly is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.domain import clock_duties, duties, hold_clock, ladder, refusals, standing
from scheduler.domain.duty import Act, Changes
from scheduler.domain.events import NO_DATA, Event, Kind, Value
from scheduler.domain.hold import Hold, Rules, Status, status
from scheduler.domain.instants import rfc3339
from scheduler.domain.policy import Anchor, Paper
from scheduler.errors import ConflictError, HoldStateError, Phrase

PAPER_FIELDS: Mapping[Paper, str] = {
    Paper.SERVED: "served_at",
    Paper.WARRANT: "warrant_received_at",
    Paper.JUDICIAL_ORDER: "judicial_order_at",
}

AGENCY = "agency"
"""The only recipient whose notice of release counts."""


CANNOT_COME = "cannot come"
"""The answer of a recipient who passes the alert on."""


class Recorded(NamedTuple):
    """A hold after a fact, when something is next due, and all that was written."""

    hold: Hold
    next_due_at: datetime | None
    events: list[Event]


class Fact(NamedTuple):
    """What a person says happened.

    Attributes:
        at: UTC, when it happened; None where only an import knows no date.
        now: UTC, when it is recorded.
        details: What else belongs to it; never a person's data.
    """

    at: datetime | None
    now: datetime
    details: Mapping[str, Value] = NO_DATA


Apply = Callable[[Hold, Rules, Fact], Act]


def record(hold: Hold, rules: Rules, fact: Fact, apply: Apply) -> Recorded:
    """Apply a fact where it belongs in time, and bring the hold up to now.

    Raises:
        HoldStateError: The fact is not allowed in the hold's state.
    """
    before = come_to(hold, rules, fact)
    act = apply(before.hold, rules, fact)
    if not act.changes and not act.events:
        return Recorded(hold, duties.next_due(hold, rules), [])
    changed = before.hold._replace(**act.changes, version=hold.version + 1)
    return settle_and_advance(changed, rules, fact.now, [*before.events, *act.events])


def come_to(hold: Hold, rules: Rules, fact: Fact) -> duties.Advanced:
    """Write what the clock brought by the fact's own instant.

    What came before an outcome without a date cannot be known, but for the start.
    """
    until = fact.at or hold.starts_at
    if until is None:
        return duties.Advanced(hold, None, [])
    return duties.catch_up(hold, rules, min(until, fact.now), fact.now)


def settle_and_advance(hold: Hold, rules: Rules, now: datetime, written: list[Event]) -> Recorded:
    """Withdraw what no longer holds, then carry out whatever is due by now."""
    settled = standing.settle(hold, rules, now)
    done = duties.advance(settled.hold, rules, now)
    return Recorded(done.hold, done.next_due_at, [*written, *settled.events, *done.events])


def observed(fact: Fact, kind: Kind, step: str | None = None, **data: Value | None) -> Event:
    """Make the event of a fact, saying by how much it was written late."""
    at = fact.at if fact.at is not None else fact.now
    known = {key: value for key, value in {**data, **fact.details}.items() if value is not None}
    late = (fact.now - at) // timedelta(seconds=1)
    if late > 0:
        known["late_by_s"] = late
    return Event(kind, at, known, step)


def register(
    hold: Hold, rules: Rules, fact: Fact, *, claimed_at: datetime | None = None
) -> Recorded:
    """Put a new hold on record with every fact that came along, and bring it up to now.

    Args:
        hold: Its facts filled in; clock and marks still empty.
        rules: What it pins.
        fact: `at` is the lodging; `details` go into `hold_registered`.
        claimed_at: When the person claimed citizenship, if they did by then.
    """
    begun = enter(hold, rules, fact, claimed_at=claimed_at)
    done = duties.advance(begun.hold, rules, fact.now)
    return Recorded(done.hold, done.next_due_at, [*begun.events, *done.events])


def enter(hold: Hold, rules: Rules, fact: Fact, *, claimed_at: datetime | None = None) -> Recorded:
    """Put a new hold on record and leave what time brought to whoever calls."""
    hold = hold._replace(**hold_clock.clock(hold, rules))
    events = [_registered(hold, fact), *_facts_at_registration(hold, claimed_at, fact.now)]
    return Recorded(hold, duties.next_due(hold, rules), events)


def _registered(hold: Hold, fact: Fact) -> Event:
    return observed(
        fact,
        Kind.HOLD_REGISTERED,
        detainer_type=hold.detainer_type,
        policy=hold.policy,
        policy_version=hold.policy_version,
        expected_release_at=_text(hold.expected_release_at),
        would_release_at=_text(hold.would_release_at),
    )


def _facts_at_registration(hold: Hold, claimed_at: datetime | None, now: datetime) -> list[Event]:
    given: tuple[tuple[datetime | None, Kind, Mapping[str, Value]], ...] = (
        (hold.served_at, Kind.DETAINER_SERVED, NO_DATA),
        (hold.warrant_received_at, Kind.PAPER_RECEIVED, {"paper": Paper.WARRANT}),
        (hold.warrant_served_at, Kind.WARRANT_SERVED, NO_DATA),
        (hold.judicial_order_at, Kind.PAPER_RECEIVED, {"paper": Paper.JUDICIAL_ORDER}),
        (hold.notice_given_at, Kind.NOTICE_RECORDED, {"to": AGENCY}),
        (claimed_at, Kind.CITIZENSHIP_CLAIMED, NO_DATA),
    )
    return [observed(Fact(at, now, data), kind) for at, kind, data in given if at is not None]


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def require_open(hold: Hold, at: datetime | None = None) -> None:
    """Refuse a fact about a hold that is closed, unless the hold was still open `at` then.

    Raises:
        HoldStateError: It is closed.
    """
    if hold.outcome is None:
        return
    if at is not None and (hold.outcome_at is None or at <= hold.outcome_at):
        return  # a late entry
    when = "" if hold.outcome_at is None else f" at {rfc3339(hold.outcome_at)}"
    refused = HoldStateError(
        f"hold {hold.id}: it was closed as '{hold.outcome}'{when}; "
        "correct the outcome first if that is wrong"
    )
    outcome = Phrase(refusals.OUTCOMES[hold.outcome], {})
    if hold.outcome_at is None:
        raise refused.saying(refusals.CLOSED_UNDATED, outcome=outcome)
    raise refused.saying(refusals.CLOSED, outcome=outcome, at=hold.outcome_at)


def _once(hold: Hold, field: str, at: datetime | None) -> bool:
    """Say whether the field already holds exactly this instant.

    Raises:
        ConflictError: It holds another one.
    """
    known = getattr(hold, field)
    if known is None:
        return False
    if known == at:
        return True
    raise ConflictError(
        f"hold {hold.id}: {field} is already on record as {rfc3339(known)}; "
        "correct that entry, with a reason, to change it"
    ).saying(refusals.ON_RECORD, at=known)


# Papers.


def receive_paper(hold: Hold, _: Rules, fact: Fact, *, paper: Paper) -> Act:
    """Record that a paper is there. It never starts, stops or moves the clock."""
    field = PAPER_FIELDS[paper]
    require_open(hold, fact.at)
    if _once(hold, field, fact.at):
        return Act({})
    if paper is Paper.SERVED:
        return Act({field: fact.at}, (observed(fact, Kind.DETAINER_SERVED),))
    return Act({field: fact.at}, (observed(fact, Kind.PAPER_RECEIVED, paper=paper),))


def serve_warrant(hold: Hold, rules: Rules, fact: Fact) -> Act:
    """Record the service of the warrant; under some policies that starts the clock."""
    require_open(hold, fact.at)
    if _once(hold, "warrant_served_at", fact.at):
        return Act({})
    served = hold._replace(warrant_served_at=fact.at)
    changes: Changes = {"warrant_served_at": fact.at, **hold_clock.clock(served, rules)}
    return Act(changes, (observed(fact, Kind.WARRANT_SERVED),))


# The release from local custody.


def start_clock(hold: Hold, rules: Rules, fact: Fact) -> Act:
    """Record that the person would by now have been released.

    Raises:
        HoldStateError: The policy runs no clock, or the hold was closed by then.
    """
    require_open(hold, fact.at)
    if rules.policy.anchor is Anchor.NONE:
        raise HoldStateError(
            f"hold {hold.id}: policy '{rules.policy.id}' gives no authority to hold, so it has "
            f"no clock to start ({rules.policy.source})"
        ).saying(refusals.NO_CLOCK)
    if _once(hold, "would_release_at", fact.at):
        return Act({})
    released = hold._replace(would_release_at=fact.at, assumed=False)
    moved = hold_clock.clock(released, rules)
    changes: Changes = {"would_release_at": fact.at, "assumed": False, **moved}
    released = released._replace(**moved)
    if hold.assumed or rules.policy.anchor is not Anchor.WOULD_RELEASE_AT:
        return Act(changes, (_release_noted(hold, fact, moved),))
    if fact.at is None or fact.at > fact.now:
        # A minute ahead: the worker writes the event when it has come.
        return Act(changes)
    begun = clock_duties.start(released, rules, fact.at, fact.now)
    first, *rest = begun.events
    first = first._replace(data={**first.data, **fact.details}, by_time=False)
    return Act(changes | begun.changes, (first, *rest))


def _release_noted(hold: Hold, fact: Fact, moved: Changes) -> Event:
    """Make the event of a release that starts no clock: it confirms, or another fact started it."""
    old = _text(hold.expected_release_at) if hold.assumed else ""
    return observed(
        fact,
        Kind.CLOCK_CORRECTED if hold.assumed or moved else Kind.ENTRY_CORRECTED,
        field="would_release_at",
        old=old,
        new=_text(fact.at),
        was_assumed=True if hold.assumed else None,
        moved=bool(moved),
    )


def expect_release(hold: Hold, rules: Rules, fact: Fact, *, expected_at: datetime) -> Act:
    """Record a forecast of the release. It starts no clock before it has come."""
    require_open(hold)
    if hold.would_release_at is not None:
        raise HoldStateError(
            f"hold {hold.id}: the release is on record at {rfc3339(hold.would_release_at)}; "
            "correct that entry to change it"
        ).saying(refusals.RELEASE_ON_RECORD, at=hold.would_release_at)
    if hold.expected_release_at == expected_at:
        return Act({})
    forecast: Changes = {
        **standing.FORECAST_MARKS,
        "expected_release_at": expected_at,
        # What fell due for the earlier forecast may fall due for this one.
        "edition": hold.edition + 1,
    }
    # A clock that ran from the earlier forecast has nothing left to run from.
    moved = hold_clock.clock(hold._replace(**forecast), rules)
    noted = observed(
        fact,
        Kind.CLOCK_CORRECTED if moved else Kind.ENTRY_CORRECTED,
        field="expected_release_at",
        old=_text(hold.expected_release_at),
        new=rfc3339(expected_at),
        moved=True if moved else None,
    )
    return Act(forecast | moved, (noted,))


# Notice of release.


def give_notice(
    hold: Hold,
    _: Rules,
    fact: Fact,
    *,
    recipient: str,
    release_at: datetime | None,
    manner: str | None,
) -> Act:
    """Record a notice of release; only one to the agency answers the policy's duty.

    A closed hold takes it too: what was said is a fact, though one that came
    after the release does not answer the duty.
    """
    told = observed(
        fact, Kind.NOTICE_RECORDED, to=recipient, release_stated=_text(release_at), how=manner
    )
    if recipient != AGENCY or fact.at is None:
        return Act({}, (told,))
    earlier = hold.notice_given_at
    if earlier == fact.at:
        return Act({})
    first = fact.at if earlier is None else min(earlier, fact.at)
    return Act({"notice_given_at": first}, (told,))


# What else people say.


def acknowledge(hold: Hold, _: Rules, fact: Fact, *, arrival_at: datetime | None) -> Act:
    """Record that somebody has the alert: ends escalation until the next rung."""
    require_open(hold)
    told = observed(fact, Kind.ALERT_ACKNOWLEDGED, arrival_at=_text(arrival_at))
    changes: Changes = {"acknowledged_at": fact.at, "escalate_at": None}
    if arrival_at is not None:
        changes["arrival_at"] = arrival_at
    return Act(changes, (told,))


def can_pass_on(hold: Hold, rules: Rules, now: datetime) -> bool:
    """Say whether an alert that its recipient cannot answer goes on to somebody.

    From the deadline on everybody hears of everything; before the start nothing escalates.
    """
    if not rules.chain or hold.deadline_at is None:
        return False
    return status(hold) is Status.RUNNING and now < hold.deadline_at


def pass_on(hold: Hold, rules: Rules, fact: Fact) -> Recorded:
    """Record that a recipient cannot come: the next in the chain hears at once.

    It is an answer, but nobody has the alert yet: the hold is not acknowledged by it.

    Raises:
        HoldStateError: The hold is closed.
    """
    require_open(hold)
    # A rung due by now is told first, or it would set back what is passed on here.
    before = duties.advance(hold, rules, fact.now)
    goes_on = can_pass_on(before.hold, rules, fact.now)
    told = observed(fact, Kind.ALERT_ACKNOWLEDGED, answer=CANNOT_COME, passes_on=goes_on)
    act = ladder.escalate(before.hold, rules, fact.now, fact.now) if goes_on else Act({})
    # A person brought it about: two within a second are two, and no step guards them.
    passed = [each._replace(step=None, by_time=False) for each in act.events]
    changed = before.hold._replace(**act.changes, version=hold.version + 1)
    return settle_and_advance(changed, rules, fact.now, [*before.events, told, *passed])


def claim_citizenship(hold: Hold, _: Rules, fact: Fact) -> Act:
    """Record that the person claims citizenship: agent and supervisor hear at once."""
    require_open(hold)
    return Act({}, (observed(fact, Kind.CITIZENSHIP_CLAIMED),))


def log_call(_: Hold, __: Rules, fact: Fact) -> Act:
    """Record a call made by hand."""
    return Act({}, (observed(fact, Kind.CALL_LOGGED),))


def describe(hold: Hold) -> str:
    """Name the hold and its state, for messages."""
    return f"hold {hold.id} ({hold.hold_ref}, {status(hold)})"
