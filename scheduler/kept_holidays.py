"""Dated holidays added to the federal ones: added, changed, withdrawn, with the holds each moves.

On the days that a change touches, an open hold is brought to what a new hold of its
facility would pin; whatever else it pinned stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from scheduler import directory_values as values_of
from scheduler.amendments import Agreement, Amend, Amendments, Move
from scheduler.domain import corrections, instants
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.hold import Hold, Rules
from scheduler.domain.instants import day_text, rfc3339
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import ConflictError, HoldNotFoundError, InvalidHoldError
from scheduler.intake import plain_text
from scheduler.recorder import Recorder
from scheduler.setting_changes import Changed, tell
from scheduler.store import directory, holidays, ids
from scheduler.store.directory import FacilityRecord, Sight
from scheduler.store.engine import Connection
from scheduler.store.holidays import HolidayRecord
from scheduler.store.reading import Reading

CalendarWith = Callable[[FacilityRecord, Sequence[HolidayRecord]], LegalCalendar]
"""Makes a facility's calendar of the dates on file and these."""

FIELDS = ("day", "name", "source", "policies", "states", "facilities")
"""What somebody says of a holiday."""


class KeptHolidays(Reading):
    """Every way to read and change the dates that were added.

    Args:
        recorder: Reaches the database.
        amendments: Finds and changes the holds that a day moves.
        book: The policies on record.
        calendar_with: See `CalendarWith`.
    """

    def __init__(
        self,
        recorder: Recorder,
        amendments: Amendments,
        *,
        book: PolicyBook,
        calendar_with: CalendarWith,
    ) -> None:
        self._recorder = recorder
        self._amendments = amendments
        self._book = book
        self._calendar_with = calendar_with

    def all(self) -> list[HolidayRecord]:
        """Return every added holiday, those that were withdrawn too, the earliest first."""
        with self._recorder.database.read() as connection:
            seen = self._sight(connection)
            every = (_within(record, seen) for record in holidays.ever_added(connection))
            return [record for record in every if record is not None]

    def get(self, holiday_id: str) -> HolidayRecord:
        """Return an added holiday.

        Raises:
            HoldNotFoundError: There is none.
        """
        with self._recorder.database.read() as connection:
            found = _within(holidays.get(connection, holiday_id), self._sight(connection))
        if found is None:
            raise HoldNotFoundError(f"holiday '{holiday_id}': there is none on record")
        return found

    def of_facility(self, code: str) -> LegalCalendar:
        """Return the days of a facility as a hold that is registered now would pin them.

        Raises:
            HoldNotFoundError: There is no such facility among theirs.
        """
        with self._recorder.database.read() as connection:
            seen = self._sight(connection)
            if seen is not None and code not in seen:
                raise HoldNotFoundError(f"facility '{code}': there is none on record")
            facility = directory.facility(connection, code)
            return self._calendar_with(facility, holidays.all_of(connection))

    # What a change would move.

    def moves_of_adding(self, told: Mapping[str, Any]) -> list[Move]:
        """Return the open holds that a further day would reach.

        Args:
            told: By field, as `FIELDS`.

        Raises:
            InvalidHoldError: A value is wrong.
            HoldNotFoundError: There is no such facility.
        """
        with self._recorder.database.read() as connection:
            day = self._drafted(connection, told)
            return list(self._amendments.moves(connection, self._amend(connection, None, day)))

    def moves_of_editing(self, holiday_id: str, told: Mapping[str, Any]) -> list[Move]:
        """Return the open holds that another date, name, source or scope would reach."""
        with self._recorder.database.read() as connection:
            before = _standing(connection, holiday_id)
            after = self._drafted(connection, told, of=before)
            return list(self._amendments.moves(connection, self._amend(connection, before, after)))

    def moves_of_disabling(self, holiday_id: str) -> list[Move]:
        """Return the open holds for which the day would count again."""
        with self._recorder.database.read() as connection:
            before = _standing(connection, holiday_id)
            return list(self._amendments.moves(connection, self._amend(connection, before, None)))

    # The changes.

    def add(
        self, actor: Actor, told: Mapping[str, Any], agreement: Agreement
    ) -> tuple[HolidayRecord, list[Move]]:
        """Add a holiday and let it count for the open holds it reaches.

        Args:
            actor: Who adds it.
            told: By field, as `FIELDS`.
            agreement: Why, and that the holds may be changed.

        Raises:
            InvalidHoldError: A value is wrong.
            HoldNotFoundError: There is no such facility.
            ConflictError: It is on record already.
            HoldStateError: It reaches open holds, and nobody agreed.
        """
        require_may(actor, Deed.ADMINISTER)
        with self._recorder.database.write() as connection:
            day = self._drafted(connection, told)
            moves = self._write(connection, actor, None, day, agreement=agreement)
        self._recorder.committed()
        return day, moves

    def edit(
        self, actor: Actor, holiday_id: str, told: Mapping[str, Any], agreement: Agreement
    ) -> tuple[HolidayRecord, list[Move]]:
        """Change a holiday, and what open holds have of it.

        Raises:
            HoldNotFoundError: There is none, or no such facility.
            InvalidHoldError: A value is wrong.
            ConflictError: It was withdrawn, or another is the same.
            HoldStateError: It reaches open holds, and nobody agreed.
        """
        require_may(actor, Deed.ADMINISTER)
        with self._recorder.database.write() as connection:
            before = _standing(connection, holiday_id, lock=True)
            after = self._drafted(connection, told, of=before)
            moves = self._write(connection, actor, before, after, agreement=agreement)
        self._recorder.committed()
        return after, moves

    def disable(self, actor: Actor, holiday_id: str, agreement: Agreement) -> list[Move]:
        """Withdraw a holiday: it stays on record, and counts for no hold any more.

        Raises:
            HoldNotFoundError: There is none.
            ConflictError: It was withdrawn already.
            HoldStateError: It reaches open holds, and nobody agreed.
        """
        require_may(actor, Deed.ADMINISTER)
        with self._recorder.database.write() as connection:
            before = _standing(connection, holiday_id, lock=True)
            moves = self._write(connection, actor, before, None, agreement=agreement)
        self._recorder.committed()
        return moves

    def _write(
        self,
        connection: Connection,
        actor: Actor,
        before: HolidayRecord | None,
        after: HolidayRecord | None,
        *,
        agreement: Agreement,
    ) -> list[Move]:
        now = self._recorder.now()
        amend = self._amend(connection, before, after)
        if before is None and after is not None:
            holidays.add(connection, after, now)
            tell(connection, actor, now, Changed("holiday", after.id, "day", "", _shown(after)))
        elif before is not None:
            changed = before._replace(disabled_at=now) if after is None else after
            holidays.replace(connection, changed)
            for field, old, new in _differences(before, changed):
                tell(connection, actor, now, Changed("holiday", before.id, field, old, new))
        correct = partial(corrections.change_holidays, old=_shown(before), new=_shown(after))
        return self._amendments.apply(
            connection, actor, amend, correct=correct, agreement=agreement
        )

    def _amend(
        self, connection: Connection, before: HolidayRecord | None, after: HolidayRecord | None
    ) -> Amend:
        """Bring holds to what would be pinned with `after` in place of `before`."""
        standing = holidays.all_of(connection)
        kept = [each for each in standing if before is None or each.id != before.id]
        if after is not None:
            _refuse_known(kept, after)
            kept.append(after)
        days = {each.day for each in (before, after) if each is not None}
        known: dict[str, LegalCalendar] = {}

        def amend(_: Hold, rules: Rules, facility: FacilityRecord) -> Rules | None:
            if facility.code not in known:
                known[facility.code] = self._calendar_with(facility, kept)
            calendar = _on_days(rules.calendar, known[facility.code], days)
            judged_by = (rules.policy, *rules.checked)
            is_reached = any(
                rules.calendar.excluded_reason(day, policy) != calendar.excluded_reason(day, policy)
                for day in days
                for policy in judged_by
            )
            return rules._replace(calendar=calendar) if is_reached else None

        return amend

    def _drafted(
        self, connection: Connection, told: Mapping[str, Any], *, of: HolidayRecord | None = None
    ) -> HolidayRecord:
        """Return a holiday as somebody tells of it; what they leave out stays as it is."""
        known = of or HolidayRecord(
            ids.speakable(), date.min, "", "", frozenset(), frozenset(), frozenset()
        )
        given = {name: value for name, value in told.items() if value is not None}
        if of is None:
            given = {name: given.get(name, "") for name in ("day", "name", "source")} | given
        drafted = known._replace(**{name: _read(name, value) for name, value in given.items()})
        for policy_id in sorted(drafted.policies):
            self._book.named(policy_id, field="policies")
        for code in sorted(drafted.facilities):
            directory.facility(connection, code)
        return drafted


