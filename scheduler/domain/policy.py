"""Policies as data: which instant starts the clock, how long it runs, what else is due.

A policy reaches this program as a table of `config/policies.toml`, of an
administrator's own file, or as the JSON that a hold pinned when it was
registered. All three have one shape, read here. What a table says that does
not fit together is named field by field, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from scheduler.domain import instants
from scheduler.errors import InvalidHoldError, PolicyError

NO_TIME = timedelta(0)
LONGEST_LIMIT = timedelta(days=366)

Member = TypeVar("Member", bound=StrEnum)
Item = TypeVar("Item")


class Anchor(StrEnum):
    """The instant that starts a policy's clock."""

    WOULD_RELEASE_AT = "would_release_at"
    LODGED_AT = "lodged_at"
    WARRANT_SERVED_AT = "warrant_served_at"
    NONE = "none"


class Notice(StrEnum):
    """What a policy says about telling the agency of a release."""

    REQUESTED = "requested"
    REQUIRED = "required"
    OPTIONAL = "optional"
    PROHIBITED = "prohibited"


class Paper(StrEnum):
    """A paper that the authority to hold rests on; it never moves the clock."""

    SERVED = "served"
    WARRANT = "warrant"
    JUDICIAL_ORDER = "judicial_order"


class Excluded(StrEnum):
    """A kind of local day whose time does not count."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"


class AppliesBy(StrEnum):
    """The date that a policy's dates in force go by."""

    LODGING = "lodging"
    CONFINEMENT = "confinement"
    OFFENCE = "offence"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy, in one version, as its source words it.

    Attributes:
        limit: Counted time from the anchor; None without a clock.
        observed: Whether in-lieu days of 5 U.S.C. 6103(b) are holidays too.
        notice_overdue_after: After `would_release_at`, how long notice may take.
        notice_reminder_before: How long before that a reminder goes out.
        checks: Ids of the policies whose earlier deadline is a ceiling on this one.
        ladder: Reminders, by their lead before the limit; None takes the usual ones.
        in_force_from: First date in force, of the kind that `applies_by` names.
        in_force_until: Last date in force, inclusive.
        family: Name shared by successive policies, of which dates choose one.
        reaches_open: Whether it applies to holds that were open when it came.
        mark: How well the source was checked: V read word for word, Q quoted by
            another, S paraphrase, R general knowledge; V/Q where parts differ.
        duties: What else the policy asks of the facility, in words.
        note: What a reader must know about this row.
    """

    id: str
    version: int
    title: str
    anchor: Anchor
    limit: timedelta | None = None
    excludes: frozenset[Excluded] = frozenset()
    observed: bool = False
    notice: Notice
    notice_overdue_after: timedelta = NO_TIME
    notice_reminder_before: timedelta | None = None
    checks: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()
    ladder: tuple[timedelta, ...] | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    applies_by: AppliesBy = AppliesBy.LODGING
    family: str | None = None
    reaches_open: bool = False
    based_on: str | None = None
    enabled: bool = True
    source: str
    mark: str
    duties: tuple[str, ...] = ()
    note: str = ""

    @property
    def has_clock(self) -> bool:
        return self.anchor is not Anchor.NONE

    @property
    def notice_expected(self) -> bool:
        return self.notice in (Notice.REQUESTED, Notice.REQUIRED)

    def in_force_on(self, day: date) -> bool:
        """Tell whether `day`, a date of the kind `applies_by` names, is among the dates in force."""
        if self.in_force_from is not None and day < self.in_force_from:
            return False
        return self.in_force_until is None or day <= self.in_force_until

    def dates_text(self) -> str:
        """Return the dates in force in words."""
        first = self.in_force_from and instants.day_text(self.in_force_from, year=True)
        last = self.in_force_until and instants.day_text(self.in_force_until, year=True)
        if first and last:
            return f"{first} to {last}"
        if first:
            return f"from {first}"
        return f"until {last}" if last else "not on record"


def policy_from(data: Mapping[str, object]) -> Policy:
    """Return the policy that a table or a pinned JSON object describes.

    Raises:
        PolicyError: Naming every wrong field, its value and what is allowed.
    """
    policy, problems = read_policy(data)
    if policy is None:
        raise PolicyError("\n".join(problems))
    return policy


def policy_data(policy: Policy) -> dict[str, object]:
    """Return the policy as a JSON object, every field written out.

    A hold pins this; a default that changes later must not reach it, so fields
    at their default are written too.
    """
    return {field.name: _plain(getattr(policy, field.name)) for field in fields(policy)}


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return instants.duration_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, frozenset):
        return [member.value for member in Excluded if member in value]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def read_policy(data: Mapping[str, object]) -> tuple[Policy | None, tuple[str, ...]]:
    """Read one table; return the policy, or None and every problem found in it."""
    named = f"policy {data['id']}" if isinstance(data.get("id"), str) else "a policy without an id"
    problems = [
        f"{named}: {name}: unknown field with value {_shown(data[name])}; use {', '.join(_READERS)}"
        for name in data
        if name not in _READERS
    ]
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        value = data.get(name)
        if value is None:
            problems += [f"{named}: {name}: missing; it is needed"] if name in _NEEDED else []
            continue
        try:
            values[name] = read(value)
        except _WrongValueError as exc:
            problems.append(f"{named}: {name}: {_shown(value)} is refused; {exc}")
    if problems:
        return None, tuple(problems)
    policy = Policy(**values)
    contradictions = tuple(f"{named}: {problem}" for problem in _contradictions(policy))
    return (None if contradictions else policy), contradictions


def _contradictions(policy: Policy) -> list[str]:
    problems = _limit_problems(policy) + _ladder_problems(policy) + _notice_problems(policy)
    first, last = policy.in_force_from, policy.in_force_until
    if first and last and last < first:
        problems.append(f"in_force_until: {last} is before in_force_from; use {first} or later")
    if policy.id in policy.checks:
        problems.append(f"checks: {policy.id!r} is the policy itself; name others")
    if policy.based_on == policy.id:
        problems.append(f"based_on: {policy.id!r} is the policy itself; name another")
    if policy.observed and Excluded.HOLIDAY not in policy.excludes:
        problems.append("observed: true without holidays excluded; add 'holiday' to excludes")
    return problems


def _limit_problems(policy: Policy) -> list[str]:
    if not policy.has_clock:
        return [
            f"{name}: {_shown(_plain(value))} is given but anchor is 'none'; leave it out"
            for name in ("limit", "excludes", "checks", "ladder")
            if (value := getattr(policy, name))
        ]
    if policy.limit is None:
        return ["limit: missing; a policy with a clock needs one above 0, as 48 h"]
    if not NO_TIME < policy.limit <= LONGEST_LIMIT:
        given, most = instants.duration_text(policy.limit), instants.duration_text(LONGEST_LIMIT)
        return [f"limit: {given} is refused; use more than 0 and at most {most}"]
    return []


def _ladder_problems(policy: Policy) -> list[str]:
    problems = []
    for lead in policy.ladder or ():
        if policy.limit is not None and not NO_TIME < lead < policy.limit:
            given, limit = instants.duration_text(lead), instants.duration_text(policy.limit)
            problems.append(f"ladder: {given} is refused; use more than 0 and less than {limit}")
    return problems


def _notice_problems(policy: Policy) -> list[str]:
    problems = []
    for name in ("notice_overdue_after", "notice_reminder_before"):
        value = getattr(policy, name)
        if value is not None and value < NO_TIME:
            problems.append(f"{name}: {instants.duration_text(value)} is negative; use 0 or more")
        if value and not policy.notice_expected:
            problems.append(f"{name}: given while notice is {policy.notice!s}; leave it out")
    return problems


class _WrongValueError(Exception):
    """A field's value cannot be read; the message says what is allowed."""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WrongValueError("write a text that is not empty")
    return value.strip()


