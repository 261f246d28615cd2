"""Read the holidays: the federal ones by rule, further ones as dated data."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import holidays

from config.policies import read_tables
from scheduler.domain import instants
from scheduler.domain.legal_calendar import FederalYear, LegalCalendar
from scheduler.errors import ConfigError, PolicyError

SHIPPED = Path(__file__).with_name("holidays.toml")

# A window that starts in the first or last year allowed reaches into its neighbours.
_FIRST_TABLE = instants.FIRST_YEAR - 1
_LAST_TABLE = instants.LAST_YEAR + 2
# Beyond this year the library answers, without a word, that there is no holiday.
_LAST_OF_LIBRARY = 2100

_OBSERVED = " (observed)"
_FIELDS = ("date", "name", "source", "policies", "states", "facilities")


class ExtraDay(NamedTuple):
    """A dated holiday beyond the federal ones; an empty scope reaches everything."""

    day: date
    name: str
    source: str
    policies: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()

    def reaches(self, *, state: str | None, facility_code: str | None) -> bool:
        """Tell whether the day is kept at a facility; None stands for no facility."""
        if self.states and state not in self.states:
            return False
        return not self.facilities or facility_code in self.facilities


@dataclass(frozen=True, kw_only=True)
class HolidayBook:
    """Every holiday on record; makes the calendar of a facility."""

    federal: Callable[[int], FederalYear]
    extra: tuple[ExtraDay, ...] = ()

    def calendar(
        self, zone: str, *, state: str | None = None, facility_code: str | None = None
    ) -> LegalCalendar:
        """Return the calendar of one facility, or of a zone where none is named."""
        everywhere: dict[date, str] = {}
        by_policy: dict[str, dict[date, str]] = {}
        for each in self.extra:
            if not each.reaches(state=state, facility_code=facility_code):
                continue
            text = f"{each.name}, {each.source}"
            if not each.policies:
                everywhere[each.day] = text
            for policy_id in each.policies:
                by_policy.setdefault(policy_id, {})[each.day] = text
        return LegalCalendar(
            zone=zone, federal=self.federal, extra=everywhere, extra_by_policy=by_policy
        )


@cache
def federal_year(year: int) -> FederalYear:
    """Return the federal holidays dated in `year`.

    Never by state or by the library's category of government closings: both
    differ from the statute.

    Raises:
        PolicyError: The year is out of reach of any hold.

    Source:
        5 U.S.C. 6103(a) for the dates, (b) and Executive Order 11582 for the
        days kept instead.
    """
    if not _FIRST_TABLE <= year <= _LAST_TABLE:
        raise PolicyError(
            f"year {year}: there is no table of federal holidays; "
            f"use {_FIRST_TABLE} to {_LAST_TABLE}"
        )
    if year > _LAST_OF_LIBRARY:
        return _like_an_earlier_year(year)
    statutory: dict[date, str] = {}
    in_lieu: dict[date, str] = {}
    # The in-lieu day of a 1 January that is a Saturday lies in the year before;
    # the library dates it there too.
    for day, name in holidays.country_holidays("US", observed=True, years=year).items():
        if name.endswith(_OBSERVED):
            in_lieu[day] = name.removesuffix(_OBSERVED)
        else:
            statutory[day] = name
    return FederalYear(statutory, in_lieu)


def _like_an_earlier_year(year: int) -> FederalYear:
    """Copy the dates of the last year whose days fall on the same weekdays."""
    twin = next(
        earlier
        for earlier in range(_LAST_OF_LIBRARY, _FIRST_TABLE, -1)
        if date(earlier, 1, 1).weekday() == date(year, 1, 1).weekday()
        and calendar.isleap(earlier) == calendar.isleap(year)
    )
    statutory, in_lieu = federal_year(twin)
    return FederalYear(
        {day.replace(year=year): name for day, name in statutory.items()},
        {day.replace(year=year): name for day, name in in_lieu.items()},
    )


def load_holidays(
    path: Path | None = None,
    *,
    policies: Collection[str] | None = None,
    shipped: Path = SHIPPED,
) -> HolidayBook:
    """Return the federal holidays and the dated ones, shipped and of `path`.

    Args:
        path: The administrator's file; None where there is none.
        policies: Ids that a day may name; None does not look.
        shipped: The file to start from.

    Raises:
        ConfigError: With every problem of both files, each naming day and field.
    """
    days: list[ExtraDay] = []
    problems: list[str] = []
    for source in (shipped, path):
        if source is None:
            continue
        try:
            tables = read_tables(source, "day")
        except ConfigError as exc:
            problems += exc.problems
            continue
        for table in tables:
            found = list(_day_problems(table, policies))
            problems += found
            if not found:
                days.append(_extra_day(table))
    problems += _repeated(days)
    if problems:
        raise ConfigError(problems)
    return HolidayBook(federal=federal_year, extra=tuple(days))


def _day_problems(table: Mapping[str, object], policies: Collection[str] | None) -> Iterator[str]:
    named = f"day {table.get('date', 'without a date')}"
    for name in table:
        if name not in _FIELDS:
            yield f"{named}: {name}: unknown field; use {', '.join(_FIELDS)}"
    if _date(table.get("date")) is None:
        years = f"{instants.FIRST_YEAR} to {instants.LAST_YEAR}"
        yield f"{named}: date: {table.get('date')!r} is refused; use a date of {years}, as 2030-02-01"
    for name in ("name", "source"):
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"{named}: {name}: {value!r} is refused; write a text that is not empty"
    for name in ("policies", "states", "facilities"):
        yield from _scope_problems(table, name, named)
    for policy_id in _texts(table.get("policies")):
        if policies is not None and policy_id not in policies:
            yield f"{named}: policies: {policy_id!r} is unknown; name policies on record"


def _scope_problems(table: Mapping[str, object], name: str, named: str) -> Iterator[str]:
    value = table.get(name, ["-"])
    if not isinstance(value, list) or not value or len(_texts(value)) != len(value):
        # An empty list would read as "nowhere" and mean "everywhere".
        yield f"{named}: {name}: {value!r} is refused; write a list of texts, or leave it out"
    elif name == "states" and name in table:
        for state in _texts(value):
            if not re.fullmatch(r"[A-Z]{2}", state):
                yield f"{named}: states: {state!r} is refused; use two capitals, as NH"


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else []
    return [each for each in items if isinstance(each, str) and each.strip()]


def _date(value: object) -> date | None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if instants.FIRST_YEAR <= day.year <= instants.LAST_YEAR else None


def _extra_day(table: Mapping[str, object]) -> ExtraDay:
    return ExtraDay(
        day=date.fromisoformat(str(table["date"])),
        name=str(table["name"]).strip(),
        source=str(table["source"]).strip(),
        policies=frozenset(_texts(table.get("policies"))),
        states=frozenset(_texts(table.get("states"))),
        facilities=frozenset(_texts(table.get("facilities"))),
    )


def _repeated(days: list[ExtraDay]) -> Iterator[str]:
    seen: set[tuple[object, ...]] = set()
    for each in days:
        key = (each.day, each.policies, each.states, each.facilities)
        if key in seen:
            yield f"day {each.day}: date: given twice for the same holds; write it once"
        seen.add(key)
