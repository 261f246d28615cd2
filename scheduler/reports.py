"""Fiscal-year reports: what happened to the detainers lodged with each facility.

docs/reports.md defines every column. Facilities are told apart by their code, since
counties of one name lie in several states; transfers stay apart from releases and
from what was declined.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from scheduler import report_history, report_public, report_tables
from scheduler.clock import Clock
from scheduler.domain.hold import Accusation, Outcome
from scheduler.domain.instants import rfc3339
from scheduler.domain.policy import Anchor
from scheduler.errors import InvalidHoldError
from scheduler.event_log import safe_cell
from scheduler.report_public import Line
from scheduler.report_tables import COLUMNS, By, Counted, Place, Split, Starts, Tallies, Tally
from scheduler.store import report_rows, schema
from scheduler.store.engine import Connection, Database
from scheduler.store.report_rows import Until, Window

USUAL = (By.STATE, By.FACILITY)
HIDDEN = "hidden"
"""Stands in a table or CSV where the public edition shows no figure."""

Figure = int | float | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which report.

    Attributes:
        year: The fiscal year, named by the calendar year in which it ends.
        starts: The month in which it begins.
        by: What rows are split by.
        as_of: The record as it stood at that instant; None as it stands now.
        is_public: Small counts are hidden where a facility asks for it.
        facilities: The codes in scope; None is every facility.
    """

    year: int
    starts: Starts = Starts.OCTOBER
    by: tuple[By, ...] = USUAL
    as_of: datetime | None = None
    is_public: bool = False
    facilities: frozenset[str] | None = None


