"""The days of one year that do not count at a facility: federal, of the file, and added ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from scheduler.domain import instants
from scheduler.domain.legal_calendar import LegalCalendar
from web.frame import Frame, reader_from
from web.identity import Person
from web.parts import Parts
from web.rules import AdministersPages
from web.voice import voice

PATH: Final = "/administration/holidays-of-a-year"
EVERY: Final = "every policy that leaves out holidays"
IN_LIEU: Final = "policies that leave out days in lieu as well"


class Day(NamedTuple):
    """One day, why it is kept, and which policies leave it out."""

    day: date
    text: str
    policies: str


def routes(parts: Parts, frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter()

    @router.get(PATH, response_class=HTMLResponse)
    def show(asks: AdministersPages, facility: str = "", year: str = "") -> Response:
        facilities, said = _facilities(parts, asks), voice(reader_from(asks).manner)
        code = facility or next(iter(facilities), "")
        calendar = parts.holidays.seen_by(asks.actor).of_facility(code) if code else None
        year = year or str(parts.views.now().year)
        found = _year(year)
        problem = (
            ""
            if found
            else (f"Year: '{year}' is refused; use {instants.FIRST_YEAR} to {instants.LAST_YEAR}")
        )
        values = {
            "days": sorted(days(calendar, found)) if calendar and found else [],
            "tell": lambda day: said.day(day, year=True),
            "facilities": list(facilities.items()),
            "typed": {"facility": code, "year": year},
            "problems": {"facility": "", "year": problem},
            "wrong": {"year": problem} if problem else {},
        }
        status = 422 if problem else 200
        return frame.page(
            asks, "administration/year.html", values, here="administration", status=status
        )

    return router


def days(calendar: LegalCalendar, year: int) -> Iterator[Day]:
    """Yield the days of a year that a calendar leaves out for some policy, weekends aside."""
    federal = calendar.federal(year)
    for day, name in federal.statutory.items():
        yield Day(day, f"{name}, 5 U.S.C. 6103(a)", EVERY)
    for day, name in federal.in_lieu.items():
        yield Day(day, f"in lieu of {name}, 5 U.S.C. 6103(b)", IN_LIEU)
    for policies, dated in ((EVERY, calendar.extra), *calendar.extra_by_policy.items()):
        yield from (Day(day, text, policies) for day, text in dated.items() if day.year == year)


def _facilities(parts: Parts, asks: Person) -> dict[str, str]:
    rows = parts.directory.seen_by(asks.actor).all_of("facility")
    return {row["code"]: f"{row['name']} ({row['code']})" for row in rows}


def _year(text: str) -> int | None:
    plain = text.strip()
    if not (plain.isascii() and plain.isdecimal()) or len(plain) != len(str(instants.LAST_YEAR)):
        return None
    year = int(plain)
    return year if instants.FIRST_YEAR <= year <= instants.LAST_YEAR else None
