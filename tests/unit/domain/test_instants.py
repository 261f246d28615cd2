from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain import instants
from scheduler.errors import InvalidHoldError
from tests.support import oracle

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-11-27T18:00:00-05:00", id="offset"),
        pytest.param("2026-11-27T23:00:00Z", id="Z"),
        pytest.param("2026-11-27t23:00:00z", id="small letters"),
        pytest.param("2026-11-27 23:00:00+00:00", id="space"),
        pytest.param("2026-11-27T23:00:00.000Z", id="fraction"),
        pytest.param("2026-11-28T04:30:00+05:30", id="half-hour offset"),
    ],
)
def test_instant_with_an_offset_is_read(text: str) -> None:
    found = instants.parse_instant(text, None, fold="refuse")

    assert found == (datetime(2026, 11, 27, 23, 0, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "text", ["2026-11-27T18:00", "2026-11-27 18:00", "2026-11-27T18:00:00", " 2026-11-27 18:00 "]
)
def test_time_without_an_offset_is_local_to_the_facility(text: str) -> None:
    found = instants.parse_instant(text, NEW_YORK, fold="refuse")

    assert found == (datetime(2026, 11, 27, 23, 0, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(1_795_000_000, "write an RFC 3339 string", id="number"),
        pytest.param(None, "write an RFC 3339 string", id="nothing"),
        pytest.param(True, "write an RFC 3339 string", id="claim"),
        pytest.param("1795000000", "write an RFC 3339 string", id="number as text"),
        pytest.param("tomorrow", "write an RFC 3339 string", id="word"),
        pytest.param("2026-11-27", "write an RFC 3339 string", id="date alone"),
        pytest.param("٢٠٢٦-11-27T18:00Z", "write an RFC 3339 string", id="other digits"),
        pytest.param("2026-11-27T18:00:00", "add the offset", id="naive"),
        pytest.param("1989-12-31T18:00:00Z", "use a year from 1990 to 2100", id="1989"),
        pytest.param("2101-01-01T00:00:00Z", "use a year from 1990 to 2100", id="2101"),
        pytest.param("9999-12-31T23:59:59-12:00", "use a year from 1990 to 2100", id="9999"),
        pytest.param("2026-02-29T18:00:00Z", "that exist", id="no such date"),
        pytest.param("2026-11-27T24:00:00Z", "that exist", id="hour 24"),
        pytest.param("2026-11-27T25:00:00Z", "that exist", id="hour 25"),
        pytest.param("2026-11-27T18:00:60Z", "that exist", id="leap second"),
        pytest.param("2026-11-27T18:00:00+24:00", "use an offset from", id="offset of a day"),
    ],
)
def test_wrong_instant_is_refused_with_its_field(text: object, reason: str) -> None:
    with pytest.raises(InvalidHoldError, match=reason) as refused:
        instants.parse_instant(text, None, fold="earlier", field="served_at")

    assert refused.value.field == "served_at"
    assert str(refused.value).startswith("served_at: ")


def test_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(InvalidHoldError) as refused:
        instants.parse_instant("x" * 10_000, None, fold="refuse")

    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("fold", ["earlier", "refuse"])
@pytest.mark.parametrize("clock", ["02:00", "02:30", "02:59:59"])
def test_time_in_the_spring_gap_is_refused_and_the_gap_named(
    clock: str, fold: instants.Fold
) -> None:
    with pytest.raises(InvalidHoldError) as refused:
        instants.parse_instant(f"2026-03-08T{clock}", NEW_YORK, fold=fold)

    assert (
        "the clocks in America/New_York go forward from 02:00 to 03:00 on Sun 8 Mar 2026, so this "
        "time does not exist; use one before 02:00 or from 03:00 on"
    ) in str(refused.value)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("01:59:59", "2026-03-08T06:59:59Z", id="just before the gap"),
        pytest.param("03:00:00", "2026-03-08T07:00:00Z", id="just after the gap"),
    ],
)
def test_time_beside_the_spring_gap_is_read(clock: str, expected: str) -> None:
    found = instants.parse_instant(f"2026-03-08T{clock}", NEW_YORK, fold="refuse")

    assert found == (oracle.utc(expected), None)


@pytest.mark.parametrize("clock", ["01:00", "01:30", "01:59:59"])
def test_time_in_the_autumn_fold_is_the_earlier_for_a_start_and_says_so(clock: str) -> None:
    found = instants.parse_instant(f"2026-11-01T{clock}", NEW_YORK, fold="earlier")

    assert found.instant == oracle.utc(f"2026-11-01T{clock}-04:00")
    assert found.note is not None
    assert "comes twice in America/New_York; taken as the earlier" in found.note


def test_time_in_the_autumn_fold_is_refused_elsewhere_with_both_readings() -> None:
    with pytest.raises(InvalidHoldError) as refused:
        instants.parse_instant("2026-11-01T01:30", NEW_YORK, fold="refuse", field="at")

    assert "2026-11-01T01:30:00-04:00 or 2026-11-01T01:30:00-05:00" in str(refused.value)


