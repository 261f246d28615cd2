"""The tables of a report: its periods, its columns, and how a hold is counted into them.

Pure: what the store read comes in, numbers come out. docs/reports.md says in
words what each column means.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from scheduler.domain import instants, refusals
from scheduler.domain.hold import Accusation, Outcome
from scheduler.errors import InvalidHoldError

MINUTE = timedelta(minutes=1)
FIRST_YEAR, LAST_YEAR = instants.FIRST_YEAR + 1, instants.LAST_YEAR

COUNTS = (
    "lodged",
    "served",
    "clock_started",
    "noticed",
    "transferred",
    "cancelled",
    "declined",
    "released",
    "released_with_notice",
    "released_without_notification",
    "release_unconfirmed",
    "release_withdrawn",
    "other",
    "over_detention_count",
    "open",
    "undated_outcomes",
)
"""Columns that count holds or events."""
MINUTES = "over_detention_minutes"
MEDIAN = "median_minutes_to_transfer"
COLUMNS = (
    *COUNTS[: COUNTS.index("open")],
    MINUTES,
    MEDIAN,
    *COUNTS[COUNTS.index("open") :],
)
"""Every figure of a row, in the order in which it is shown."""

_OUTCOME_COLUMNS = {
    Outcome.TRANSFERRED: "transferred",
    Outcome.CANCELLED: "cancelled",
    Outcome.DECLINED: "declined",
    Outcome.RELEASED: "released",
}


class Starts(StrEnum):
    """The month in which a fiscal year begins; it is named by the year in which it ends."""

    OCTOBER = "october"
    JULY = "july"


class By(StrEnum):
    """What a report's rows are split by."""

    STATE = "state"
    FACILITY = "facility"
    MONTH = "month"


FIRST_MONTHS = {Starts.OCTOBER: 10, Starts.JULY: 7}


class Months(NamedTuple):
    """A fiscal year at one place: thirteen instants in UTC, twelve months between them."""

    edges: tuple[datetime, ...]
    names: tuple[str, ...]

    def place(self, at: datetime) -> int:
        """Return the month an instant lies in: 0 to 11, -1 before the year, 12 after it."""
        return bisect_right(self.edges, at) - 1


