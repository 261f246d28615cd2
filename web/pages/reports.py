"""Fiscal-year reports: a chart, the table beside it, and the same as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel

from scheduler.errors import InvalidHoldError
from scheduler.report_tables import FIRST_MONTHS, FIRST_YEAR, LAST_YEAR, Starts
from scheduler.reports import Report, Row, Wanted
from web import refused, telling
from web.frame import Frame, reader_from
from web.identity import Person, SignedIn
from web.parts import Parts
from web.voice import Voice, marked, voice

OUTCOMES: Final = (
    ("transferred", marked("Transferred")),
    ("cancelled", marked("Cancelled")),
    ("released_with_notice", marked("Released with notice")),
    ("released_without_notification", marked("Released without notification")),
    ("declined", marked("Declined")),
    ("open", marked("Open")),
)
"""The bars of the chart, in the order of their patterns in the style sheet."""
COLUMNS: Final = (
    ("lodged", marked("Lodged")),
    ("served", marked("Served")),
    ("clock_started", marked("Clock started")),
    ("noticed", marked("Noticed")),
    *OUTCOMES[:5],
    ("release_unconfirmed", marked("Not confirmed")),
    ("other", marked("Other")),
    ("over_detention_count", marked("Held over the limit")),
    ("over_detention_minutes", marked("Minutes over")),
    ("median_minutes_to_transfer", marked("Median minutes to transfer")),
    OUTCOMES[5],
)
NO_START: Final = marked("Choose 1 October or 1 July.")
NO_YEAR: Final = marked("{typed} is no year. Use {first} to {last}.")


class Asked(BaseModel):
    """The address's query, as it came."""

    year: str = ""
    starts: str = Starts.OCTOBER

    def wanted(self, facilities: frozenset[str] | None, now: datetime) -> Wanted:
        """Return it as reports take it.

        Raises:
            InvalidHoldError: There is no such year, or it begins in another month.
        """
        if self.starts not in {each.value for each in Starts}:
            raise InvalidHoldError("starts: use october or july", field="starts").saying(NO_START)
        starts = Starts(self.starts)
        year = self.year.strip() or str(now.year + (now.month >= FIRST_MONTHS[starts]))
        if not (year.isascii() and year.isdecimal() and len(year) == 4):
            raise InvalidHoldError(
                f"year: '{year[:20]}' is no year; use {FIRST_YEAR} to {LAST_YEAR}", field="year"
            ).saying(NO_YEAR, typed=year[:20], first=FIRST_YEAR, last=LAST_YEAR)
        return Wanted(year=int(year), starts=starts, facilities=facilities)


class Piece(NamedTuple):
    """A part of a bar: its pattern, where it begins and how wide it is in percent, its number."""

    pattern: int
    x: float
    width: float
    holds: int


class Bar(NamedTuple):
    """One facility in the chart."""

    name: str
    pieces: tuple[Piece, ...]


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the routes of reports."""
    router = APIRouter()

    def report(asks: Person, asked: Asked) -> Report:
        views = parts.views.seen_by(asks.actor)
        return parts.reports.fiscal_year(asked.wanted(views.facility_codes(), views.now()))

    @router.get("/reports", response_class=HTMLResponse)
    def show(asks: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
        problems: dict[str, str] = {}
        said = voice(reader_from(asks).manner)
        try:
            found = report(asks, asked)
        except InvalidHoldError as exc:
            problems = refused.by_field(exc, said, telling.ELSEWHERE, otherwise="year")
            found = report(asks, Asked())
        values = _values(found, said) | {
            "typed": {"year": asked.year or str(found.wanted.year), "starts": asked.starts},
            "problems": {"year": "", "starts": ""} | problems,
            "wrong": problems,
        }
        return frame.page(
            asks, "reports.html", values, here="reports", status=422 if problems else 200
        )

    @router.get("/reports/csv")
    def csv(asks: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
        found = report(asks, asked)
        name = f"fiscal-year-{found.wanted.year}.csv"
        return StreamingResponse(
            found.csv(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return router


def _values(found: Report, said: Voice) -> dict[str, Any]:
    data = found.data()
    return {
        "year": found.wanted.year,
        "starts": found.wanted.starts.value,
        "first_day": said.day(datetime.fromisoformat(data["first_day"]).date(), year=True),
        "last_day": said.day(datetime.fromisoformat(data["last_day"]).date(), year=True),
        "columns": [said.say(title) for _, title in COLUMNS],
        "rows": [(_name(row), _cells(row)) for row in found.rows],
        "total": _cells(found.total),
        "legend": [said.say(title) for _, title in OUTCOMES],
        "bars": _bars(found.rows),
        "choices": [
            (Starts.OCTOBER.value, said.say(marked("1 October"))),
            (Starts.JULY.value, said.say(marked("1 July"))),
        ],
    }


def _name(row: Row) -> str:
    return f"{row.key['facility_name']} ({row.key['facility_code']}), {row.key['state']}"


def _cells(row: Row) -> list[object]:
    figures = row.shown()
    return ["" if figures[name] is None else figures[name] for name, _ in COLUMNS]


def _bars(rows: Sequence[Row]) -> list[Bar]:
    counted = [(row, [int(row.shown()[name] or 0) for name, _ in OUTCOMES]) for row in rows]
    longest = max((sum(counts) for _, counts in counted), default=0)
    return [Bar(_name(row), tuple(_pieces(counts, longest))) for row, counts in counted if longest]


def _pieces(counts: Sequence[int], longest: int) -> list[Piece]:
    pieces, done = [], 0
    for pattern, count in enumerate(counts, 1):
        if count:
            begins, width = 100 * done / longest, 100 * count / longest
            pieces.append(Piece(pattern, round(begins, 3), round(width, 3), count))
        done += count
    return pieces