class Row(NamedTuple):
    """One row: what it is about, its figures, and which of them are not shown."""

    key: Mapping[str, str | None]
    figures: Mapping[str, Figure]
    hidden: tuple[str, ...] = ()

    def shown(self) -> dict[str, Figure]:
        """Return the figures, None in place of what is hidden."""
        return {
            column: None if column in self.hidden else figure
            for column, figure in self.figures.items()
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as it was made.

    Attributes:
        made_at: Of the record it was made from: now, or the `as_of` asked for.
    """

    wanted: Wanted
    made_at: datetime
    rows: tuple[Row, ...]
    total: Row

    def data(self) -> dict[str, Any]:
        """Return the report as a JSON object; what is hidden is null and named."""
        wanted = self.wanted
        first, last = period(wanted)
        return {
            "fiscal_year": wanted.year,
            "starts": wanted.starts.value,
            "first_day": first,
            "last_day": last,
            "by": [each.value for each in wanted.by],
            "as_of": None if wanted.as_of is None else rfc3339(wanted.as_of),
            "public": wanted.is_public,
            "rows": [self._row(row) for row in self.rows],
            "total": self._row(self.total),
        }

    def _row(self, row: Row) -> dict[str, Any]:
        shown: dict[str, Any] = {**row.key, **row.shown()}
        if self.wanted.is_public:
            shown["hidden"] = list(row.hidden)
        return shown

    def csv(self) -> Iterator[str]:
        """Yield the rows as lines of CSV that no spreadsheet takes for a formula.

        The total is left out: whoever adds a column up would count twice.
        """
        names = key_names(self.wanted.by)
        yield _line((*names, *COLUMNS))
        for row in self.rows:
            yield _line([*(row.key[name] for name in names), *cells(row)])


def _line(values: Sequence[object]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([safe_cell(value) for value in values])
    return text.getvalue()


def cells(row: Row) -> list[object]:
    """Return the figures of a row as a table shows them, in the order of `COLUMNS`."""
    return [HIDDEN if column in row.hidden else row.figures[column] for column in COLUMNS]


def key_names(by: Collection[By]) -> tuple[str, ...]:
    """Return the columns that say what a row is about."""
    facility = ("facility_code", "facility_name") if By.FACILITY in by else ("facility_code",)
    return ("state", *facility, *(("month",) if By.MONTH in by else ()))


def period(wanted: Wanted) -> tuple[str, str]:
    """Return the first and the last day of the fiscal year, as `2025-10-01`."""
    names = report_tables.months(wanted.year, wanted.starts, "UTC").names
    # Both September and June have thirty days.
    return f"{names[0]}-01", f"{names[-1]}-30"


def read_by(text: str) -> tuple[By, ...]:
    """Read what rows are split by: `state,facility,month`, any of them, in any order.

    Raises:
        InvalidHoldError: A name is not one of them.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = [each.value for each in By]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        shown = unknown[0] if unknown else text
        raise InvalidHoldError(
            f"by: '{shown}' is refused; use one or more of {', '.join(known)}", field="by"
        )
    return tuple(each for each in By if each.value in names)


class Reports:
    """Makes reports of one database.

    Args:
        database: Read in one consistent view a report.
        clock: Asked once a report.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def fiscal_year(self, wanted: Wanted) -> Report:
        """Make a report.

        Raises:
            InvalidHoldError: The year is out of reach, or `as_of` lies ahead.
        """
        with self._database.read() as connection:
            now = self._now(connection)
            if wanted.as_of is not None and wanted.as_of > now:
                raise InvalidHoldError(
                    f"as_of: {rfc3339(wanted.as_of)} lies ahead; the record is known up to "
                    f"{rfc3339(now)}",
                    field="as_of",
                )
            made_at = wanted.as_of or now
            rows = report_rows.places(connection, wanted.facilities)
            places = {row.code: Place._make(row) for row in rows}
            tallies = _count(connection, wanted, places, made_at)
        return _report(wanted, places, tallies, made_at)

    def _now(self, connection: Connection) -> datetime:
        if schema.is_simulation(connection):
            # A replay's time is its own: it stands where its record ends.
            return report_rows.last_recorded_at(connection) or self._clock.now()
        return self._database.now(self._clock, connection)


def _count(
    connection: Connection, wanted: Wanted, places: Mapping[str, Place], made_at: datetime
) -> Tallies:
    split = Split(wanted.year, wanted.starts, By.MONTH in wanted.by, made_at)
    tallies = Tallies(split, places)
    window = _window(wanted)
    for hold in _counted(connection, window, wanted.as_of):
        if hold.facility_code in places:
            tallies.count(hold)
    for row in report_rows.withdrawals(connection, window, by=wanted.as_of):
        if row.facility_code in places:
            tallies.withdraw(row.facility_code, row.occurred_at)
    return tallies


def _window(wanted: Wanted) -> Window:
    edges = report_tables.months(wanted.year, wanted.starts, "UTC").edges
    return report_rows.margin(Window(edges[0], edges[-1]))


def _counted(connection: Connection, window: Window, as_of: datetime | None) -> Iterator[Counted]:
    if as_of is None:
        yield from map(_hold, report_rows.holds(connection, window))
        return
    until = Until(as_of, report_history.KINDS)
    yield from map(_hold, report_rows.holds(connection, window, until))
    pinned = report_rows.pinned_anchors(connection)
    anchors = {name: Anchor(anchor) for name, anchor in pinned.items()}
    for told in report_rows.told_until(connection, until):
        hold = report_history.fold(told.facility_code, told.events, anchors)
        if hold is not None:
            yield hold


def _hold(row: Sequence[Any]) -> Counted:
    hold = Counted._make(row)
    if hold.outcome is None and hold.accused is None:
        return hold
    return hold._replace(
        outcome=None if hold.outcome is None else Outcome(hold.outcome),
        accused=None if hold.accused is None else Accusation(hold.accused),
    )


class _Group(NamedTuple):
    """Tallies that share a row."""

    tally: Tally
    asks: bool


def _report(
    wanted: Wanted, places: Mapping[str, Place], tallies: Tallies, made_at: datetime
) -> Report:
    groups = _grouped(wanted, places, tallies)
    whole = report_tables.total(group.tally for group in groups.values())
    keys = list(groups)
    lines = [Line(counts=group.tally.counts, asks=group.asks) for group in groups.values()]
    total = Line(counts=whole.counts)
    if wanted.is_public:
        report_public.suppress(lines, total)
    rows = [
        Row(dict(key), groups[key].tally.figures(), _hidden(line))
        for key, line in zip(keys, lines, strict=True)
    ]
    return Report(
        wanted=wanted,
        made_at=made_at,
        rows=tuple(rows),
        total=Row({}, whole.figures(), _hidden(total)),
    )


def _hidden(line: Line) -> tuple[str, ...]:
    return tuple(column for column in COLUMNS if column in line.hidden)


def _grouped(
    wanted: Wanted, places: Mapping[str, Place], tallies: Tallies
) -> dict[tuple[tuple[str, str | None], ...], _Group]:
    """Gather tallies into rows, in the order in which they are shown."""
    names = key_names(wanted.by)
    split = report_tables.months(wanted.year, wanted.starts, "UTC").names
    gathered: dict[tuple[tuple[str, str | None], ...], _Group] = {}
    for (code, month), tally in tallies.by_key.items():
        if tally.is_empty():
            continue
        place = places[code]
        about = _about(place, None if month is None else split[month], wanted.by)
        key = tuple((name, about[name]) for name in names)
        known = gathered.get(key, _Group(Tally(), asks=False))
        known.tally.add(tally)
        gathered[key] = _Group(
            known.tally,
            known.asks or place.small_counts_hidden,
        )
    return dict(sorted(gathered.items(), key=lambda item: [text or "" for _, text in item[0]]))


def _about(place: Place, month: str | None, by: Collection[By]) -> dict[str, str | None]:
    is_facility = By.FACILITY in by
    return {
        "state": place.state if is_facility or By.STATE in by else None,
        "facility_code": place.code if is_facility else None,
        "facility_name": place.name if is_facility else None,
        "month": month,
    }
