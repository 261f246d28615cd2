"""Where a hold stands, in the words, signs and order of every page.

State is a word, a shape and a colour, in that order. What is past the limit is
`stop`, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain import instants
from scheduler.domain.hold import Status
from scheduler.views import HoldView

NEAR = timedelta(hours=4)
DAY = timedelta(hours=24)

NO_AUTHORITY = "NO AUTHORITY ON RECORD: "
PAPERS = {
    "served": "NOT SERVED",
    "warrant": "NO WARRANT",
    "judicial_order": "NO JUDICIAL ORDER",
}
ASSUMED = "Clock started on the expected time, not confirmed."
NO_OUTCOME = "No transfer or release is on record."
OUTCOMES = {
    Status.TRANSFERRED: "Transferred",
    Status.RELEASED: "Released",
    Status.CANCELLED: "Cancelled by the agency",
    Status.DECLINED: "Declined by the jail",
    Status.SUPERSEDED: "Superseded by a newer detainer",
    Status.OTHER_CUSTODY: "Moved to other custody",
    Status.DIED: "Closed: the person died",
    Status.ESCAPED: "Closed: the person escaped",
}


@dataclass(frozen=True)
class Limit:
    """A limit with its name: `Deadline`, `Ceiling: plan to this`."""

    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What is read first.

    Attributes:
        look: Of the box, and of its sign: `stop`, `near`, `day`, `ceil`, `run`,
            `lodged`, `lapsed`, `done`.
        big: The one line that must be understood at 3 a.m.
        limits: The instants behind it.
        also: Sentences that belong to it.
    """

    look: str
    big: str
    limits: tuple[Limit, ...] = ()
    also: tuple[str, ...] = ()


def lead(view: HoldView) -> Lead:
    """Say where a hold stands at the instant it was read."""
    hold = view.hold
    if hold.outcome is not None:
        return _closed(view)
    if view.status is Status.LAPSED and hold.lapsed_at is not None:
        return Lead(
            look="lapsed",
            big="LAPSED",
            limits=(Limit("Authority under the detainer ended", hold.lapsed_at),),
            also=("Local custody goes on.",),
        )
    if hold.deadline_at is None or hold.ceiling_at is None:
        return _not_started(view)
    if hold.deadline_at <= view.now:
        return Lead(
            look="stop",
            big=f"EXPIRED {instants.ago(view.now - hold.deadline_at)}",
            limits=(Limit("Authority to hold ended", hold.deadline_at),),
            also=(NO_OUTCOME,),
        )
    return _running(view.now, hold.ceiling_at, hold.deadline_at)


def _closed(view: HoldView) -> Lead:
    at = view.hold.outcome_at
    late = view.over_detention_minutes
    limits = () if at is None else (Limit("On record", at),)
    also = (f"{instants.duration_text(timedelta(minutes=late))} after the deadline.",)
    return Lead(look="done", big=OUTCOMES[view.status], limits=limits, also=also if late else ())


def _not_started(view: HoldView) -> Lead:
    if not view.rules.policy.has_clock:
        title = view.rules.policy.title
        return Lead(
            look="lodged", big="No clock", also=(f"{title}. Only notice and outcomes apply.",)
        )
    expected = view.hold.expected_release_at
    if expected is None:
        return Lead(look="lodged", big="Clock not started", also=("No release is on record.",))
    return Lead(
        look="lodged",
        big="Clock not started",
        limits=(Limit("Release expected", expected),),
        also=("A forecast, not a deadline: it is confirmed when it comes.",),
    )


def _running(now: datetime, ceiling_at: datetime, deadline_at: datetime) -> Lead:
    to_deadline = instants.countdown(deadline_at - now)
    deadline = Limit("Deadline", deadline_at)
    if ceiling_at == deadline_at:
        look = _look(deadline_at - now)
        return Lead(look=look, big=f"{to_deadline} left", limits=(deadline,))
    if ceiling_at > now:
        left = ceiling_at - now
        limits = (Limit("Ceiling: plan to this", ceiling_at), deadline)
        return Lead(look=_look(left), big=f"{instants.countdown(left)} to ceiling", limits=limits)
    is_near = deadline_at - now <= NEAR
    return Lead(
        look="near" if is_near else "ceil",
        big=f"{to_deadline} to deadline",
        limits=(deadline, Limit("CEILING PASSED", ceiling_at)),
    )


def _look(left: timedelta) -> str:
    if left <= NEAR:
        return "near"
    return "day" if left <= DAY else "run"


def missing(view: HoldView) -> Iterator[str]:
    """Say what a running clock lacks, and what nobody has confirmed."""
    hold = view.hold
    if hold.outcome is not None or hold.started_at is None:
        return
    papers = [PAPERS[paper] for paper in view.papers_missing]
    if papers:
        yield NO_AUTHORITY + ", ".join(papers)
    if hold.assumed:
        yield ASSUMED
