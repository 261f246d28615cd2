"""A second opinion on deadlines: walk minute by minute and look at the calendar on the wall.

Written apart from the product: zoneinfo instead of pendulum, own holiday rules
from the wording of 5 U.S.C. 6103(a), no look at local midnights, nothing
imported from `scheduler`. A stretch is taken an hour at a time only where that
cannot matter: at a whole UTC hour, in a zone that is whole hours from UTC at
both ends of it, a local date cannot change inside.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6

Excluded = Callable[[date], bool]


def deadline_by_minutes(start: datetime, minutes: int, zone: str, excluded: Excluded) -> datetime:
    """Return the instant at which `minutes` have counted; `start` is UTC, on a whole minute."""
    where = ZoneInfo(zone)
    now = start
    left = minutes
    while left:
        if not excluded(now.astimezone(where).date()):
            left -= 1
        now += MINUTE
    return now


def deadline_by_hours(start: datetime, minutes: int, zone: str, excluded: Excluded) -> datetime:
    """Return the same, an hour at a time where no date can change inside the hour."""
    where = ZoneInfo(zone)
    now = start
    left = minutes
    while left:
        local = now.astimezone(where)
        step = HOUR if left >= 60 and _is_plain_hour(now, local, where) else MINUTE
        if not excluded(local.date()):
            left -= step // MINUTE
        now += step
    return now


def _is_plain_hour(now: datetime, local: datetime, where: ZoneInfo) -> bool:
    if now.minute:
        return False
    offsets = (local.utcoffset(), (now + HOUR - MINUTE).astimezone(where).utcoffset())
    return all(offset is not None and not offset % HOUR for offset in offsets)


def weekend_or_holiday(day: date) -> bool:
    return day.weekday() in {SATURDAY, SUNDAY} or day in statutory_holidays(day.year)


def weekend_or_observed(day: date) -> bool:
    return weekend_or_holiday(day) or day in in_lieu_days(day.year)


def nothing(day: date) -> bool:
    return False


@cache
def statutory_holidays(year: int) -> frozenset[date]:
    """The legal public holidays of 5 U.S.C. 6103(a), as in force in `year`, 1990 or later."""
    days = {
        date(year, 1, 1),
        _third(year, 1, MONDAY),  # Birthday of Martin Luther King, Jr., since 1986
        _third(year, 2, MONDAY),  # Washington's Birthday
        _last_monday_of_may(year),  # Memorial Day
        date(year, 7, 4),
        _nth(year, 9, MONDAY, number=1),  # Labor Day
        _nth(year, 10, MONDAY, number=2),  # Columbus Day
        date(year, 11, 11),  # Veterans Day
        _nth(year, 11, THURSDAY, number=4),  # Thanksgiving Day
        date(year, 12, 25),
    }
    if year >= 2021:
        days.add(date(year, 6, 19))  # Juneteenth: Public Law 117-17, June 2021
    return frozenset(days)


@cache
def in_lieu_days(year: int) -> frozenset[date]:
    """The Friday before a Saturday's holiday, the Monday after a Sunday's, dated in `year`."""
    moved = set()
    for day in statutory_holidays(year) | statutory_holidays(year + 1):
        if day.weekday() == SATURDAY:
            moved.add(day - ONE_DAY)
        if day.weekday() == SUNDAY:
            moved.add(day + ONE_DAY)
    return frozenset(day for day in moved if day.year == year)


def _nth(year: int, month: int, weekday: int, *, number: int) -> date:
    found = [
        day
        for day in (date(year, month, 1) + ONE_DAY * offset for offset in range(35))
        if day.weekday() == weekday
    ]
    return found[number - 1]


def _third(year: int, month: int, weekday: int) -> date:
    return _nth(year, month, weekday, number=3)


def _last_monday_of_may(year: int) -> date:
    day = date(year, 5, 31)
    while day.weekday() != MONDAY:
        day -= ONE_DAY
    return day


US_ZONES = (
    "America/New_York",
    "America/Detroit",
    "America/Kentucky/Louisville",
    "America/Kentucky/Monticello",
    "America/Indiana/Indianapolis",
    "America/Indiana/Vincennes",
    "America/Indiana/Winamac",
    "America/Indiana/Marengo",
    "America/Indiana/Petersburg",
    "America/Indiana/Vevay",
    "America/Indiana/Tell_City",
    "America/Indiana/Knox",
    "America/Chicago",
    "America/Menominee",
    "America/North_Dakota/Center",
    "America/North_Dakota/New_Salem",
    "America/North_Dakota/Beulah",
    "America/Denver",
    "America/Boise",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Juneau",
    "America/Sitka",
    "America/Metlakatla",
    "America/Yakutat",
    "America/Nome",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/St_Thomas",
    "Pacific/Guam",
    "Pacific/Saipan",
    "Pacific/Pago_Pago",
)


def utc(text: str) -> datetime:
    """Return an instant written with its offset, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
