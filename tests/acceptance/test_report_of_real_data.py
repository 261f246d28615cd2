"""Fiscal-year reports of four years of real records, counted a second time from the file.

The records are not part of the project; test_real_data.py tells where they are
looked for, and that the run says so loudly where they are not.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from config import settings as config_settings
from scheduler import wiring
from scheduler.reports import Report, Reports, Wanted
from tests.acceptance.test_real_data import (  # noqa: F401 -- fixtures come by their names
    EXAMPLE,
    REASONS,
    fiscal_year,
    folder,
    imported,
    live_file,
)

NAME = "pennsylvania_detainers_fy2008_2011.csv"
YEARS = (2008, 2009, 2010, 2011)
OUTCOMES = ("transferred", "declined", "cancelled", "released", "other")

Counted = Counter[tuple[int, str, str]]
"""By fiscal year of the lodging, facility and column."""


def counted_in(file: Path) -> Counted:
    """Count the file by itself: no outcome has a date, so each counts where it was lodged."""
    counted: Counted = Counter()
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            year = fiscal_year(datetime.fromisoformat(row["date"]))
            outcome = REASONS.get(row["lift_reason"], "cancelled")
            counted[year, row["det_facility"], "lodged"] += 1
            if outcome is None:
                counted[year, row["det_facility"], "open"] += 1
                continue
            column = outcome if outcome in OUTCOMES else "other"
            counted[year, row["det_facility"], column] += 1
            counted[year, row["det_facility"], "undated_outcomes"] += 1
    return counted


def counted_by(reports: dict[int, Report]) -> Counted:
    counted: Counted = Counter()
    for year, made in reports.items():
        for row in made.rows:
            for column in ("lodged", *OUTCOMES, "open", "undated_outcomes"):
                figure = row.figures[column]
                assert isinstance(figure, int)
                counted[year, row.key["facility_name"] or "", column] += figure
    return counted


@pytest.fixture
def reports(folder: Path, live_file: Path) -> dict[int, Report]:  # noqa: F811 -- the fixtures
    """The report of every fiscal year that the file reaches into."""
    imported(live_file, folder / NAME, EXAMPLE)
    settings = config_settings.load_store_settings(
        {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{live_file}"}
    )
    house = wiring.open_house(settings)
    try:
        desk = Reports(house.database, house.clock)
        return {year: desk.fiscal_year(Wanted(year=year)) for year in YEARS}
    finally:
        house.close()


def test_report_of_each_year_counts_what_the_file_holds(
    folder: Path,  # noqa: F811 -- the fixture
    reports: dict[int, Report],
) -> None:
    expected = counted_in(folder / NAME)

    found = counted_by(reports)

    assert +found == +expected
    for year, made in reports.items():
        for column in ("lodged", *OUTCOMES, "open", "undated_outcomes"):
            whole = sum(
                count for (its, _, name), count in expected.items() if (its, name) == (year, column)
            )
            assert made.total.figures[column] == whole, (year, column)