def holiday_object(record: HolidayRecord) -> dict[str, Any]:
    """Return a holiday as machines read it."""
    return {
        "id": record.id,
        "day": record.day.isoformat(),
        "name": record.name,
        "source": record.source,
        "policies": sorted(record.policies),
        "states": sorted(record.states),
        "facilities": sorted(record.facilities),
        "disabled_at": None if record.disabled_at is None else rfc3339(record.disabled_at),
    }


def _within(record: HolidayRecord, seen: Sight) -> HolidayRecord | None:
    """Return a holiday as it reaches the facilities that are seen, or None where it does not."""
    if seen is None or not record.facilities:
        return record
    theirs = record.facilities & seen
    return record._replace(facilities=theirs) if theirs else None


def _standing(connection: Connection, holiday_id: str, *, lock: bool = False) -> HolidayRecord:
    record = holidays.get(connection, holiday_id, lock=lock)
    if record.disabled_at is not None:
        raise ConflictError(
            f"holiday {holiday_id}: it was withdrawn {rfc3339(record.disabled_at)}; add it anew"
        )
    return record


def _read(field: str, value: Any) -> Any:
    if field == "day":
        return _day(str(value))
    if field in holidays.SCOPES:
        texts = (str(each).strip() for each in value)
        read = values_of.state if field == "states" else str
        return frozenset(read(text) for text in texts if text)
    text = plain_text(str(value), field)
    if text is None:
        raise InvalidHoldError(f"{field}: it is empty; write a text", field=field)
    return text


