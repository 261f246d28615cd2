"""Corrections: a wrong entry is answered by a new event, never overwritten in silence.

The old value, the new one and the reason stay on the log. A correction that
moves a limit opens a new window of the clock; what stood wrongly is withdrawn;
what the corrected record makes due is carried out at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from scheduler.domain import duties, facts, hold_clock, outcomes, standing
from scheduler.domain.duty import Changes
from scheduler.domain.events import Kind
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.instants import rfc3339
from scheduler.domain.outcomes import Ending
from scheduler.errors import InvalidHoldError

RULE_FIELDS = frozenset({"policy", "holidays"})
"""Entries that change what the hold is judged by, not what happened."""

CORRECTABLE = (
    "lodged_at",
    "served_at",
    "warrant_served_at",
    "warrant_received_at",
    "judicial_order_at",
    "would_release_at",
    "expected_release_at",
    "notice_given_at",
)
"""Instants that a correction may change or, except for the lodging, take off the record."""


def correct_instant(
    hold: Hold, rules: Rules, fact: Fact, *, field: str, instant: datetime | None
) -> Recorded:
    """Put another instant, or none, in place of a recorded one.

    Args:
        hold: As last written.
        rules: What it pins.
        fact: `now` and, in `details`, the reason.
        field: One of `CORRECTABLE`.
        instant: UTC, or None to take the entry off the record.

    Raises:
        InvalidHoldError: The field cannot be corrected, or not to that value.
    """
    if field not in CORRECTABLE:
        allowed = ", ".join(CORRECTABLE)
        raise InvalidHoldError(f"field: '{field}' cannot be corrected; allowed: {allowed}")
    old = getattr(hold, field)
    if field == "lodged_at" and instant is None:
        raise InvalidHoldError("lodged_at: it cannot be taken off the record; give an instant")
    if old == instant:
        return Recorded(hold, duties.next_due(hold, rules), [])
    changes: Changes = {field: instant}
    if field == "expected_release_at":
        changes |= standing.FORECAST_MARKS
    if field == "would_release_at":
        changes["assumed"] = False
    return _apply(hold, rules, fact, changes, field=field, old=_text(old), new=_text(instant))


def change_policy(hold: Hold, rules: Rules, fact: Fact, rules_id: str) -> Recorded:
    """Put the hold under other rules.

    Args:
        hold: As last written.
        rules: The new rules.
        fact: `now` and, in `details`, the reason.
        rules_id: Under which the new rules are pinned.
    """
    changes: Changes = {
        "rules_id": rules_id,
        "policy": rules.policy.id,
        "policy_version": rules.policy.version,
    }
    old = f"{hold.policy} v{hold.policy_version}"
    new = f"{rules.policy.id} v{rules.policy.version}"
    return _apply(hold, rules, fact, changes, field="policy", old=old, new=new)


def change_holidays(
    hold: Hold, rules: Rules, fact: Fact, rules_id: str, *, new: str, old: str = ""
) -> Recorded:
    """Let a dated holiday count, or count no more, for a hold that was pinned otherwise.

    Args:
        hold: As last written.
        rules: Its rules, with the calendar as it is to be.
        fact: `now` and, in `details`, the reason.
        rules_id: Under which those rules are pinned.
        new: The date and its name, as the log shows them; empty where it is withdrawn.
        old: The same of what it takes the place of; empty where it is new.
    """
    changes: Changes = {"rules_id": rules_id}
    return _apply(hold, rules, fact, changes, field="holidays", old=old, new=new)


def correct_outcome(hold: Hold, rules: Rules, fact: Fact, ending: Ending | None) -> Recorded:
    """Put another outcome, or none, in place of a recorded one; with none the hold reopens.

    Args:
        hold: Closed.
        rules: What it pins.
        fact: `at` is the new outcome's instant; `now`; `details` has the reason.
        ending: The right outcome, or None.

    Raises:
        InvalidHoldError: No outcome is on record.
    """
    if hold.outcome is None:
        raise InvalidHoldError(f"outcome: hold {hold.id} has none on record; record it instead")
    answered = facts.observed(
        fact._replace(at=fact.now),
        Kind.ENTRY_CORRECTED,
        field="outcome",
        old=hold.outcome,
        old_at=_text(hold.outcome_at),
        new="" if ending is None else ending.outcome,
        new_at=None if ending is None else _text(fact.at),
    )._replace(names=(("answers", hold.outcome_step or ""),))
    reopened = hold._replace(
        outcome=None,
        outcome_at=None,
        outcome_by=None,
        outcome_basis=None,
        outcome_step=None,
        superseded_by=None,
        contradicted=False,
        edition=hold.edition + 1,
    )
    reopened = reopened._replace(**hold_clock.clock(reopened, rules))
    if ending is None:
        reopened = reopened._replace(version=hold.version + 1)
        return facts.settle_and_advance(reopened, rules, fact.now, [answered])
    closed = facts.record(reopened, rules, fact, partial(outcomes.close, ending=ending))
    return closed._replace(events=[answered, *closed.events])


def _apply(hold: Hold, rules: Rules, fact: Fact, changes: Changes, **entry: str) -> Recorded:
    """Change fields, work the clock out anew, and write which entry was corrected."""
    changed = hold._replace(**changes)
    clock = hold_clock.clock(changed, rules)
    kind = _kind(entry, clock)
    corrected = facts.observed(
        fact._replace(at=fact.now), kind, None, **entry, **_moved(hold, clock)
    )
    changed = changed._replace(**clock, version=hold.version + 1, edition=hold.edition + 1)
    return facts.settle_and_advance(changed, rules, fact.now, [corrected])


def _kind(entry: Mapping[str, str], clock: Changes) -> Kind:
    if entry["field"] in RULE_FIELDS:
        return Kind.POLICY_CHANGED
    return Kind.CLOCK_CORRECTED if clock else Kind.ENTRY_CORRECTED


def _moved(hold: Hold, clock: Changes) -> dict[str, str | bool]:
    if not clock:
        return {}
    return {
        "old_deadline_at": _text(hold.deadline_at) or "",
        "new_deadline_at": _text(clock["deadline_at"]) or "",
        "moved": True,
    }


def _text(instant: datetime | None) -> str:
    return "" if instant is None else rfc3339(instant)
