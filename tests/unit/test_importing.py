"""Reading a file for import: mappings, made-up references and codes, names, differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import facility_names, history_file, import_mapping, import_rows
from scheduler.domain.hold import Hold, Outcome
from scheduler.errors import InvalidHoldError
from scheduler.history_file import FacilityAsked
from scheduler.import_differences import differences
from scheduler.import_mapping import ColumnMapping, Mapped
from scheduler.intake import Registration

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
OAK = FacilityAsked("OAK", "Oakmont", "NC", "America/New_York")
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "pennsylvania.toml"

FOREIGN = "day,ended,jail,town,state,form\n"
FOREIGN_MAPPING = ColumnMapping(
    columns={
        "lodged_at": "day",
        "outcome": "ended",
        "reason": "ended",
        "facility_name": "jail",
        "state": "state",
        "detainer_type": "form",
    },
    constants={"timezone": "America/New_York", "detainer_type": "I-247"},
    formats=("%d/%m/%Y", "%d/%m/%Y %H:%M"),
    words={"outcome": {"booked": "transferred", "lifted": "cancelled", "pending": ""}},
    code_parts=("facility_name", "town", "state"),
    hashed_ref=True,
)


def mapped(folder: Path, text: str, mapping: ColumnMapping | None = FOREIGN_MAPPING) -> Mapped:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return import_mapping.apply(history_file.read_table(path), mapping)


def read(
    folder: Path, *rows: str, creates: bool = False, known: FacilityAsked = OAK
) -> import_rows.Rows:
    heading = "hold_ref,facility_code,facility_name,state,timezone,detainer_type,lodged_at"
    heading += ",would_release_at,outcome,outcome_at\n"
    file = mapped(folder, heading + "\n".join(rows), None)
    return import_rows.read_rows(file, {known.code: known}, NOW, creates_facilities=creates)


def refusal(folder: Path, text: str) -> str:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidHoldError) as refused:
        import_mapping.read_mapping(path)
    return str(refused.value)


# --- Mappings ---------------------------------------------------------------------


def test_columns_words_dates_and_constants_become_the_fields_of_a_hold(tmp_path: Path) -> None:
    file = mapped(tmp_path, FOREIGN + "02/10/2007,Booked,Oak Jail,Oakmont,PA,\n")

    texts = dict(file.lines[0].texts)
    assert texts.pop("hold_ref").endswith("-1")
    assert texts.pop("facility_code").startswith("OAK-JAIL-")
    assert texts == {
        "lodged_at": "2007-10-02T00:00:00",
        "outcome": "transferred",
        "reason": "Booked",
        "facility_name": "Oak Jail",
        "state": "PA",
        "timezone": "America/New_York",
        "detainer_type": "I-247",
    }


def test_text_of_the_file_wins_over_a_constant(tmp_path: Path) -> None:
    file = mapped(tmp_path, FOREIGN + "02/10/2007,,Oak Jail,Oakmont,PA,I-247D\n")

    assert file.lines[0].texts["detainer_type"] == "I-247D"


@pytest.mark.parametrize("word", ["", "Pending"])
def test_blank_and_words_for_it_leave_a_hold_open(tmp_path: Path, word: str) -> None:
    file = mapped(tmp_path, FOREIGN + f"02/10/2007,{word},Oak Jail,Oakmont,PA,\n")

    assert "outcome" not in file.lines[0].texts


def test_equal_rows_get_distinct_references_and_the_same_ones_again(tmp_path: Path) -> None:
    row = "02/10/2007,Booked,Oak Jail,Oakmont,PA,\n"
    text = FOREIGN + row + row + row.replace("02/10", "03/10")

    first = [line.texts["hold_ref"] for line in mapped(tmp_path, text).lines]
    again = [line.texts["hold_ref"] for line in mapped(tmp_path, text).lines]

    assert len(set(first)) == 3
    assert first[1] == first[0].removesuffix("-1") + "-2"
    assert again == first


def test_bad_row_does_not_rename_the_equal_rows_around_it(tmp_path: Path) -> None:
    row = "02/10/2007,Booked,Oak Jail,Oakmont,PA,\n"
    other = "02/10/2007,Vanished,Oak Jail,Oakmont,PA,\n"

    file = mapped(tmp_path, FOREIGN + row + other + row)

    assert [line.texts["hold_ref"][-2:] for line in file.lines] == ["-1", "-2"]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        pytest.param("2/Oct/07,Booked", "day", "2/Oct/07", "%d/%m/%Y", id="date"),
        pytest.param("31/02/2007,Booked", "day", "31/02/2007", "date format", id="no such day"),
        pytest.param("02/10/2007,Vanished", "ended", "Vanished", "booked, lifted", id="word"),
    ],
)
def test_cell_without_a_meaning_is_listed_in_the_words_of_the_file(
    tmp_path: Path, row: str, column: str, value: str, reason: str
) -> None:
    file = mapped(tmp_path, FOREIGN + f"{row},Oak Jail,Oakmont,PA,\n")

    assert [(bad.line, bad.column, bad.value) for bad in file.bad] == [(2, column, value)]
    assert reason in file.bad[0].reason


def test_refusal_of_a_mapped_field_names_the_column_of_the_file(tmp_path: Path) -> None:
    file = mapped(tmp_path, FOREIGN + "02/10/2007,Booked,Oak Jail,Oakmont,Penn,\n")

    rows = import_rows.read_rows(file, {}, NOW, creates_facilities=True)

    assert [(bad.line, bad.column, bad.value) for bad in rows.bad] == [(2, "state", "Penn")]


def test_column_that_the_mapping_does_not_use_is_told(tmp_path: Path) -> None:
    text = "colour," + FOREIGN + "red,02/10/2007,,Oak Jail,Oakmont,PA,\n"

    assert mapped(tmp_path, text).unused == ["colour"]


def test_column_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidHoldError, match="no column 'ended'"):
        mapped(tmp_path, FOREIGN.replace("ended", "finished"))


def test_facility_code_is_short_and_tells_towns_apart() -> None:
    name = "Potter County Prison of the Commonwealth"

    codes = {import_mapping.facility_code([name, town, "PA"]) for town in ("Wellsboro", "Austin")}

    assert len(codes) == 2
    assert {len(code) <= history_file.LONGEST_CODE for code in codes} == {True}


def test_facility_code_does_not_depend_on_case_and_blanks() -> None:
    one = import_mapping.facility_code(["Oak  Jail ", "Oakmont"])

    assert one == import_mapping.facility_code(["OAK JAIL", "oakmont"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("colour = 1", "mapping: 'colour' is unknown", id="key"),
        pytest.param("[columns]\nwhen = 'day'", "columns: 'when' is unknown", id="field"),
        pytest.param("[constants]\nwhen = 'day'", "constants: 'when' is unknown", id="constant"),
        pytest.param("[aliases.when]\na = 'b'", "aliases: 'when' is unknown", id="alias"),
        pytest.param("[outcomes]\nGone = 'vanished'", "outcomes: 'vanished'", id="outcome"),
        pytest.param("hold_ref = 'number'", "hold_ref: 'number'", id="reference"),
        pytest.param("date_formats = '%Y'", "date_formats: it must be a list", id="formats"),
        pytest.param("columns = 'day'", "columns: it must be a table", id="table"),
        pytest.param("[columns]\nstate = 1", "columns: it must be a table of texts", id="texts"),
        pytest.param("columns =", "is no TOML", id="toml"),
    ],
)
def test_mapping_that_means_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidHoldError, match="cannot be read"):
        import_mapping.read_mapping(tmp_path / "none.toml")


def test_example_mapping_reads_a_row_of_its_kind(tmp_path: Path) -> None:
    heading = "date,lift_reason,det_facility,city,state,detainer_type\n"
    row = '2007-10-02 00:00:00,Early Release,"OAK CNTY JAIL, PA",OAKMONT,PENNSYLVANIA,\n'

    file = mapped(tmp_path, heading + row, import_mapping.read_mapping(EXAMPLE))
    rows = import_rows.read_rows(file, {}, NOW, creates_facilities=True)

    assert rows.bad == []
    asked = rows.good[0].asked
    assert (asked.outcome, asked.reason) == (Outcome.RELEASED, "Early Release")
    assert asked.lodged_at == datetime(2007, 10, 2, 4, tzinfo=UTC)
    assert [(each.name, each.state) for each in rows.new_facilities.values()] == [
        ("OAK CNTY JAIL, PA", "PA")
    ]


# --- Rows -------------------------------------------------------------------------


def test_unknown_facility_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,ELM,Elm,NC,America/New_York,,2026-03-01T09:00,,,")

    assert [(bad.column, bad.value) for bad in rows.bad] == [("facility_code", "ELM")]
    assert "--create-facilities" in rows.bad[0].reason


def test_unknown_facility_spelt_like_a_known_one_is_listed(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,OAK2,Oakmnt,NC,America/New_York,,2026-03-01T09:00,,,")

    assert [(pair.code, pair.other_code) for pair in rows.close] == [("OAK2", "OAK")]


def test_facility_all_of_whose_rows_are_bad_is_not_created(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,ELM,Elm,NC,America/New_York,,yesterday,,,", creates=True)

    assert rows.new_facilities == {}
    assert [(bad.column, bad.value) for bad in rows.bad] == [("lodged_at", "yesterday")]


def test_known_facility_gives_the_zone_of_a_row_without_one(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,OAK,,,,,2026-03-01T09:00,,,")

    assert rows.good[0].asked.lodged_at == datetime(2026, 3, 1, 14, tzinfo=UTC)


def test_zone_that_contradicts_the_facility_is_refused(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,OAK,,,America/Chicago,,2026-03-01T09:00,,,")

    assert [(bad.column, bad.value) for bad in rows.bad] == [("timezone", "America/Chicago")]


def test_unknown_detainer_type_is_kept_with_a_warning(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,OAK,,,,Notice Only,2026-03-01T09:00,,,")

    assert rows.good[0].asked.detainer_type == "Notice Only"
    assert list(rows.warnings.values()) == [1]


def test_release_still_to_come_is_taken_as_expected(tmp_path: Path) -> None:
    rows = read(tmp_path, "A,OAK,,,,,2026-03-01T09:00,2026-03-05T09:00,,")

    asked = rows.good[0].asked
    assert (asked.would_release_at, asked.expected_release_at) == (
        None,
        datetime(2026, 3, 5, 14, tzinfo=UTC),
    )


def test_reference_that_comes_twice_with_other_fields_is_refused(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "A,OAK,,,,,2026-03-01T09:00,,,",
        "A,OAK,,,,,2026-03-01T10:00,,,",
        "A,OAK,,,,,2026-03-01T09:00,,,",
    )

    assert [(bad.line, bad.column) for bad in rows.bad] == [(3, "hold_ref")]
    assert len(rows.good) == 1


# --- Names ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ("LACKAWANA CNTY JAIL, PA", "Lackawanna County Jail"),
        ("MCKEAN FED.CORR.INST.", "McKean Federal Correctional Institution"),
        ("JAIL, OAK CO.", "Oak County Jail"),
    ],
)
def test_spellings_of_one_name_are_close(new: str, known: str) -> None:
    pairs = facility_names.close_names(
        [FacilityAsked("N", new, "PA", "")], [FacilityAsked("K", known, "PA", "")]
    )

    assert [(pair.code, pair.other_code) for pair in pairs] == [("N", "K")]


@pytest.mark.parametrize(
    ("new", "known", "state"),
    [
        pytest.param("Oak County Jail", "Elm County Jail", "PA", id="other county"),
        pytest.param("15th Police District", "35th Police District", "PA", id="other number"),
        pytest.param("Oak County Jail", "Oak County Jail", "OH", id="other state"),
    ],
)
def test_names_of_different_places_are_not_close(new: str, known: str, state: str) -> None:
    pairs = facility_names.close_names(
        [FacilityAsked("N", new, "PA", "")], [FacilityAsked("K", known, state, "")]
    )

    assert pairs == []


# --- Differences ------------------------------------------------------------------

LODGED = datetime(2026, 3, 1, 14, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 10, tzinfo=UTC)
ASKED = Registration(facility_code="OAK", hold_ref="A", detainer_type="I-247A", lodged_at=LODGED)
HOLD = Hold("7Q3KM4", "A", "OAK", "I-247A", "rules", "i-247a", 1, LODGED)


def changed(asked: Registration, hold: Hold) -> list[tuple[str, bool]]:
    return [(each.field, each.is_filled) for each in differences(asked, hold)]


def test_same_row_says_nothing_new() -> None:
    assert changed(ASKED, HOLD) == []


def test_row_that_leaves_open_what_is_on_record_says_nothing_new() -> None:
    full = HOLD._replace(served_at=LATER, outcome=Outcome.RELEASED, outcome_at=LATER)

    assert changed(ASKED, full) == []


def test_newly_filled_fields_are_told_in_the_order_they_are_recorded() -> None:
    full = replace(
        ASKED,
        outcome=Outcome.RELEASED,
        outcome_at=LATER,
        would_release_at=LATER,
        notice_given_at=LATER,
        served_at=LATER,
    )

    assert changed(full, HOLD) == [
        ("served_at", True),
        ("notice_given_at", True),
        ("would_release_at", True),
        ("outcome", True),
    ]


def test_other_values_are_conflicts() -> None:
    known = HOLD._replace(served_at=LATER, outcome=Outcome.RELEASED, outcome_at=LATER)
    other = replace(
        ASKED,
        detainer_type="I-247D",
        lodged_at=LATER,
        served_at=LODGED,
        outcome=Outcome.RELEASED,
        outcome_at=LODGED,
    )

    assert changed(other, known) == [
        ("detainer_type", False),
        ("lodged_at", False),
        ("served_at", False),
        ("outcome_at", False),
    ]


def test_date_of_an_outcome_that_had_none_is_newly_filled() -> None:
    known = HOLD._replace(outcome=Outcome.RELEASED)
    dated = replace(ASKED, outcome=Outcome.RELEASED, outcome_at=LATER)

    assert changed(dated, known) == [("outcome_at", True)]


def test_release_after_the_outcome_is_not_filled_in_since_the_clock_never_started() -> None:
    never = replace(ASKED, outcome=Outcome.TRANSFERRED, outcome_at=LODGED, would_release_at=LATER)

    assert changed(never, HOLD) == [("outcome", True)]


def test_forecast_of_a_release_that_has_come_says_nothing_new() -> None:
    known = HOLD._replace(would_release_at=LATER)

    assert changed(replace(ASKED, expected_release_at=LATER), known) == []
