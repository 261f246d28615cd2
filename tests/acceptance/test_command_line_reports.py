"""Reports and papers through commands."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.command_line import CommandLine

COLUMNS = {
    "state",
    "facility_code",
    "lodged",
    "served",
    "clock_started",
    "noticed",
    "transferred",
    "cancelled",
    "declined",
    "released",
    "released_with_notice",
    "released_without_notification",
    "release_unconfirmed",
    "release_withdrawn",
    "other",
    "over_detention_count",
    "over_detention_minutes",
    "median_minutes_to_transfer",
    "open",
    "undated_outcomes",
}


def two_holds(shell: CommandLine) -> None:
    """One that was transferred ten hours after its start, and one that is open."""
    shell.register(
        "R-1",
        lodged_at="2026-03-01T09:00-05:00",
        would_release_at="2026-03-02T09:00-05:00",
        outcome="transferred",
        outcome_at="2026-03-02T19:00-05:00",
        reason="kept on paper",
    )
    shell.register("R-2", lodged_at="2026-03-03T09:00-05:00", reason="kept on paper")


def test_report_has_the_rows_and_total_that_scripts_rely_on(shell: CommandLine) -> None:
    two_holds(shell)

    made = shell.ask("report", "--fiscal-year", "2026")

    (row,) = made["rows"]
    assert made["fiscal_year"] == 2026
    assert row.keys() >= COLUMNS
    assert made["total"].keys() >= COLUMNS - {"state", "facility_code"}
    assert (row["state"], row["facility_code"], row["lodged"], row["transferred"]) == (
        "NC",
        "OAK",
        2,
        1,
    )
    assert (row["open"], row["median_minutes_to_transfer"]) == (1, 600)
    assert shell.run("report", "--fiscal-year", "2026", "--format", "json").json == made


def test_report_is_a_table_for_people_and_csv_for_spreadsheets(shell: CommandLine) -> None:
    two_holds(shell)

    table = shell.do("report", "--fiscal-year", "2026", "--starts", "july")
    rows = list(
        csv.DictReader(io.StringIO(shell.do("report", "--fiscal-year", "2026", "--format", "csv")))
    )

    assert "Fiscal year 2026: Tue 1 Jul 2025 to Tue 30 Jun 2026" in table
    assert "median minutes" in table
    assert "Total" in table
    assert [(row["facility_code"], row["lodged"]) for row in rows] == [("OAK", "2")]


def test_report_as_of_an_instant_before_the_entries_is_empty(shell: CommandLine) -> None:
    two_holds(shell)

    made = shell.ask("report", "--fiscal-year", "2026", "--as-of", shell.at(days=1))

    assert (made["rows"], made["total"]["lodged"]) == ([], 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--by", "county"), "by: 'county' is refused; use one or more of state, facility, month"),
        (("--as-of", "2200-01-01T00:00:00Z"), "as_of:"),
        (("--as-of", "2026-01-01T00:00:00"), "as_of:"),
        (("--facility", "NOPE"), "'NOPE'"),
        (("--fiscal-year", "1900"), "fiscal_year: 1900 is refused"),
    ],
)
def test_wrong_question_for_a_report_is_refused(
    shell: CommandLine, options: tuple[str, ...], said: str
) -> None:
    assert said in shell.refused("report", "--fiscal-year", "2026", *options)


def test_roster_comes_as_text_page_and_json(shell: CommandLine) -> None:
    two_holds(shell)

    text = shell.do("roster")
    page = shell.do("roster", "--format", "html", "--facility", "OAK")
    made = shell.ask("roster")

    assert "ROSTER OF OPEN HOLDS" in text
    assert "R-2" in text
    assert "R-1" not in text
    assert page.startswith("<!doctype html>")
    assert [row["is_past"] for row in made["sections"][0]["tables"][0]["rows"]] == [False]
    assert "'NOPE'" in shell.refused("roster", "--facility", "NOPE")


def test_hand_over_is_the_same_by_either_name(shell: CommandLine) -> None:
    two_holds(shell)

    by_option = shell.ask("roster", "--hand-over", "--hours", "6")
    by_name = shell.ask("hand-over", "--hours", "6")

    assert by_option["title"] == by_name["title"] == "Shift hand-over"
    assert by_option["sections"] == by_name["sections"]


def test_packet_takes_the_reference_or_the_id(shell: CommandLine) -> None:
    two_holds(shell)
    hold = shell.ask("hold", "show", "R-1")

    by_reference = shell.do("packet", "R-1")
    by_id = shell.ask("packet", hold["id"])

    assert "PROOF OF NOTICE: HOLD R-1" in by_reference
    assert by_id["sections"][0]["facts"]["Outcome"].startswith(
        "transferred Mon 2 Mar 2026 19:00:00"
    )
    assert "there is no such hold" in shell.refused("packet", "NOPE")
