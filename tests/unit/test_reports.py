from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler import report_public, report_tables, reports
from scheduler.domain.hold import Accusation, Outcome
from scheduler.errors import InvalidHoldError
from scheduler.report_tables import By, Counted, Place, Split, Starts, Tallies

NEW_YORK = Place("OAK", "Oakmont", "NC", "America/New_York", small_counts_hidden=False)
LOS_ANGELES = Place("PIN", "Pine", "WA", "America/Los_Angeles", small_counts_hidden=False)
PLACES = {"OAK": NEW_YORK, "PIN": LOS_ANGELES}
YEAR_BEGINS = datetime(2025, 10, 1, 4, tzinfo=UTC)  # midnight in New York
YEAR_ENDS = datetime(2026, 10, 1, 4, tzinfo=UTC)
LODGED = datetime(2026, 1, 10, 15, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def figures(
    *holds: Counted, year: int = 2026, starts: Starts = Starts.OCTOBER, now: datetime = NOW
) -> dict[str, int | float | None]:
    tallies = Tallies(Split(year, starts, by_month=False, now=now), PLACES)
    for hold in holds:
        tallies.count(hold)
    whole = report_tables.total(tallies.by_key.values())
    return whole.figures()


def shown(*holds: Counted, **options: object) -> dict[str, int | float | None]:
    """The figures that are not zero."""
    found = figures(*holds, **options)  # type: ignore[arg-type]  # passed on as they are
    return {column: figure for column, figure in found.items() if figure}


def hold(**fields: object) -> Counted:
    return Counted(**{"facility_code": "OAK", "lodged_at": LODGED, **fields})  # type: ignore[arg-type]


# --- The year ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "starts", "first", "end"),
    [
        pytest.param(2026, Starts.OCTOBER, YEAR_BEGINS, YEAR_ENDS, id="federal"),
        pytest.param(
            2026,
            Starts.JULY,
            datetime(2025, 7, 1, 4, tzinfo=UTC),
            datetime(2026, 7, 1, 4, tzinfo=UTC),
            id="state, 1 July to 30 June",
        ),
    ],
)
def test_fiscal_year_is_named_by_its_end_and_turns_at_local_midnight(
    year: int, starts: Starts, first: datetime, end: datetime
) -> None:
    found = report_tables.months(year, starts, "America/New_York")

    assert (found.edges[0], found.edges[-1]) == (first, end)


def test_months_follow_one_another_by_name_and_clock_change() -> None:
    found = report_tables.months(2026, Starts.OCTOBER, "America/New_York")

    assert found.names[:4] == ("2025-10", "2025-11", "2025-12", "2026-01")
    # From standard time on midnight is at 05:00 UTC.
    assert [edge.hour for edge in found.edges] == [4, 4, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        pytest.param(YEAR_BEGINS - INSTANT, 0, id="the instant before"),
        pytest.param(YEAR_BEGINS, 1, id="at midnight"),
        pytest.param(YEAR_ENDS - INSTANT, 1, id="the last instant"),
        pytest.param(YEAR_ENDS, 0, id="at the next midnight"),
    ],
)
def test_detainer_counts_in_the_year_its_local_date_lies_in(at: datetime, counts: int) -> None:
    assert figures(hold(lodged_at=at))["lodged"] == counts


def test_one_instant_lies_in_two_years_at_two_facilities() -> None:
    east, west = hold(lodged_at=YEAR_BEGINS), hold(facility_code="PIN", lodged_at=YEAR_BEGINS)

    assert figures(east, west)["lodged"] == 1
    assert figures(east, west, year=2025)["lodged"] == 1


@pytest.mark.parametrize("year", [1990, 2101])
def test_year_out_of_reach_is_refused(year: int) -> None:
    with pytest.raises(InvalidHoldError, match=f"fiscal_year: {year} is refused"):
        figures(year=year)


# --- What counts where ------------------------------------------------------------


def test_each_fact_counts_by_its_own_date() -> None:
    before = YEAR_BEGINS - HOUR
    told = hold(
        lodged_at=before,
        served_at=YEAR_BEGINS,
        started_at=YEAR_BEGINS,
        notice_given_at=YEAR_BEGINS,
        outcome=Outcome.TRANSFERRED,
        outcome_at=YEAR_BEGINS + HOUR,
    )

    assert shown(told) == {
        "served": 1,
        "clock_started": 1,
        "noticed": 1,
        "transferred": 1,
        "median_minutes_to_transfer": 60,
    }
    assert shown(told, year=2025) == {"lodged": 1}


