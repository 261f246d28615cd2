"""Holds as rows of a board: the next limit first, a word and a shape for each state."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from notifiers.wording import countdown
from scheduler.domain.hold import Hold, Status
from scheduler.domain.instants import local_text
from scheduler.domain.policy import Notice, Paper
from scheduler.views import HoldView

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Sign(StrEnum):
    """A shape for each state, told apart without colour."""

    PAST = "⬣"
    LAST_HOURS = "▲"
    LAST_DAY = "◐"
    CEILING = "⇥"
    RUNNING = "◷"
    NOT_STARTED = "◌"
    LAPSED = "⊘"
    CLOSED = "✓"


class Row(NamedTuple):
    """One hold as the board shows it; every time is the jail's own.

    Attributes:
        order: Sorts the rows: groups as on the board, the next limit first.
        limit: The instant that comes next.
        left: How far it is.
        sign: Its state's shape.
        state: Its state in words.
        notes: What is missing, and what is done.
    """

    order: tuple[int, float]
    limit: str
    left: str
    sign: Sign
    state: str
    ref: str
    jail: str
    policy: str
    notes: str


class _Stand(NamedTuple):
    """Where a hold stands: its group on the board, the instant shown, and words for it."""

    group: int
    at: datetime | None
    left: str
    sign: Sign
    state: str


def rows(views: list[HoldView]) -> list[Row]:
    """Return the rows, in the order in which they are read."""
    return sorted((_row(view) for view in views), key=lambda row: row.order)


def _row(view: HoldView) -> Row:
    hold = view.hold
    stand = _stand(hold, view)
    # What closed last stands first among the closed.
    seconds = stand.at.timestamp() if stand.at else hold.lodged_at.timestamp()
    return Row(
        order=(stand.group, -seconds if stand.sign is Sign.CLOSED else seconds),
        limit=_local(stand.at, view) if stand.at else "no release on record",
        left=stand.left,
        sign=stand.sign,
        state=stand.state,
        ref=hold.hold_ref,
        jail=hold.facility_code,
        policy=hold.policy,
        notes=" · ".join(_notes(view)),
    )


def _stand(hold: Hold, view: HoldView) -> _Stand:
    status, now = view.status, view.now
    if hold.outcome is not None:
        late = view.over_detention_minutes
        left = f"{_elapsed(late * MINUTE)} late" if late else ""
        return _Stand(4, hold.outcome_at, left, Sign.CLOSED, hold.outcome.replace("_", " "))
    if status is Status.EXPIRED:
        at = hold.expired_at or now
        return _Stand(0, at, f"{_elapsed(now - at)} ago", Sign.PAST, "EXPIRED")
    if status is Status.LAPSED:
        return _Stand(2, hold.lapsed_at, "", Sign.LAPSED, "lapsed")
    if status is Status.LODGED or hold.deadline_at is None or hold.ceiling_at is None:
        return _not_started(hold, now)
    return _running(hold, hold.ceiling_at, hold.deadline_at, now)


def _not_started(hold: Hold, now: datetime) -> _Stand:
    if hold.expected_release_at is None:
        return _Stand(3, None, "", Sign.NOT_STARTED, "clock not started")
    if hold.confirmation_asked_at is not None:
        return _Stand(3, hold.expected_release_at, "confirm or correct", Sign.NOT_STARTED, "due?")
    left = f"expected in {countdown(hold.expected_release_at - now)}"
    return _Stand(3, hold.expected_release_at, left, Sign.NOT_STARTED, "clock not started")


def _running(hold: Hold, ceiling_at: datetime, deadline_at: datetime, now: datetime) -> _Stand:
    if hold.ceiling_reached_at is not None:
        left = f"{countdown(deadline_at - now)} to deadline"
        return _Stand(1, deadline_at, left, Sign.CEILING, "CEILING PASSED")
    to_limit = ceiling_at - now
    target = "to ceiling" if ceiling_at < deadline_at else "left"
    left = f"{countdown(to_limit)} {target}"
    sign, state = Sign.RUNNING, "running"
    if to_limit <= 4 * HOUR:
        sign, state = Sign.LAST_HOURS, "4 h or less"
    elif to_limit <= 24 * HOUR:
        sign, state = Sign.LAST_DAY, "24 h or less"
    return _Stand(1, ceiling_at, left, sign, state)


_PAPERS = {
    Paper.SERVED: "NOT SERVED",
    Paper.WARRANT: "NO WARRANT",
    Paper.JUDICIAL_ORDER: "NO JUDICIAL ORDER",
}


def _notes(view: HoldView) -> list[str]:
    hold = view.hold
    if hold.outcome is not None:
        return ["no notice on record"] if hold.accused is not None else []
    notes = []
    missing = ", ".join(_PAPERS[Paper(paper)] for paper in view.papers_missing)
    if missing:
        notes.append(f"NO AUTHORITY ON RECORD: {missing}" if hold.started_at else missing.lower())
    if view.status is Status.LAPSED:
        notes.append("local custody goes on")
    if hold.assumed:
        notes.append("start not confirmed")
    if hold.notice_given_at is not None:
        notes.append("✓ noticed")
    elif hold.notice_overdue_at is not None:
        notes.append("notice overdue")
    elif view.rules.policy.notice is not Notice.PROHIBITED and hold.started_at is not None:
        notes.append("no notice")
    if hold.acknowledged_at is not None:
        notes.append("✓ acknowledged")
    return notes


def _elapsed(gone: timedelta) -> str:
    minutes = max(gone, timedelta(0)) // MINUTE
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _local(instant: datetime, view: HoldView) -> str:
    return local_text(instant, view.facility.timezone, midnight=False)
