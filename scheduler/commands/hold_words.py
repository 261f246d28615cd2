"""A hold in words: the instant first, the time left beside it, then what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifiers import wording
from scheduler.domain import explanation, instants
from scheduler.domain import hold as domain
from scheduler.domain.hold import Status

if TYPE_CHECKING:
    from scheduler.views import HoldView

NO_AUTHORITY = "NO AUTHORITY ON RECORD: "
PAPER_WORDS = {
    "served": "NOT SERVED",
    "warrant": "NO WARRANT",
    "judicial_order": "NO JUDICIAL ORDER",
}
LIST_HEADINGS = ("limit", "left", "hold", "reference", "facility", "state", "missing")
STALE_AFTER = timedelta(seconds=30)
MAXIMUMS = "Limits are maximums, never targets. Authority ends at the minute shown."


def relative(limit: datetime, now: datetime) -> str:
    """Return `4 h 12 min left`, or `EXPIRED 0 h 07 min ago`; at the limit it has expired."""
    if limit <= now:
        return f"EXPIRED {instants.ago(now - limit)}"
    return f"{wording.countdown(limit - now)} left"


def next_limit(view: HoldView) -> tuple[datetime | None, str]:
    """Return the next limit not yet passed, else the deadline, and the time left to it."""
    hold, now = view.hold, view.now
    if hold.deadline_at is None or hold.ceiling_at is None:
        return None, ""
    if view.status is Status.LAPSED:
        return hold.deadline_at, f"lapsed {instants.ago(now - hold.deadline_at)}"
    if hold.ceiling_at == hold.deadline_at or hold.deadline_at <= now:
        return hold.deadline_at, relative(hold.deadline_at, now)
    if hold.ceiling_at > now:
        return hold.ceiling_at, f"{wording.countdown(hold.ceiling_at - now)} to ceiling"
    return hold.deadline_at, f"{wording.countdown(hold.deadline_at - now)} to deadline"


def watch(looked_at: datetime | None, now: datetime, *, is_empty: bool) -> str:
    """Say whether somebody watches the clock, as far as the reader must know.

    An empty list could mean that all is well, or that nothing works.

    Args:
        looked_at: When a worker last looked; None: never.
        now: UTC.
        is_empty: No hold is listed.
    """
    none = "No holds on record here. " if is_empty else ""
    if looked_at is None:
        return (
            f"{none}No worker has run yet: no reminder and no alert goes out. "
            "`holdclock worker` starts one."
        )
    since = now - looked_at
    if since <= STALE_AFTER:
        seconds = max(since, timedelta(0)) // timedelta(seconds=1)
        true_zero = f"The timekeeper ran {seconds} s ago, so this is a true zero and not a fault."
        return f"{none}{true_zero}" if is_empty else ""
    return (
        f"{none}Reminders have stopped. The timekeeper last ran "
        f"{instants.local_text(looked_at, 'UTC', year=True)}, {instants.ago(since)}. What is listed is "
        "still right. No alert goes out until it runs again, so watch the clock yourself."
    )


def list_row(view: HoldView) -> Sequence[str]:
    """Return one line of the list, under `LIST_HEADINGS`."""
    hold, zone = view.hold, view.facility.timezone
    limit, left = next_limit(view)
    if hold.outcome is not None:
        at = hold.outcome_at
        limit_text = "" if at is None else instants.local_text(at, zone, midnight=False)
        left = ""
    else:
        limit_text = "" if limit is None else instants.local_text(limit, zone, midnight=False)
    missing = "; ".join(_tags(view))
    return (
        limit_text,
        left,
        hold.id,
        hold.hold_ref,
        hold.facility_code,
        view.status.replace("_", " "),
        missing,
    )


def _tags(view: HoldView) -> Iterator[str]:
    hold = view.hold
    if hold.outcome is not None:
        if hold.contradicted:
            yield "two reports differ"
        return
    papers = [PAPER_WORDS[paper] for paper in view.papers_missing]
    if papers and hold.started_at is not None:
        yield NO_AUTHORITY + ", ".join(papers)
    elif hold.served_at is None:
        yield "not served"
    if hold.notice_overdue_at is not None:
        yield "notice overdue"
    elif hold.started_at is not None and hold.notice_given_at is None:
        yield "no notice"
    if hold.assumed:
        yield "start not confirmed"
    if hold.ceiling_reached_at is not None and view.status is Status.RUNNING:
        yield "CEILING PASSED"


def sentences(view: HoldView) -> Iterator[str]:
    """Say where a hold stands, the most urgent first."""
    hold = view.hold
    yield from _state(view)
    if hold.outcome is not None:
        return
    if hold.started_at is not None and view.papers_missing:
        for paper in view.papers_missing:
            yield NO_AUTHORITY + PAPER_WORDS[paper]
        yield "Serving late does not lengthen the window."
    elif hold.served_at is None:
        yield "Not served yet. The I-247A takes effect only when a copy is served."
    if hold.assumed:
        yield wording.ASSUMED
    if hold.notice_overdue_at is not None:
        yield f"Notice of release overdue since {_local(view, hold.notice_overdue_at)}."


def _state(view: HoldView) -> Iterator[str]:
    hold, now = view.hold, view.now
    if hold.outcome is not None:
        yield from _closed(view)
    elif view.status is Status.LAPSED and hold.deadline_at is not None:
        yield f"LAPSED since {_local(view, hold.deadline_at)}. {_LAPSED}"
    elif hold.deadline_at is None or hold.ceiling_at is None:
        yield from _not_started(view)
    elif hold.deadline_at <= now:
        yield (
            f"{relative(hold.deadline_at, now)}. Authority to hold ended "
            f"{_local(view, hold.deadline_at)}. {wording.NO_OUTCOME}"
        )
    elif hold.ceiling_at == hold.deadline_at:
        left = relative(hold.deadline_at, now)
        yield f"Authority ends {_local(view, hold.deadline_at)}: {left}."
    else:
        yield from _two_limits(view, hold.ceiling_at, hold.deadline_at)


_LAPSED = "Authority under the detainer ended. Local custody goes on."


def _closed(view: HoldView) -> Iterator[str]:
    hold = view.hold
    word = view.status.replace("_", " ").capitalize()
    if hold.outcome_at is None:
        yield f"{word}; the date is not on record."
    elif view.over_detention_minutes:
        late = instants.duration_text(timedelta(minutes=view.over_detention_minutes))
        at = _local(view, hold.outcome_at)
        yield f"{word} {at}, {late} after the deadline. These minutes stay on the record."
    else:
        yield f"{word} {_local(view, hold.outcome_at)}."
    if hold.contradicted:
        yield "Facility and agency reported it differently; the facility's entry stands."


def _not_started(view: HoldView) -> Iterator[str]:
    hold, policy = view.hold, view.rules.policy
    if not policy.has_clock:
        yield f"No clock: {policy.title}. Only notice and outcomes apply."
        return
    yield wording.NOT_STARTED
    expected = hold.expected_release_at
    if expected is None or expected <= view.now:
        return
    ahead = wording.countdown(expected - view.now)
    yield (
        f"Release expected {_local(view, expected)}, in {ahead}. "
        "A forecast: confirm or correct it then."
    )


def _two_limits(view: HoldView, ceiling_at: datetime, deadline_at: datetime) -> Iterator[str]:
    now = view.now
    if ceiling_at > now:
        left = wording.countdown(ceiling_at - now)
        yield f"Ceiling, plan to this: {_local(view, ceiling_at)}, {left} to ceiling."
    else:
        yield f"CEILING PASSED. The earliest limit passed {_local(view, ceiling_at)}."
    left = wording.countdown(deadline_at - now)
    yield f"The deadline under this hold's policy is {_local(view, deadline_at)}: {left} left."


def facts(view: HoldView) -> Iterator[tuple[str, str]]:
    """Name every fact of a hold with its value."""
    hold, policy = view.hold, view.rules.policy
    facility = view.facility
    yield "Hold", hold.id
    yield "Reference", hold.hold_ref
    yield "Facility", f"{facility.name} ({facility.code}), {facility.timezone}"
    yield "Telephone", facility.phone or "none on record"
    yield "Detainer", hold.detainer_type
    yield "State", view.status.replace("_", " ")
    yield "Policy", f"{policy.id}, version {policy.version}: {policy.title}"
    yield "Source", f"{policy.source}, mark {policy.mark}"
    for label, name in _INSTANTS:
        instant = getattr(hold, name)
        if instant is not None:
            yield label, _local(view, instant)
    if hold.outcome is not None:
        yield "Outcome", _outcome(view)
    yield "Window, version", f"{hold.window_no}, {hold.version}"


_INSTANTS = (
    ("Received", "lodged_at"),
    ("Copy served", "served_at"),
    ("Warrant received", "warrant_received_at"),
    ("Warrant served", "warrant_served_at"),
    ("Judicial order", "judicial_order_at"),
    ("Expected release", "expected_release_at"),
    ("Would have been released", "would_release_at"),
    ("Clock started", "starts_at"),
    ("Ceiling", "ceiling_at"),
    ("Deadline", "deadline_at"),
    ("Notice to the agency", "notice_given_at"),
    ("Acknowledged", "acknowledged_at"),
    ("Arrival expected", "arrival_at"),
)


def _outcome(view: HoldView) -> str:
    hold = view.hold
    told = [] if hold.outcome is None else [hold.outcome.replace("_", " ")]
    told += [] if hold.outcome_at is None else [_local(view, hold.outcome_at)]
    told += [] if hold.outcome_basis is None else [f"basis: {hold.outcome_basis}"]
    told += [] if hold.superseded_by is None else [f"by hold {hold.superseded_by}"]
    return ", ".join(told)


def reading_notes(view: HoldView) -> Iterator[str]:
    """Tell of starts whose local time comes twice."""
    start = view.hold.starts_at
    warning = None if start is None else explanation.twice_warning(start, view.facility.timezone)
    if warning is not None:
        yield warning


def is_running(view: HoldView) -> bool:
    """Say whether a limit lies ahead."""
    return view.hold.outcome is None and domain.status(view.hold) is Status.RUNNING


def _local(view: HoldView, instant: datetime) -> str:
    return instants.local_text(instant, view.facility.timezone, year=True)