@pytest.mark.parametrize(
    ("outcome", "column"),
    [
        (Outcome.TRANSFERRED, "transferred"),
        (Outcome.CANCELLED, "cancelled"),
        (Outcome.DECLINED, "declined"),
        (Outcome.RELEASED, "released"),
        (Outcome.SUPERSEDED, "other"),
        (Outcome.OTHER_CUSTODY, "other"),
        (Outcome.DIED, "other"),
        (Outcome.ESCAPED, "other"),
    ],
)
def test_outcome_has_its_column_and_a_transfer_is_none_of_the_others(
    outcome: Outcome, column: str
) -> None:
    closed = hold(outcome=outcome, outcome_at=LODGED + HOUR)

    assert shown(closed) == {"lodged": 1, column: 1}


def test_outcome_without_a_date_counts_by_the_lodging_and_is_said_to() -> None:
    closed = hold(outcome=Outcome.CANCELLED)

    assert shown(closed) == {"lodged": 1, "cancelled": 1, "undated_outcomes": 1}


@pytest.mark.parametrize(
    ("closed", "is_open"),
    [
        pytest.param({}, True, id="still open"),
        pytest.param({"outcome": Outcome.RELEASED, "outcome_at": YEAR_ENDS}, False, id="later"),
        pytest.param({"outcome": Outcome.CANCELLED}, False, id="undated"),
    ],
)
def test_open_is_what_was_lodged_in_the_year_and_nothing_has_closed(
    closed: dict[str, Any], is_open: bool
) -> None:
    assert figures(hold(**closed))["open"] == is_open
    assert figures(hold(**closed), year=2027)["open"] == 0


def test_every_hold_is_open_in_one_year_or_closed(chance: random.Random) -> None:
    holds = [
        _some_hold(chance, datetime(2023, 6, 1, tzinfo=UTC) + timedelta(days=chance.random() * 900))
        for _ in range(400)
    ]

    years = [figures(*holds, year=year) for year in range(2023, 2029)]

    columns = ("open", *report_public.OUTCOMES)
    told = sum(int(year[column] or 0) for year in years for column in columns)
    assert told == sum(int(year["lodged"] or 0) for year in years) == len(holds)


def _some_hold(chance: random.Random, lodged_at: datetime) -> Counted:
    outcome = chance.choice([None, *Outcome])
    is_dated = outcome is not None and chance.random() < 0.8
    outcome_at = lodged_at + timedelta(days=chance.random() * 400) if is_dated else None
    return hold(lodged_at=lodged_at, outcome=outcome, outcome_at=outcome_at)


# --- Releases ---------------------------------------------------------------------

DEADLINE = LODGED + 48 * HOUR
RELEASED = {"outcome": Outcome.RELEASED, "outcome_at": DEADLINE + HOUR, "expired_at": DEADLINE}
AT_DEADLINE = {"accused": Accusation.AT_DEADLINE, "accused_at": DEADLINE}
RELEASES = ("released_with_notice", "released_without_notification", "release_unconfirmed")


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        pytest.param({"expired_at": DEADLINE, **AT_DEADLINE}, (0, 0, 1), id="no release on record"),
        pytest.param({**RELEASED, **AT_DEADLINE}, (0, 1, 0), id="confirmed by a release"),
        pytest.param(
            {**RELEASED, **AT_DEADLINE, "notice_given_at": DEADLINE + HOUR},
            (1, 0, 0),
            id="told after the deadline, at the release",
        ),
        pytest.param(
            {**RELEASED, **AT_DEADLINE, "notice_given_at": DEADLINE + 2 * HOUR},
            (0, 1, 0),
            id="told after the release",
        ),
        pytest.param(
            {
                "outcome": Outcome.RELEASED,
                "outcome_at": LODGED + HOUR,
                "accused": Accusation.AT_RELEASE,
                "accused_at": LODGED + HOUR,
            },
            (0, 1, 0),
            id="released before any deadline",
        ),
        pytest.param(
            {"outcome": Outcome.TRANSFERRED, "outcome_at": DEADLINE + HOUR, **AT_DEADLINE},
            (0, 0, 1),
            id="transferred after the deadline, never told",
        ),
        pytest.param(
            {"outcome": Outcome.RELEASED, "outcome_at": LODGED + HOUR},
            (0, 0, 0),
            id="a policy that expects no notice",
        ),
        pytest.param(
            {"outcome": Outcome.RELEASED, **AT_DEADLINE}, (0, 1, 0), id="undated, never told"
        ),
        pytest.param(
            {"outcome": Outcome.RELEASED, **AT_DEADLINE, "notice_given_at": DEADLINE + HOUR},
            (0, 0, 1),
            id="undated, told some time",
        ),
    ],
)
def test_release_is_told_apart_by_notice(
    fields: dict[str, object], counts: tuple[int, int, int]
) -> None:
    found = figures(hold(**fields))

    assert tuple(found[column] for column in RELEASES) == counts


