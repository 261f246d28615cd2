"""Reading a history: which facts are recorded, when, in what order, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import history_file, replay_history
from scheduler.errors import InvalidHoldError
from scheduler.history_file import BadRow, BadRowsError
from scheduler.replay_history import Rank

HEADING = (
    "hold_ref,facility_code,facility_name,state,timezone,detainer_type,lodged_at,served_at,"
    "would_release_at,outcome,outcome_at,notice_given_at,warrant_served_at,expected_release_at,reason"
)
PLACE = "OAK,Oakmont,NC,America/New_York,I-247A"


def row(ref: str, lodged: str = "2025-03-03T09:00", **cells: str) -> str:
    names = HEADING.split(",")[7:]
    return ",".join([ref, PLACE, lodged, *(cells.get(name, "") for name in names)])


def written(folder: Path, *rows: str, heading: str = HEADING) -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def order(history: replay_history.History) -> list[tuple[Rank, str]]:
    return [
        (each.rank, each.at.astimezone(UTC).strftime("%d %H:%M")) for each in history.happenings
    ]


def bad(path: Path) -> tuple[BadRow, ...]:
    with pytest.raises(BadRowsError) as refused:
        replay_history.read_history(path)
    return refused.value.rows


def test_time_without_an_offset_is_local_to_the_zone_of_its_row(tmp_path: Path) -> None:
    history = replay_history.read_history(written(tmp_path, row("A", "2025-03-03T09:00")))

    assert history.rows[0].asked.lodged_at == datetime(2025, 3, 3, 14, tzinfo=UTC)


def test_time_with_an_offset_is_taken_as_it_stands(tmp_path: Path) -> None:
    history = replay_history.read_history(written(tmp_path, row("A", "2025-03-03T09:00+01:00")))

    assert history.rows[0].asked.lodged_at == datetime(2025, 3, 3, 8, tzinfo=UTC)


def test_facts_at_one_instant_come_in_the_order_of_the_contract(tmp_path: Path) -> None:
    at = "2025-03-03T09:00"
    same = row(
        "A",
        at,
        outcome="released",
        outcome_at=at,
        would_release_at=at,
        notice_given_at=at,
        warrant_served_at=at,
        served_at=at,
    )

    history = replay_history.read_history(written(tmp_path, same))

    assert [each.rank for each in history.happenings] == [
        Rank.LODGING,
        Rank.SERVICE,
        Rank.WARRANT,
        Rank.NOTICE,
        Rank.CLOCK,
        Rank.OUTCOME,
    ]


def test_fact_dated_before_the_lodging_is_recorded_at_the_lodging(tmp_path: Path) -> None:
    early = row("A", "2025-03-03T09:00", warrant_served_at="2025-03-01T08:00")

    history = replay_history.read_history(written(tmp_path, early))

    assert order(history) == [(Rank.LODGING, "03 14:00"), (Rank.WARRANT, "03 14:00")]


def test_release_after_the_outcome_starts_no_clock_and_is_told(tmp_path: Path) -> None:
    late = row(
        "A",
        outcome="transferred",
        outcome_at="2025-03-04T09:00",
        would_release_at="2025-03-04T09:01",
    )

    history = replay_history.read_history(written(tmp_path, late))

    assert Rank.CLOCK not in [each.rank for each in history.happenings]
    assert "would_release_at lies after the outcome" in history.notes[0]


def test_release_at_the_instant_of_the_outcome_starts_the_clock(tmp_path: Path) -> None:
    at = "2025-03-04T09:00"
    same = row("A", outcome="transferred", outcome_at=at, would_release_at=at)

    history = replay_history.read_history(written(tmp_path, same))

    assert [each.rank for each in history.happenings][-2:] == [Rank.CLOCK, Rank.OUTCOME]


def test_outcome_without_a_date_follows_the_last_fact_of_its_row(tmp_path: Path) -> None:
    undated = row("A", outcome="cancelled", would_release_at="2025-03-05T09:00")

    history = replay_history.read_history(written(tmp_path, undated))

    assert order(history)[-2:] == [(Rank.CLOCK, "05 14:00"), (Rank.OUTCOME, "05 14:00")]


def test_same_row_twice_is_one_hold_and_is_told(tmp_path: Path) -> None:
    history = replay_history.read_history(written(tmp_path, row("A"), row("A")))

    assert len(history.rows) == 1
    assert history.notes == ["line 3: the same hold as line 2"]


def test_bad_rows_are_all_listed_with_line_column_value_and_reason(tmp_path: Path) -> None:
    rows = bad(
        written(
            tmp_path,
            row("A", "2025-03-09T02:30"),
            row("B"),
            row("C", outcome="vanished", outcome_at="2025-03-04"),
            row("B", served_at="2025-03-04T10:00"),
            "too,short",
        )
    )

    assert [(each.line, each.column, each.value) for each in rows] == [
        (2, "lodged_at", "2025-03-09T02:30"),
        (4, "outcome", "vanished"),
        (4, "outcome_at", "2025-03-04"),
        (5, "hold_ref", "B"),
        (6, "", ""),
    ]
    assert "does not exist" in rows[0].reason
    assert "line 3 has it with other fields; a second detainer takes B/2" in rows[3].reason
    assert "2 cells, the heading 15" in rows[4].reason


@pytest.mark.parametrize(
    ("cells", "column", "value"),
    [
        pytest.param("A,O K,Oak,NC,America/New_York,", "facility_code", "O K", id="code"),
        pytest.param("A,OAK,Oak,Carolina,America/New_York,", "state", "Carolina", id="state"),
        pytest.param("A,OAK,Oak,NC,Atlantis,", "timezone", "Atlantis", id="zone"),
        pytest.param(",OAK,Oak,NC,America/New_York,", "hold_ref", "", id="no reference"),
    ],
)
def test_cell_that_describes_no_facility_or_hold_is_named(
    tmp_path: Path, cells: str, column: str, value: str
) -> None:
    rows = bad(written(tmp_path, f"{cells},2025-03-03T09:00" + "," * 8))

    assert [(each.column, each.value) for each in rows] == [(column, value)]


def test_row_without_a_lodging_is_refused_since_nothing_may_stand_in_for_it(
    tmp_path: Path,
) -> None:
    rows = bad(written(tmp_path, row("A", "")))

    assert [(each.line, each.column) for each in rows] == [(2, "lodged_at")]


def test_facility_in_two_zones_is_refused(tmp_path: Path) -> None:
    other = row("B").replace("America/New_York", "America/Chicago")

    rows = bad(written(tmp_path, row("A"), other))

    assert [(each.line, each.column) for each in rows] == [(3, "timezone")]


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, row("A"))
    path.write_bytes(path.read_bytes().replace(b"Oakmont", b"Oakm\xf3nt"))

    rows = bad(path)

    assert [(each.line, each.column) for each in rows] == [(2, "facility_name")]
    assert "UTF-8" in rows[0].reason


def test_message_of_a_bad_row_carries_no_control_character_to_the_terminal(
    tmp_path: Path,
) -> None:
    rows = bad(written(tmp_path, row("A", "\x1b[2J2025")))

    assert "\x1b" not in str(rows[0])


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, row("A"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert len(replay_history.read_history(path).rows) == 1


def test_unknown_column_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, row("A") + ",x", heading=HEADING + ",colour")

    assert replay_history.read_history(path).notes == [
        "column 'colour' is not known; nothing is read from it"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("hold_ref,hold_ref\n", "twice", id="column twice"),
        pytest.param("hold_ref,lodged_at\nA,2025-03-03T09:00\n", "facility_code", id="column gone"),
        pytest.param(HEADING + "\n", "no row", id="no row"),
    ],
)
def test_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidHoldError, match=said):
        replay_history.read_history(path)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidHoldError, match="cannot be read"):
        history_file.read_table(tmp_path / "none.csv")