def _note(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongValueError("write a text")
    return value.strip()


def _id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,63}", value):
        raise _WrongValueError("use lower-case letters, digits, dots and hyphens, at most 64")
    return value


def _version(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _WrongValueError("use a whole number from 1 up")
    return value


def _claim(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError("use true or false")
    return value


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _WrongValueError("use a date that exists, as 2025-10-01")


def _duration(value: object) -> timedelta:
    try:
        return instants.parse_duration(value)
    except InvalidHoldError as exc:
        raise _WrongValueError("write a duration in hours and minutes, as 48 h or 30 min") from exc


def _mark(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[VQSR](/[VQSR])*", value):
        raise _WrongValueError("use V, Q, S or R, or several as V/Q")
    return value


def _one_of(kind: type[Member]) -> Callable[[object], Member]:
    def read(value: object) -> Member:
        if isinstance(value, str) and value in tuple(kind):
            return kind(value)
        raise _WrongValueError(f"use {', '.join(kind)}")

    return read


def _list_of(read: Callable[[object], Item]) -> Callable[[object], tuple[Item, ...]]:
    def read_all(value: object) -> tuple[Item, ...]:
        if not isinstance(value, list | tuple):
            raise _WrongValueError("write a list")
        items = tuple(read(each) for each in value)
        if len(set(items)) != len(items):
            raise _WrongValueError("write each item once")
        return items

    return read_all


def _excludes(value: object) -> frozenset[Excluded]:
    return frozenset(_list_of(_one_of(Excluded))(value))


def _ladder(value: object) -> tuple[timedelta, ...]:
    return tuple(sorted(_list_of(_duration)(value), reverse=True))


_READERS: dict[str, Callable[[object], object]] = {
    "id": _id,
    "version": _version,
    "title": _text,
    "anchor": _one_of(Anchor),
    "limit": _duration,
    "excludes": _excludes,
    "observed": _claim,
    "notice": _one_of(Notice),
    "notice_overdue_after": _duration,
    "notice_reminder_before": _duration,
    "checks": _list_of(_id),
    "papers": _list_of(_one_of(Paper)),
    "ladder": _ladder,
    "in_force_from": _day,
    "in_force_until": _day,
    "applies_by": _one_of(AppliesBy),
    "family": _id,
    "reaches_open": _claim,
    "based_on": _id,
    "enabled": _claim,
    "source": _text,
    "mark": _mark,
    "duties": _list_of(_text),
    "note": _note,
}
_NEEDED = frozenset(field.name for field in fields(Policy) if field.default is MISSING)