@pytest.mark.parametrize("clock", ["00:59:59", "02:00"])
def test_time_beside_the_autumn_fold_is_read_without_a_note(clock: str) -> None:
    found = instants.parse_instant(f"2026-11-01T{clock}", NEW_YORK, fold="refuse")

    assert found.note is None


def test_clock_change_is_found_to_the_second() -> None:
    change = instants.clock_change(datetime(2026, 11, 1, 1, 0), NEW_YORK)  # noqa: DTZ001 - local

    assert change.at == oracle.utc("2026-11-01T06:00:00Z")
    assert f"{change.before:%H:%M} {change.after:%H:%M}" == "02:00 01:00"


@pytest.mark.parametrize(
    "zone",
    [
        "Mars/Phobos",
        "",
        "america/new_york",
        "/etc/passwd",
        "../UTC",
        "localtime",
        "Factory",
        5,
        None,
    ],
)
def test_unknown_zone_is_refused(zone: object) -> None:
    with pytest.raises(InvalidHoldError, match="use a name of the IANA time zone database") as no:
        instants.known_zone(zone)

    assert no.value.field == "timezone"


@pytest.mark.parametrize("zone", oracle.US_ZONES)
def test_zones_of_the_united_states_are_known(zone: str) -> None:
    assert instants.known_zone(zone) == zone


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        pytest.param("2026-11-27T18:00-05:00", "2026-11-27T23:00:00Z", id="whole second"),
        pytest.param("2026-11-27T18:00:00.5-05:00", "2026-11-27T23:00:00.500000Z", id="fraction"),
    ],
)
def test_instant_is_written_in_utc(instant: str, expected: str) -> None:
    assert instants.rfc3339(datetime.fromisoformat(instant)) == expected


def test_naive_instant_is_not_written() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        instants.rfc3339(datetime(2026, 11, 27))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        pytest.param("2026-11-27T18:00-05:00", NEW_YORK, "Fri 27 Nov 18:00 EST", id="winter"),
        pytest.param("2026-07-03T18:00-04:00", NEW_YORK, "Fri 3 Jul 18:00 EDT", id="summer"),
        pytest.param(
            "2026-11-27T18:00:59.9-05:00", NEW_YORK, "Fri 27 Nov 18:00 EST", id="cut, not rounded"
        ),
        pytest.param(
            "2026-11-27T18:00Z",
            "America/Sao_Paulo",
            "Fri 27 Nov 15:00 UTC-03",
            id="zone without letters",
        ),
        pytest.param(
            "2026-12-02T00:00-05:00",
            NEW_YORK,
            "Wed 2 Dec 00:00 EST (the midnight between Tue 1 Dec and Wed 2 Dec)",
            id="midnight",
        ),
        pytest.param("2026-12-02T12:00-05:00", NEW_YORK, "Wed 2 Dec 12:00 EST", id="noon"),
    ],
)
def test_local_text(instant: str, zone: str, expected: str) -> None:
    assert instants.local_text(oracle.utc(instant), zone) == expected


def test_local_text_adds_year_and_seconds_where_asked() -> None:
    instant = oracle.utc("2026-11-27T18:00:07-05:00")

    assert instants.local_text(instant, NEW_YORK, year=True) == "Fri 27 Nov 2026 18:00 EST"
    assert instants.local_text(instant, NEW_YORK, seconds=True) == "Fri 27 Nov 18:00:07 EST"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("48 h", 2880), ("30 min", 30), ("1 h 30 min", 90), ("-2 h", -120), ("90 s", 1.5), ("0 h", 0)],
)
def test_duration_is_read(text: str, minutes: float) -> None:
    assert instants.parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["2 d", "48", "", "h", "48 hours", 48.5, None, "- h", "1e3 h"])
def test_duration_without_hours_or_minutes_is_refused(text: object) -> None:
    with pytest.raises(InvalidHoldError, match="write a duration in hours and minutes") as refused:
        instants.parse_duration(text, field="limit")

    assert refused.value.field == "limit"


@given(st.timedeltas(min_value=-timedelta(days=366), max_value=timedelta(days=366)))
def test_duration_text_is_read_back(duration: timedelta) -> None:
    assert instants.parse_duration(instants.duration_text(duration)) == duration


@given(
    st.datetimes(
        min_value=datetime(1990, 1, 2),  # noqa: DTZ001 - hypothesis takes naive bounds
        max_value=datetime(2100, 12, 30),  # noqa: DTZ001 - the same
        timezones=st.just(UTC),
    ),
    st.sampled_from(oracle.US_ZONES),
)
def test_instant_shown_with_its_offset_is_read_back(instant: datetime, zone: str) -> None:
    shown = instants.rfc3339_local(instant, zone)

    assert instants.parse_instant(shown, None, fold="refuse").instant == instant
    assert instants.parse_instant(instants.rfc3339(instant), None, fold="refuse").instant == instant