def _day(text: str) -> date:
    refusal = InvalidHoldError(
        f"day: '{text}' is refused; write a date that exists, of {instants.FIRST_YEAR} to "
        f"{instants.LAST_YEAR}, as 2026-06-19",
        field="day",
    )
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise refusal from exc
    # It reads `20260619` and weeks as well; one spelling is enough.
    if day.isoformat() != text or not instants.FIRST_YEAR <= day.year <= instants.LAST_YEAR:
        raise refusal
    return day


def _on_days(
    pinned: LegalCalendar, current: LegalCalendar, days: Collection[date]
) -> LegalCalendar:
    """Return the pinned calendar, with what the current one says of these days."""

    def merged(old: Mapping[date, str], new: Mapping[date, str]) -> dict[date, str]:
        kept = {day: text for day, text in old.items() if day not in days}
        return kept | {day: text for day, text in new.items() if day in days}

    by_policy = {
        policy_id: merged(
            pinned.extra_by_policy.get(policy_id, {}), current.extra_by_policy.get(policy_id, {})
        )
        for policy_id in {*pinned.extra_by_policy, *current.extra_by_policy}
    }
    return replace(
        pinned,
        extra=merged(pinned.extra, current.extra),
        extra_by_policy={policy_id: dates for policy_id, dates in by_policy.items() if dates},
    )


def _shown(record: HolidayRecord | None) -> str:
    return "" if record is None else f"{record.day.isoformat()} {record.name}"


def _differences(before: HolidayRecord, after: HolidayRecord) -> list[tuple[str, str, str]]:
    told = ((name, _told(getattr(before, name)), _told(getattr(after, name))) for name in _TOLD)
    return [each for each in told if each[1] != each[2]]


_TOLD = (*FIELDS, "disabled_at")


def _told(value: Any) -> str:
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if value is None or isinstance(value, str):
        return value or ""
    return rfc3339(value) if hasattr(value, "tzinfo") else str(value)


def _refuse_known(known: Sequence[HolidayRecord], day: HolidayRecord) -> None:
    for each in known:
        if _scope(each) == _scope(day):
            raise ConflictError(
                f"holiday {day_text(day.day, year=True)}: it is on record already as '{each.name}'"
            )


def _scope(record: HolidayRecord) -> tuple[Any, ...]:
    return record.day, record.policies, record.states, record.facilities
