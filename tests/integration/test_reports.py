"""Reports of a real database: as it stands, as it stood, and for the public."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import report_history, reports
from scheduler.domain.events import Kind
from scheduler.domain.hold import Hold, Outcome
from scheduler.domain.policy import Anchor
from scheduler.errors import HoldError, InvalidHoldError
from scheduler.report_tables import By, Counted
from scheduler.reports import Report, Reports, Wanted
from scheduler.store import report_rows, schema
from tests.support.house import FACILITY, OPERATOR, Premises

POLICIES = ("i-247a", "8-cfr-287.7d", "nc-162-62-2024", "287g-wso", "no-hold", "nc-162-62-2025")


def report(premises: Premises, **wanted: object) -> Report:
    asked = Wanted(**{"year": 2026, **wanted})  # type: ignore[arg-type]  # passed on as they are
    return Reports(premises.database, premises.clock).fiscal_year(asked)


def shown(made: Report) -> dict[str, int | float | None]:
    """The figures of the total that are not zero."""
    return {column: figure for column, figure in made.total.figures.items() if figure}


# --- As the record stands ---------------------------------------------------------


def test_life_of_a_hold_is_counted_as_it_goes(premises: Premises) -> None:
    held = premises.register(served_at="2026-03-02T09:00", would_release_at="2026-03-02T09:00").hold
    premises.tick(hours=50)
    overdue = shown(report(premises))
    premises.registry.record_outcome(held.id, premises.entry(), Outcome.RELEASED)

    assert overdue == {
        "lodged": 1,
        "served": 1,
        "clock_started": 1,
        "release_unconfirmed": 1,
        "over_detention_count": 1,
        "over_detention_minutes": 120,
        "open": 1,
    }
    assert shown(report(premises)) == {
        "lodged": 1,
        "served": 1,
        "clock_started": 1,
        "released": 1,
        "released_without_notification": 1,
        "over_detention_count": 1,
        "over_detention_minutes": 120,
    }


def test_withdrawn_accusation_is_counted_as_withdrawn_alone(premises: Premises) -> None:
    held = premises.register(would_release_at="2026-03-02T09:00").hold
    premises.tick(hours=50)
    premises.registry.record_outcome(
        held.id, premises.entry(premises.clock.now() - timedelta(hours=10)), Outcome.TRANSFERRED
    )

    assert shown(report(premises)) == {
        "lodged": 1,
        "clock_started": 1,
        "transferred": 1,
        "release_withdrawn": 1,
        "median_minutes_to_transfer": 40 * 60,
    }


def test_facilities_of_one_name_are_told_apart_by_their_code(premises: Premises) -> None:
    for code, state in (("VA1", "VA"), ("MD1", "MD")):
        premises.add_facility(code, state=state, name="Montgomery County Jail")
        premises.register(facility_code=code)
    premises.register("R-2", facility_code="VA1")

    rows = report(premises).data()["rows"]

    assert [(row["state"], row["facility_code"], row["lodged"]) for row in rows] == [
        ("MD", "MD1", 1),
        ("VA", "VA1", 2),
    ]


def test_rows_can_be_split_by_state_or_by_month(premises: Premises) -> None:
    premises.add_facility(name="Elm")
    premises.register(lodged_at="2026-02-28T10:00", reason="kept on paper")
    premises.register("R-2", facility_code="ELM")

    by_state = report(premises, by=(By.STATE,)).data()
    by_month = report(premises, by=(By.MONTH,)).data()

    assert [(row["state"], row["facility_code"], row["lodged"]) for row in by_state["rows"]] == [
        ("NC", None, 2)
    ]
    assert [(row["month"], row["lodged"], row["open"]) for row in by_month["rows"]] == [
        ("2026-02", 1, 1),
        ("2026-03", 1, 1),
    ]
    assert by_state["total"] == by_month["total"]


def test_scope_leaves_other_facilities_out(premises: Premises) -> None:
    premises.add_facility(name="Elm")
    premises.register()
    premises.register("R-2", facility_code="ELM")

    made = report(premises, facilities=frozenset({"ELM"}))

    assert [row.key["facility_code"] for row in made.rows] == ["ELM"]
    assert made.total.figures["lodged"] == 1


def test_simulation_is_reported_as_of_its_own_end(premises: Premises) -> None:
    premises.register(would_release_at="2026-03-02T09:00")
    premises.tick(hours=49)
    with premises.database.write() as connection:
        schema.mark_simulation(connection)
    premises.clock.tick(days=400)

    assert report(premises).total.figures["over_detention_minutes"] == 60


def test_csv_has_the_rows_and_runs_nothing(premises: Premises) -> None:
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"name": "=HYPERLINK(1)"})
    premises.register()

    lines = list(csv.DictReader(io.StringIO("".join(report(premises).csv()))))

    assert [(each["facility_code"], each["lodged"], each["open"]) for each in lines] == [
        (FACILITY, "1", "1")
    ]
    assert lines[0]["facility_name"] == "'=HYPERLINK(1)"
    assert lines[0]["median_minutes_to_transfer"] == ""


# --- As the record stood ----------------------------------------------------------


def test_as_of_knows_nothing_that_was_recorded_later(premises: Premises) -> None:
    clock = premises.clock
    held = premises.register(would_release_at="2026-03-02T09:00").hold
    premises.tick(hours=1)
    before = clock.now()
    clock.tick(minutes=10)
    # Dated before that instant, recorded after it.
    premises.register("R-2", lodged_at="2026-03-02T09:30")
    premises.registry.serve_detainer(held.id, premises.entry(before - timedelta(minutes=5)))
    premises.registry.record_outcome(
        held.id, premises.entry(before - timedelta(minutes=5)), Outcome.TRANSFERRED
    )

    assert shown(report(premises, as_of=before)) == {"lodged": 1, "clock_started": 1, "open": 1}
    assert shown(report(premises)) == {
        "lodged": 2,
        "served": 1,
        "clock_started": 1,
        "transferred": 1,
        "median_minutes_to_transfer": 55,
        "open": 1,
    }


def test_as_of_goes_by_what_a_correction_later_changed(premises: Premises) -> None:
    held = premises.register(
        lodged_at="2025-09-30T10:00", would_release_at="2026-03-02T09:00", reason="from paper"
    ).hold
    premises.tick(hours=49)
    wrong = premises.clock.now()
    premises.tick(minutes=30)
    registry, entry = premises.registry, premises.entry(reason="typed wrongly")
    registry.correct_instant(held.id, entry, "lodged_at", datetime(2025, 10, 2, tzinfo=UTC))
    registry.correct_instant(held.id, entry, "would_release_at", premises.clock.now())

    assert shown(report(premises, as_of=wrong)) == {
        "clock_started": 1,
        "release_unconfirmed": 1,
        "over_detention_count": 1,
        "over_detention_minutes": 60,
    }
    assert shown(report(premises)) == {
        "lodged": 1,
        "clock_started": 1,
        "release_withdrawn": 1,
        "open": 1,
    }


def test_as_of_ahead_of_the_record_is_refused(premises: Premises) -> None:
    with pytest.raises(InvalidHoldError, match="lies ahead"):
        report(premises, as_of=premises.clock.now() + timedelta(seconds=1))


def test_every_report_as_of_an_instant_is_the_one_that_was_made_then(
    premises: Premises, chance: random.Random
) -> None:
    made: list[tuple[datetime, Report]] = []
    for _ in range(12):
        for _ in range(6):
            _do_something(premises, chance)
        premises.tick(minutes=chance.choice([1, 40, 400, 3000]))
        made.append((premises.clock.now(), report(premises)))
        premises.clock.tick(seconds=1)

    for instant, then in made:
        again = report(premises, as_of=instant)
        assert (again.rows, again.total) == (then.rows, then.total)
    assert made[-1][1].total.figures["lodged"] != 0
    _assert_columns_are_the_fold(premises)


def _do_something(premises: Premises, chance: random.Random) -> None:
    """Record something that may be wrong, late or corrected, as people do."""
    now = premises.clock.now()
    with premises.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM hold ORDER BY hold_ref").fetchall()
    if len(rows) < 3 or chance.random() < 0.3:
        _register(premises, chance, f"R-{len(rows)}")
        return
    name = chance.choice([row[0] for row in rows])
    deed = chance.choice(_DEEDS)
    at = now - timedelta(minutes=chance.choice([0, 30, 600]))
    try:
        deed(premises, name, at, chance)
    except HoldError:
        return  # not allowed in that state: nothing was written


def _register(premises: Premises, chance: random.Random, ref: str) -> None:
    now = premises.clock.now()
    told = {
        name: (now - timedelta(hours=chance.choice([0, 5, 40]))).isoformat()
        for name in ("served_at", "would_release_at", "warrant_served_at", "notice_given_at")
        if chance.random() < 0.4
    }
    if chance.random() < 0.3:
        told["expected_release_at"] = (now + timedelta(hours=3)).isoformat()
    lodged_at = (now - timedelta(hours=41)).isoformat()
    premises.register(ref, lodged_at=lodged_at, policy=chance.choice(POLICIES), **told)


Deed = Callable[[Premises, str, datetime, random.Random], object]


def _end(premises: Premises, name: str, at: datetime, chance: random.Random) -> object:
    outcome = chance.choice(list(Outcome))
    is_undated = chance.random() < 0.2
    entry = premises.entry(at, is_history=True)
    return premises.registry.record_outcome(name, entry, outcome, undated=is_undated)


def _correct(premises: Premises, name: str, at: datetime, chance: random.Random) -> object:
    field = chance.choice(
        ["served_at", "would_release_at", "expected_release_at", "notice_given_at", "lodged_at"]
    )
    instant = None if field != "lodged_at" and chance.random() < 0.3 else at
    return premises.registry.correct_instant(name, premises.entry(reason="wrong"), field, instant)


def _correct_outcome(premises: Premises, name: str, at: datetime, chance: random.Random) -> object:
    outcome = chance.choice([None, *Outcome])
    return premises.registry.correct_outcome(name, premises.entry(at, reason="wrong"), outcome)


_DEEDS: tuple[Deed, ...] = (
    lambda p, name, at, _: p.registry.serve_detainer(name, p.entry(at)),
    lambda p, name, at, _: p.registry.serve_warrant(name, p.entry(at)),
    lambda p, name, at, _: p.registry.start_clock(name, p.entry(at)),
    lambda p, name, at, _: p.registry.give_notice(name, p.entry(at)),
    lambda p, name, at, _: p.registry.give_notice(name, p.entry(at), recipient="attorney"),
    lambda p, name, at, c: p.registry.change_policy(
        name, p.entry(reason="wrong"), c.choice(POLICIES)
    ),
    lambda p, name, at, c: p.registry.expect_release(
        name, p.entry(), p.clock.now() + timedelta(hours=c.choice([1, 60]))
    ),
    _end,
    _correct,
    _correct,
    _correct_outcome,
)


def _assert_columns_are_the_fold(premises: Premises) -> None:
    """The columns of every hold are what its events tell."""
    with premises.database.read() as connection:
        anchors = {
            name: Anchor(anchor) for name, anchor in report_rows.pinned_anchors(connection).items()
        }
        names = connection.exec_driver_sql("SELECT id FROM hold").fetchall()
    for (name,) in names:
        stored = premises.hold(name)
        events = [
            event for event in premises.events(name) if Kind(event["kind"]) in report_history.KINDS
        ]
        assert report_history.fold(FACILITY, events, anchors) == _counted(stored)


def _counted(hold: Hold) -> Counted:
    return Counted(**{name: getattr(hold, name) for name in Counted._fields})


# --- For the public ---------------------------------------------------------------


def test_public_edition_names_what_it_hides_and_hides_nothing_unasked(premises: Premises) -> None:
    premises.add_facility(name="Elm")
    for number in range(11):
        premises.register(f"R-{number}")
        premises.register(f"E-{number}", facility_code="ELM")
    premises.register("R-11", served_at="2026-03-02T09:00")
    plain = report(premises, is_public=True).data()
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"small_counts_hidden": True})

    hidden = report(premises, is_public=True).data()

    assert all(row["hidden"] == [] for row in (*plain["rows"], plain["total"]))
    oak = next(row for row in hidden["rows"] if row["facility_code"] == FACILITY)
    assert (oak["lodged"], oak["served"]) == (12, None)
    assert "served" in oak["hidden"]
    assert "served" in hidden["total"]["hidden"]
    assert report(premises).data()["rows"][1]["served"] == 1


def test_public_csv_says_hidden_in_place_of_a_count(premises: Premises) -> None:
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"small_counts_hidden": True})
    premises.register()

    lines = list(csv.DictReader(io.StringIO("".join(report(premises, is_public=True).csv()))))

    assert lines[0]["lodged"] == reports.HIDDEN