@lru_cache(maxsize=1024)
def months(year: int, starts: Starts, zone: str) -> Months:
    """Return the months of a fiscal year, turning at local midnight.

    Raises:
        InvalidHoldError: The year is out of reach.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidHoldError(
            f"fiscal_year: {year} is refused; use a year from {FIRST_YEAR} to {LAST_YEAR}",
            field="fiscal_year",
        ).saying(refusals.NO_YEAR, first=FIRST_YEAR, last=LAST_YEAR)
    where = instants.zone_of(zone)
    first = FIRST_MONTHS[starts]
    dates = [(year - 1 + (first - 1 + n) // 12, (first - 1 + n) % 12 + 1) for n in range(13)]
    # fold=0: a midnight that the clocks skip is the first instant after the gap.
    edges = [datetime(y, m, 1, tzinfo=where, fold=0).astimezone(UTC) for y, m in dates]
    return Months(tuple(edges), tuple(f"{y}-{m:02d}" for y, m in dates[:12]))


class Place(NamedTuple):
    """A facility as a report needs it."""

    code: str
    name: str
    state: str
    timezone: str
    small_counts_hidden: bool


class Counted(NamedTuple):
    """What a report asks of one hold; every instant UTC."""

    facility_code: str
    lodged_at: datetime
    served_at: datetime | None = None
    started_at: datetime | None = None
    notice_given_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    expired_at: datetime | None = None
    accused: Accusation | None = None
    accused_at: datetime | None = None


class Mark(NamedTuple):
    """One thing to count, on its date."""

    column: str
    at: datetime


def marks(hold: Counted) -> Iterator[Mark]:
    """Yield what is counted of a hold, each on its own date."""
    yield Mark("lodged", hold.lodged_at)
    if hold.served_at is not None:
        yield Mark("served", hold.served_at)
    if hold.started_at is not None:
        yield Mark("clock_started", hold.started_at)
    if hold.notice_given_at is not None:
        yield Mark("noticed", hold.notice_given_at)
    if hold.expired_at is not None:
        yield Mark("over_detention_count", hold.expired_at)
    if hold.outcome is not None:
        yield from _ending(hold, hold.outcome)
    if hold.accused_at is not None and _is_unconfirmed(hold):
        yield Mark("release_unconfirmed", hold.accused_at)


def _ending(hold: Counted, outcome: Outcome) -> Iterator[Mark]:
    # An outcome without a date counts where the detainer was lodged.
    at = hold.outcome_at or hold.lodged_at
    yield Mark(_OUTCOME_COLUMNS.get(outcome, "other"), at)
    if hold.outcome_at is None:
        yield Mark("undated_outcomes", at)
    if outcome is not Outcome.RELEASED:
        return
    if _is_notified(hold):
        yield Mark("released_with_notice", at)
    elif hold.accused is not None and _is_unnotified(hold):
        yield Mark("released_without_notification", at)


def _is_notified(hold: Counted) -> bool:
    """Say whether the agency was told at or before the release."""
    if hold.notice_given_at is None or hold.outcome_at is None:
        return False
    return hold.notice_given_at <= hold.outcome_at


def _is_unnotified(hold: Counted) -> bool:
    """Say whether the record shows that no notice came at or before the release."""
    if hold.notice_given_at is None:
        return True
    # Of a release without a date nobody can say what came before it.
    return hold.outcome_at is not None and hold.notice_given_at > hold.outcome_at


def _is_unconfirmed(hold: Counted) -> bool:
    """Say whether an accusation made at the deadline stands, and no release answers it."""
    if hold.accused is not Accusation.AT_DEADLINE:
        return False
    if hold.outcome is not Outcome.RELEASED:
        return True
    return not _is_notified(hold) and not _is_unnotified(hold)


def minutes_over(hold: Counted, now: datetime) -> int:
    """Return whole minutes past the limit, up to the outcome or, if it is open, to `now`."""
    if hold.expired_at is None or (hold.outcome is not None and hold.outcome_at is None):
        return 0
    return max(0, ((hold.outcome_at or now) - hold.expired_at) // MINUTE)


@dataclass(kw_only=True)
class Tally:
    """Figures that add up, and the durations that a median is taken of."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*COUNTS, MINUTES), 0))
    to_transfer: list[timedelta] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Say whether there is nothing in it at all."""
        return not any(self.counts.values())

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        for column, count in other.counts.items():
            self.counts[column] += count
        self.to_transfer += other.to_transfer

    def figures(self) -> dict[str, int | float | None]:
        """Return every column."""
        found: dict[str, int | float | None] = {**self.counts}
        found[MEDIAN] = _median_minutes(self.to_transfer)
        return {column: found[column] for column in COLUMNS}


def _median_minutes(durations: Sequence[timedelta]) -> int | float | None:
    """Return the median in minutes, to a tenth; None of nothing."""
    if not durations:
        return None
    minutes = round(median(each / MINUTE for each in durations), 1)
    return int(minutes) if minutes == int(minutes) else minutes


class Split(NamedTuple):
    """How tallies are kept: one a facility, or one a facility and month.

    Attributes:
        year: The fiscal year.
        by_month: Whether months are told apart.
        now: Open over-detentions are counted up to here, and no month beyond it.
    """

    year: int
    starts: Starts
    by_month: bool
    now: datetime


Key = tuple[str, int | None]
"""A facility's code, and the month where months are told apart."""


class Tallies:
    """Counts holds, one after another, by facility and month."""

    def __init__(self, split: Split, places: Mapping[str, Place]) -> None:
        self._split = split
        self._months = {
            code: months(split.year, split.starts, place.timezone) for code, place in places.items()
        }
        self.by_key: dict[Key, Tally] = {}

    def count(self, hold: Counted) -> None:
        """Count one hold into every column and month it belongs to."""
        here = self._months[hold.facility_code]
        for column, at in marks(hold):
            self._add(hold.facility_code, here.place(at), column)
        self._count_over(hold, here)
        self._count_open(hold, here)

    def withdraw(self, facility_code: str, at: datetime) -> None:
        """Count one withdrawal of a release-without-notification event."""
        self._add(facility_code, self._months[facility_code].place(at), "release_withdrawn")

    def _add(self, facility_code: str, month: int, column: str, amount: int = 1) -> None:
        if 0 <= month < 12:
            self._tally(facility_code, month).counts[column] += amount

    def _tally(self, facility_code: str, month: int) -> Tally:
        key = (facility_code, month if self._split.by_month else None)
        if key not in self.by_key:
            self.by_key[key] = Tally()
        return self.by_key[key]

    def _count_over(self, hold: Counted, here: Months) -> None:
        if hold.expired_at is not None:
            over = minutes_over(hold, self._split.now)
            self._add(hold.facility_code, here.place(hold.expired_at), MINUTES, over)
        if hold.outcome is not Outcome.TRANSFERRED or hold.outcome_at is None:
            return
        month = here.place(hold.outcome_at)
        if hold.started_at is not None and 0 <= month < 12:
            took = hold.outcome_at - hold.started_at
            self._tally(hold.facility_code, month).to_transfer.append(took)

    def _count_open(self, hold: Counted, here: Months) -> None:
        """Count the hold where it was lodged while nothing has closed it."""
        if hold.outcome is None:
            self._add(hold.facility_code, here.place(hold.lodged_at), "open")


def total(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
