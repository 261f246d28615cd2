"""`holdclock report`: a fiscal year by state, facility or month."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.reports import Report, Wanted


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class Starts(StrEnum):
    """When a fiscal year begins; the year in which it ends names it."""

    OCTOBER = "october"
    JULY = "july"


HEADINGS = {
    "facility_code": "facility",
    "facility_name": "name",
    "clock_started": "clock started",
    "released_with_notice": "released with notice",
    "released_without_notification": "without notification",
    "release_unconfirmed": "not confirmed",
    "release_withdrawn": "withdrawn",
    "over_detention_count": "over the limit",
    "over_detention_minutes": "minutes over",
    "median_minutes_to_transfer": "median minutes to transfer",
    "undated_outcomes": "outcomes without a date",
}
"""Columns whose heading is not their name."""
HAPPENED = (
    "lodged",
    "served",
    "clock_started",
    "noticed",
    "transferred",
    "cancelled",
    "declined",
    "released",
    "other",
    "open",
    "undated_outcomes",
)
LIMITS = (
    "released_with_notice",
    "released_without_notification",
    "release_unconfirmed",
    "release_withdrawn",
    "over_detention_count",
    "over_detention_minutes",
    "median_minutes_to_transfer",
)
"""The figures in two tables: one that is wide enough for all is wider than a screen."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", rich_help_panel="The record")(report)


def report(
    *,
    fiscal_year: Annotated[
        int, typer.Option(metavar="YEAR", help="Named by the calendar year in which it ends.")
    ],
    starts: Annotated[
        Starts, typer.Option(help="When it begins: 1 October or 1 July.")
    ] = Starts.OCTOBER,
    by: Annotated[
        str, typer.Option(metavar="LIST", help="What rows are split by: state,facility,month.")
    ] = "state,facility",
    as_of: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="The record as it stood then; with an offset, or Z."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Hide small counts where a facility asks for it.")
    ] = False,
    facility: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Of this facility; may be repeated.")
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="A table for people, CSV or JSON for machines.")
    ] = Format.TABLE,
    as_json: AsJson = False,
) -> None:
    """Count a fiscal year: lodged, transferred, released with and without notification, open."""
    from scheduler.domain.instants import parse_instant
    from scheduler.report_tables import Starts as FirstMonth
    from scheduler.reports import Reports, Wanted, read_by

    instant = None if as_of is None else parse_instant(as_of, None, fold="refuse", field="as_of")
    wanted = Wanted(
        year=fiscal_year,
        starts=FirstMonth(starts.value),
        by=read_by(by),
        as_of=None if instant is None else instant.instant,
        is_public=public,
        facilities=None if not facility else frozenset(facility),
    )
    with desk.opened(to_read=True) as here:
        for code in facility or ():
            here.views.facility(code)
        made = Reports(here.house.database, here.house.clock).fiscal_year(wanted)
    _write(made, Format.JSON if as_json else format_)


def _write(made: Report, how: Format) -> None:
    if how is Format.JSON:
        output.as_json(made.data())
        return
    if how is Format.CSV:
        for line in made.csv():
            sys.stdout.buffer.write(line.encode())
        sys.stdout.buffer.flush()
        return
    output.line(_title(made.wanted))
    _table(made, HAPPENED)
    _table(made, LIMITS)
    output.line("Each outcome counts on its own date. docs/reports.md says what each column means.")


def _title(wanted: Wanted) -> str:
    from datetime import date

    from scheduler.domain.instants import day_text, rfc3339
    from scheduler.reports import period

    first, last = (day_text(date.fromisoformat(day), year=True) for day in period(wanted))
    title = f"Fiscal year {wanted.year}: {first} to {last}"
    if wanted.as_of is not None:
        title += f", by the record as it stood at {rfc3339(wanted.as_of)}"
    return f"{title}. Public edition: small counts are hidden." if wanted.is_public else title


def _table(made: Report, columns: tuple[str, ...]) -> None:
    from scheduler.reports import HIDDEN, key_names

    names = key_names(made.wanted.by)
    rows = [
        [
            *(row.key[name] for name in names),
            *(HIDDEN if column in row.hidden else row.figures[column] for column in columns),
        ]
        for row in made.rows
    ]
    total = [
        "Total",
        *("" for _ in names[1:]),
        *(
            HIDDEN if column in made.total.hidden else made.total.figures[column]
            for column in columns
        ),
    ]
    headings = [HEADINGS.get(name, name) for name in (*names, *columns)]
    output.table(headings, [*rows, total])
