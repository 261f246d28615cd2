"""Which local days do not count, and why.

The federal dates are handed in (`config/holidays.py` makes them): this package
imports no library of holidays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from scheduler.domain import instants
from scheduler.domain.policy import Excluded, Policy
from scheduler.errors import InvalidHoldError, PolicyError

ONE_DAY = timedelta(days=1)
_WEEKEND = {5: (Excluded.SATURDAY, "Saturday"), 6: (Excluded.SUNDAY, "Sunday")}


class FederalYear(NamedTuple):
    """The federal holidays dated in one year, by date, with their names.

    Attributes:
        statutory: The dates of 5 U.S.C. 6103(a).
        in_lieu: The days kept instead when one falls on a weekend, 6103(b);
            the name is that of the holiday.
    """

    statutory: Mapping[date, str]
    in_lieu: Mapping[date, str]


FederalHolidays = Callable[[int], FederalYear]


@dataclass(frozen=True, kw_only=True)
class LegalCalendar:
    """The days of one facility, as the law counts them.

    Attributes:
        zone: The facility's IANA zone; a day is a local day there.
        federal: Gives the federal holidays of a year.
        extra: Further holidays, dated, for every policy that excludes holidays.
        extra_by_policy: Further holidays that one policy alone knows, by its id.
    """

    zone: str
    federal: FederalHolidays
    extra: Mapping[date, str] = field(default_factory=dict)
    extra_by_policy: Mapping[str, Mapping[date, str]] = field(default_factory=dict)

    def excluded_reason(self, day: date, policy: Policy) -> str | None:
        """Return why `day` does not count under `policy`, or None where it counts."""
        weekend = _WEEKEND.get(day.weekday())
        if weekend is not None and weekend[0] in policy.excludes:
            return weekend[1]
        if Excluded.HOLIDAY not in policy.excludes:
            return None
        return self._holiday(day, policy)

    def _holiday(self, day: date, policy: Policy) -> str | None:
        year = self.federal(day.year)
        if day in year.statutory:
            return f"{year.statutory[day]}, 5 U.S.C. 6103(a)"
        if policy.observed and day in year.in_lieu:
            return f"in lieu of {year.in_lieu[day]}, 5 U.S.C. 6103(b)"
        own = self.extra_by_policy.get(policy.id)
        if own is not None and day in own:
            return own[day]
        return self.extra.get(day)

    def local_day(self, instant: datetime) -> date:
        """Return the date at the facility at an aware instant."""
        return instant.astimezone(instants.zone_of(self.zone)).date()

    def day_start(self, day: date) -> datetime:
        """Return the UTC instant at which a local day begins."""
        return _day_start(day, self.zone)


@lru_cache(maxsize=16_384)
def _day_start(day: date, zone: str) -> datetime:
    # The standard library's fold=0 reads a midnight that the clocks skip with the
    # offset before the gap, which is the first instant after it, and takes the
    # earlier of two. pendulum.datetime(fold=0) goes an hour back in a gap.
    midnight = datetime(day.year, day.month, day.day, tzinfo=instants.zone_of(zone), fold=0)
    return midnight.astimezone(UTC)


def calendar_data(calendar: LegalCalendar) -> dict[str, object]:
    """Return what a hold pins of its calendar, as a JSON object.

    The federal dates are law, the same for every hold, and are not repeated.
    """
    return {
        "zone": calendar.zone,
        "extra": _dates_data(calendar.extra),
        "extra_by_policy": {
            policy: _dates_data(days) for policy, days in sorted(calendar.extra_by_policy.items())
        },
    }


def calendar_from(data: Mapping[str, object], federal: FederalHolidays) -> LegalCalendar:
    """Return the calendar that a hold pinned.

    Raises:
        PolicyError: The object is not one that `calendar_data` wrote.
    """
    by_policy = data.get("extra_by_policy", {})
    if not isinstance(by_policy, Mapping):
        raise PolicyError(f"extra_by_policy: {by_policy!r} is refused; use an object by policy id")
    try:
        zone = instants.known_zone(data.get("zone"), field="zone")
    except InvalidHoldError as exc:
        raise PolicyError(str(exc)) from exc
    return LegalCalendar(
        zone=zone,
        federal=federal,
        extra=_dates_from(data.get("extra", {})),
        extra_by_policy={policy: _dates_from(days) for policy, days in by_policy.items()},
    )


def _dates_data(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): name for day, name in sorted(days.items())}


def _dates_from(data: object) -> dict[date, str]:
    if not isinstance(data, Mapping):
        raise PolicyError(f"extra: {data!r} is refused; use an object of names by ISO date")
    try:
        return {date.fromisoformat(day): str(name) for day, name in data.items()}
    except (TypeError, ValueError) as exc:
        raise PolicyError(f"extra: {data!r} is refused; use names by ISO date ({exc})") from exc