def test_confirmed_release_counts_by_the_release_and_unconfirmed_by_the_deadline() -> None:
    early = hold(lodged_at=YEAR_BEGINS - 72 * HOUR)._replace(
        expired_at=YEAR_BEGINS - HOUR, accused=Accusation.AT_DEADLINE
    )
    early = early._replace(accused_at=YEAR_BEGINS - HOUR)
    late = early._replace(outcome=Outcome.RELEASED, outcome_at=YEAR_BEGINS)

    assert figures(early, year=2025)["release_unconfirmed"] == 1
    assert figures(late, year=2025)["release_unconfirmed"] == 0
    assert figures(late)["released_without_notification"] == 1


def test_withdrawn_event_counts_by_the_withdrawal_and_nowhere_else() -> None:
    tallies = Tallies(Split(2026, Starts.OCTOBER, by_month=False, now=NOW), PLACES)

    tallies.withdraw("OAK", YEAR_BEGINS)
    tallies.withdraw("OAK", YEAR_ENDS)

    counts = tallies.by_key["OAK", None].counts
    assert {column: count for column, count in counts.items() if count} == {"release_withdrawn": 1}


# --- Limits and durations ---------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "count", "minutes"),
    [
        pytest.param({"expired_at": DEADLINE}, 1, 90, id="open: up to now"),
        pytest.param({**RELEASED}, 1, 60, id="up to the outcome"),
        pytest.param(
            {**RELEASED, "outcome_at": DEADLINE}, 1, 0, id="at the limit: late by no minute"
        ),
        pytest.param({**RELEASED, "outcome_at": None}, 1, 0, id="without a date nobody can say"),
        pytest.param({"outcome": Outcome.RELEASED, "outcome_at": DEADLINE}, 0, 0, id="in time"),
    ],
)
def test_over_detention_counts_where_the_limit_passed(
    fields: dict[str, object], count: int, minutes: int
) -> None:
    found = figures(hold(**fields), now=DEADLINE + timedelta(minutes=90, seconds=59))

    assert (found["over_detention_count"], found["over_detention_minutes"]) == (count, minutes)


@pytest.mark.parametrize(
    ("minutes", "middle"),
    [([], None), ([90], 90), ([10, 11], 10.5), ([30, 10, 1000], 30), ([10, 10.7], 10.3)],
)
def test_median_is_that_of_the_transfers_whose_clock_had_started(
    minutes: list[float], middle: float | None
) -> None:
    moved = [
        hold(
            started_at=LODGED,
            outcome=Outcome.TRANSFERRED,
            outcome_at=LODGED + timedelta(minutes=each),
        )
        for each in minutes
    ]
    never_started = hold(outcome=Outcome.TRANSFERRED, outcome_at=LODGED + 500 * HOUR)
    cancelled = hold(
        started_at=LODGED, outcome=Outcome.CANCELLED, outcome_at=LODGED + timedelta(minutes=1)
    )

    assert figures(*moved, never_started, cancelled)["median_minutes_to_transfer"] == middle


# --- Months -----------------------------------------------------------------------


def test_month_counts_what_was_lodged_in_it_and_is_open() -> None:
    now = datetime(2026, 3, 5, tzinfo=UTC)
    tallies = Tallies(Split(2026, Starts.OCTOBER, by_month=True, now=now), PLACES)

    tallies.count(hold(lodged_at=datetime(2025, 8, 1, tzinfo=UTC)))
    tallies.count(hold(lodged_at=datetime(2025, 11, 20, tzinfo=UTC)))
    tallies.count(hold(outcome=Outcome.RELEASED, outcome_at=datetime(2026, 2, 1, 5, tzinfo=UTC)))

    opened = {month: tally.counts["open"] for (_, month), tally in tallies.by_key.items()}
    assert {month: count for month, count in opened.items() if count} == {1: 1}


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("state,facility", (By.STATE, By.FACILITY)),
        ("facility", (By.FACILITY,)),
        (" month , state ", (By.STATE, By.MONTH)),
    ],
)
def test_rows_are_split_by_what_is_named(text: str, by: tuple[By, ...]) -> None:
    assert reports.read_by(text) == by


@pytest.mark.parametrize("text", ["", "county", "state,week"])
def test_unknown_split_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InvalidHoldError, match="use one or more of state, facility, month"):
        reports.read_by(text)
