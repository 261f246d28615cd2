"""Brings a file of holds into the live database, through the registry.

Good rows go in, bad ones are listed. A row that is on record already adds what it
newly knows; what it has differently is listed, and applied only when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scheduler import import_rows
from scheduler.domain import routing
from scheduler.domain.actors import Actor
from scheduler.domain.hold import Hold
from scheduler.errors import HoldError, HoldStateError
from scheduler.history_file import BadRow, FacilityAsked
from scheduler.import_differences import Difference, differences
from scheduler.import_mapping import Mapped
from scheduler.import_report import Options, Report
from scheduler.import_rows import Row, Rows
from scheduler.judging import Judged
from scheduler.recorder import Entry, Settled
from scheduler.registration import Registered
from scheduler.store import holds
from scheduler.store.directory import FacilityRecord
from scheduler.wiring import House

BATCH = 1000
"""Rows in one transaction: others wait less than a second for it."""
NEW_POLICY = "i-247a"
FILLED = "newly filled in by an import"
CORRECTED = "corrected by an import"

Progress = Callable[[int], None]


class Changed(NamedTuple):
    """A row that is on record with something less, or something else."""

    row: Row
    hold: Hold
    differences: list[Difference]


class Sorted(NamedTuple):
    """The rows of a file by what is to be done about them."""

    new: list[Row]
    changed: list[Changed]


class Importer:
    """One import.

    Args:
        house: Recording alerts without sending them, unless they are asked for.
        actor: On record as having written everything.
        options: How.
        tell_alerts: Told what goes out at once, before anything is written.
        progress: Told how many rows are done; every row counts twice, once read, once written.
    """

    def __init__(
        self,
        house: House,
        *,
        actor: Actor,
        options: Options,
        tell_alerts: Callable[[list[str]], None] = lambda _: None,
        progress: Progress = lambda _: None,
    ) -> None:
        self._house = house
        self._actor = actor
        self._options = options
        self._tell_alerts = tell_alerts
        self._progress = progress
        self._report = Report()
        self._said: dict[tuple[str, int], str] = {}
        self._now = house.recorder.now()

    def run(self, mapped: Mapped) -> Report:
        """Import a file, as `import_mapping.apply` returns it."""
        report, options = self._report, self._options
        report.rows = len(mapped.sources) + sum(
            1 for row in mapped.bad if row.line not in mapped.sources
        )
        report.warnings.update(f"nothing is read from column '{name}'" for name in mapped.unused)
        rows = import_rows.read_rows(
            mapped,
            self._known_facilities(),
            self._now,
            creates_facilities=options.create_facilities,
            progress=self._progress,
        )
        report.bad += rows.bad
        report.warnings.update(rows.warnings)
        report.close = [str(pair) for pair in rows.close]
        sorted_ = self._sort(rows.good)
        if options.dry_run or options.all_or_nothing or options.alerts:
            self._rehearse(sorted_, rows, mapped)
        if options.all_or_nothing and report.bad:
            return report
        report.facilities = list(rows.new_facilities)
        if options.dry_run:
            self._count(sorted_, mapped)
            return report
        self._tell_alerts(report.alerts)
        self._write(sorted_, rows, mapped)
        return report

    def _known_facilities(self) -> dict[str, FacilityAsked]:
        known = self._house.directory.all_of("facility")
        return {
            row["code"]: FacilityAsked(row["code"], row["name"], row["state"], row["timezone"])
            for row in known
        }

    # Against the record.

    def _sort(self, rows: Sequence[Row]) -> Sorted:
        """Tell new rows from those on record, with one look-up a batch."""
        sorted_ = Sorted([], [])
        for batch in _batches(rows):
            with self._house.database.read() as connection:
                known = holds.by_references(connection, [row.reference for row in batch])
            for row in batch:
                found = known.get(row.reference)
                if found is None:
                    sorted_.new.append(row)
                    continue
                hold = found.stored.hold
                differing = differences(row.asked, hold)
                if differing:
                    sorted_.changed.append(Changed(row, hold, differing))
                else:
                    self._report.unchanged += 1
        return sorted_

    def _rehearse(self, sorted_: Sorted, rows: Rows, mapped: Mapped) -> None:
        """Judge new rows without writing: what would be refused, and what would be sent."""
        made_up = {code: _record(each) for code, each in rows.new_facilities.items()}
        possible: list[Row] = []
        for batch in _batches(sorted_.new):
            codes = {row.asked.facility_code for row in batch}
            with self._house.database.read() as connection:
                judge = self._house.registry.registrar.judge(
                    connection, self._actor, codes, hush=self._hush, facilities=made_up
                )
                for row in batch:
                    try:
                        judged = judge.judge(row.asked)
                    except HoldError as exc:
                        self._refuse(mapped, row, exc)
                        continue
                    possible.append(row)
                    self._list_alerts(judged, judge.rosters)
        sorted_.new[:] = possible

    def _list_alerts(self, judged: Judged, rosters: Any) -> None:
        change = judged.change
        roster = rosters.get(change.hold.facility_code)
        if not self._options.alerts or change.quiet or roster is None:
            return
        for draft in routing.drafts(
            change.events, roster, hold=change.hold, rules=change.rules, now=self._now
        ):
            self._report.alerts.append(
                f"{change.hold.facility_code} {change.hold.hold_ref}: {draft.type} "
                f"to contact {draft.contact.id}"
            )

    def _hush(self, hold: Hold) -> bool:
        """Say whether nothing may be sent about a hold: closed, or past its deadline."""
        return hold.outcome is not None or (not self._options.alerts and _is_past(hold, self._now))

    # Writing.

    def _count(self, sorted_: Sorted, mapped: Mapped) -> None:
        """Count what would be done."""
        self._report.added = len(sorted_.new)
        for changed in sorted_.changed:
            for difference in changed.differences:
                self._count_difference(changed, difference, mapped)

    def _count_difference(self, changed: Changed, difference: Difference, mapped: Mapped) -> None:
        if difference.is_filled:
            self._report.facts += 1
        elif self._options.correct and _correctable(changed.row, difference):
            self._report.corrected += 1
        else:
            self._list_conflict(changed.row, difference, mapped)

    def _list_conflict(self, row: Row, difference: Difference, mapped: Mapped) -> None:
        told = BadRow(row.line, difference.field, str(difference.new), difference.told())
        self._report.conflicts.append(mapped.told(told))

    def _write(self, sorted_: Sorted, rows: Rows, mapped: Mapped) -> None:
        self._report.is_applied = True
        for facility in rows.new_facilities.values():
            self._add_facility(facility)
        written = 0
        batches = [sorted_.new] if self._options.all_or_nothing else _batches(sorted_.new)
        for batch in batches:
            self._register(batch, mapped)
            written += len(batch)
            self._progress(self._report.rows + written)
        for changed in sorted_.changed:
            self._apply(changed, mapped)
        self._progress(2 * self._report.rows)

    def _add_facility(self, facility: FacilityAsked) -> None:
        self._house.administration.add_facility(
            self._actor,
            facility.code,
            name=facility.name,
            state=facility.state,
            timezone=facility.timezone,
            policy=NEW_POLICY,
        )

    def _register(self, batch: Sequence[Row], mapped: Mapped) -> None:
        if not batch:
            return
        answers = self._house.registry.register_holds(
            [row.asked for row in batch],
            self._actor,
            hush=self._hush,
            all_or_none=self._options.all_or_nothing,
        )
        for row, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Registered):
                self._report.added += answer.is_new
                self._report.unchanged += not answer.is_new
                self._warn(answer)
            else:
                self._refuse(mapped, row, answer)

    def _warn(self, answer: Registered) -> None:
        """Count what is to be said of a policy; the first such text stands for all of them."""
        for place, text in enumerate(answer.warnings):
            first = self._said.setdefault((answer.hold.policy, place), f"{text}, to name the first")
            self._report.warnings[first] += 1

    def _apply(self, changed: Changed, mapped: Mapped) -> None:
        """Record what a row newly knows of its hold, and list or correct what it has otherwise."""
        done: Settled | None = None
        for difference in changed.differences:
            is_correction = not difference.is_filled
            if is_correction and not (
                self._options.correct and _correctable(changed.row, difference)
            ):
                self._list_conflict(changed.row, difference, mapped)
                continue
            try:
                done = self._apply_one(changed, difference)
            except HoldError as exc:
                self._refuse(mapped, changed.row, exc, difference)
                continue
            self._report.facts += difference.is_filled
            self._report.corrected += is_correction
        if done is not None and not self._options.alerts:
            self._hush_if_past(changed.hold, done.hold)

    def _apply_one(self, changed: Changed, difference: Difference) -> Settled:
        if not difference.is_filled or difference.field == "outcome_at":
            return self._correct(changed, difference, FILLED if difference.is_filled else CORRECTED)
        try:
            return self._record(changed, difference)
        except HoldStateError:
            # Closed, or under a policy without a clock: the field is filled in all the same.
            return self._correct(changed, difference, FILLED)

    def _record(self, changed: Changed, difference: Difference) -> Settled:
        """Record a newly filled field as the fact that it is."""
        registry, asked, name = self._house.registry, changed.row.asked, changed.hold.id
        at = difference.new if isinstance(difference.new, datetime) else asked.outcome_at
        entry = Entry(actor=self._actor, at=at, reason=asked.reason, is_history=True)
        if asked.outcome is not None and difference.field == "outcome":
            undated = asked.outcome_at is None
            return registry.record_outcome(name, entry, asked.outcome, undated=undated)
        ways: dict[str, Callable[[str, Entry], Settled]] = {
            "served_at": registry.serve_detainer,
            "warrant_served_at": registry.serve_warrant,
            "notice_given_at": registry.give_notice,
            "would_release_at": registry.start_clock,
        }
        if difference.field == "expected_release_at" and at is not None:
            return registry.expect_release(name, entry, at)
        return ways[difference.field](name, entry)

    def _correct(self, changed: Changed, difference: Difference, reason: str) -> Settled:
        registry, asked, name = self._house.registry, changed.row.asked, changed.hold.id
        if difference.field in {"outcome", "outcome_at"}:
            entry = Entry(actor=self._actor, at=asked.outcome_at, reason=reason, is_history=True)
            return registry.correct_outcome(name, entry, asked.outcome)
        instant = difference.new if isinstance(difference.new, datetime) else None
        entry = Entry(actor=self._actor, reason=reason)
        return registry.correct_instant(name, entry, difference.field, instant)

    def _hush_if_past(self, before: Hold, after: Hold) -> None:
        """Send nothing about a hold that this import found to be past its deadline."""
        if after.outcome is None and before.expired_at is None and _is_past(after, self._now):
            with self._house.database.write() as connection:
                holds.hush(connection, after.id)

    def _refuse(
        self, mapped: Mapped, row: Row, exc: HoldError, difference: Difference | None = None
    ) -> None:
        column = "hold_ref" if difference is None else difference.field
        value = row.asked.hold_ref if difference is None else str(difference.new)
        self._report.bad.append(mapped.told(BadRow(row.line, column, value, str(exc))))


def _correctable(row: Row, difference: Difference) -> bool:
    """Say whether a correction can be made: the form is what it was, an outcome needs its date."""
    if difference.field == "detainer_type":
        return False
    return difference.field != "outcome" or row.asked.outcome_at is not None


def _is_past(hold: Hold, now: datetime) -> bool:
    return hold.deadline_at is not None and hold.deadline_at <= now


def _record(facility: FacilityAsked) -> FacilityRecord:
    """Return a facility as it will be on record."""
    return FacilityRecord(
        facility.code, facility.name, facility.state, facility.timezone, NEW_POLICY, None, None, ()
    )


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
