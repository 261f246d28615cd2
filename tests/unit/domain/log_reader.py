"""Reads an event log back: the facts it tells, and the limits and charges that follow from them.

Written apart from the code under test, so that the two can be held against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scheduler.domain import window
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Hold, Outcome, Rules
from scheduler.domain.outcomes import OUTCOME_KINDS
from scheduler.domain.policy import Anchor

OUTCOMES = {kind: outcome for outcome, kind in OUTCOME_KINDS.items()}
CORRECTED = frozenset({Kind.CLOCK_CORRECTED, Kind.ENTRY_CORRECTED})
PAPERS = {"warrant": "warrant_received_at", "judicial_order": "judicial_order_at"}
OF_ONE_INSTANT = {
    Kind.DETAINER_SERVED: "served_at",
    Kind.WARRANT_SERVED: "warrant_served_at",
}


def facts_told(events: Sequence[Event]) -> dict[str, Any]:
    """Return the facts about a hold that stand at the end of its log."""
    told: dict[str, Any] = {}
    for event in events:
        told.update(_told_by(event, told))
    return {name: value for name, value in told.items() if value is not None}


def _told_by(event: Event, told: dict[str, Any]) -> dict[str, Any]:
    data = event.data
    if event.kind is Kind.HOLD_REGISTERED:
        given = {
            name: _instant(data.get(name)) for name in ("would_release_at", "expected_release_at")
        }
        return {"policy": data["policy"], "lodged_at": event.occurred_at, **given}
    if event.kind in OF_ONE_INSTANT:
        return {OF_ONE_INSTANT[event.kind]: event.occurred_at}
    if event.kind is Kind.PAPER_RECEIVED:
        return {PAPERS[str(data["paper"])]: event.occurred_at}
    if event.kind is Kind.CLOCK_STARTED and not event.by_time:
        return {"would_release_at": event.occurred_at}
    if event.kind is Kind.NOTICE_RECORDED and data["to"] == "agency":
        earlier = told.get("notice_given_at") or event.occurred_at
        return {"notice_given_at": min(earlier, event.occurred_at)}
    if event.kind is Kind.POLICY_CHANGED:
        return {"policy": str(data["new"]).split(" v")[0]}
    if event.kind in CORRECTED and data["field"] == "outcome":
        return {"outcome": None, "outcome_at": None, "reported_by": None}
    if event.kind in CORRECTED:
        return {str(data["field"]): _instant(data["new"])}
    return _outcome_told_by(event, told) if event.kind in OUTCOMES else {}


def _outcome_told_by(event: Event, told: dict[str, Any]) -> dict[str, Any]:
    if event.data["reported_by"] == "agency" and told.get("outcome") is not None:
        return {}  # the facility's word decides
    return {
        "outcome": OUTCOMES[event.kind],
        "outcome_at": None if event.data.get("undated") else event.occurred_at,
        "reported_by": event.data["reported_by"],
    }


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


class Due(NamedTuple):
    """What the facts call for; `limit` is the instant from which nobody may be kept."""

    starts_at: datetime | None
    deadline_at: datetime | None
    ceiling_at: datetime | None
    limit: datetime | None


NOTHING = Due(None, None, None, None)


def due_by(hold: Hold, rules: Rules) -> Due:
    """Work limits out from the facts of a hold alone."""
    release = hold.would_release_at or (hold.expected_release_at if hold.assumed else None)
    starts = {
        Anchor.WOULD_RELEASE_AT: release,
        Anchor.LODGED_AT: hold.lodged_at,
        Anchor.WARRANT_SERVED_AT: hold.warrant_served_at,
        Anchor.NONE: None,
    }
    start = starts[rules.policy.anchor]
    if start is None:
        return NOTHING
    if hold.outcome is not None and hold.outcome_at is not None and hold.outcome_at < start:
        return NOTHING
    deadline = window.deadline(start, rules.policy, rules.calendar)
    known = [(checked, starts[checked.anchor]) for checked in rules.checked]
    ceilings = [window.deadline(at, checked, rules.calendar) for checked, at in known if at]
    limit = None if release is None else max(deadline, release)
    return Due(start, deadline, min([deadline, *ceilings]), limit)


def expiry_due(hold: Hold, rules: Rules, now: datetime) -> datetime | None:
    """Return when the hold expired by what is on record, or None where it did not."""
    limit = due_by(hold, rules).limit
    end = now if hold.outcome is None else hold.outcome_at
    return limit if limit is not None and end is not None and limit <= end else None


def charge_due(hold: Hold, rules: Rules, now: datetime) -> datetime | None:
    """Return when a release went unnotified by what is on record, or None."""
    if rules.policy.notice.value not in ("requested", "required"):
        return None
    at = expiry_due(hold, rules, now)
    if at is None and hold.outcome is Outcome.RELEASED:
        at = hold.outcome_at
    told = hold.notice_given_at
    return None if at is None or (told is not None and told <= at) else at
