"""The fiscal-year report as a page and as CSV."""

from __future__ import annotations

import pytest

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def test_report_counts_what_the_reader_may_see(premises: Premises, office: Office) -> None:
    scene.play(premises)

    theirs = Page(office.person("facility", [FACILITY]).get("/reports")).text
    everything = Page(office.person("auditor").get("/reports")).text

    assert "Fiscal year 2026" in theirs
    assert "Oakmont jail" in theirs
    assert "Pine Ridge" not in theirs
    assert "Pine Ridge" in everything


def test_csv_has_a_row_for_each_facility(premises: Premises, office: Office) -> None:
    scene.play(premises)

    answer = office.person("auditor").get("/reports/csv?year=2026")

    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 3


@pytest.mark.parametrize("query", ["year=9", "year=abcd", "year=2026&starts=may", "year=1800"])
def test_year_that_is_none_is_said_at_its_field(office: Office, query: str) -> None:
    answer = office.person("auditor").get(f"/reports?{query}")

    assert answer.status_code == 422
    assert 'id="errors"' in answer.text
