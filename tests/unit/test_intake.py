from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler import intake
from scheduler.domain.hold import Outcome
from scheduler.errors import InvalidHoldError

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
ZONE = "America/New_York"


def read(is_history: bool = False, **fields: Any) -> intake.Registration:
    told = {"facility_code": "OAK", "hold_ref": "R-1", **fields}
    return intake.read_registration(told, ZONE, NOW, is_history=is_history)


def refusals(**fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidHoldError) as caught:
        read(**fields)
    return caught.value.by_field


# Instants.


def test_a_time_without_an_offset_is_local_to_the_facility() -> None:
    asked = read(lodged_at="2026-03-02T08:15")

    assert asked.lodged_at == datetime(2026, 3, 2, 13, 15, tzinfo=UTC)


def test_a_time_with_an_offset_is_taken_as_it_says() -> None:
    asked = read(lodged_at="2026-03-02T08:15:00+05:45")

    assert asked.lodged_at == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def test_a_lodging_that_is_not_given_is_now_and_says_so() -> None:
    asked = read()

    assert (asked.lodged_at, asked.is_lodged_now) == (NOW, True)
    assert not read(lodged_at=NOW.isoformat()).is_lodged_now


@pytest.mark.parametrize("name", sorted(intake.STARTS))
def test_of_a_start_that_comes_twice_the_earlier_is_taken_and_told(name: str) -> None:
    fields = {"lodged_at": "2025-11-01T12:00", name: "2025-11-02T01:30"}

    asked = read(is_history=True, **fields)

    assert getattr(asked, name) == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert len(asked.notes) == 1
    assert "01:30" in asked.notes[0]


@pytest.mark.parametrize("name", sorted(set(intake.INSTANTS) - intake.STARTS))
def test_another_time_that_comes_twice_is_refused_with_both_readings(name: str) -> None:
    fields = {"lodged_at": "2025-11-01T12:00", "outcome": "released", "reason": "paper"}
    fields |= {"outcome_at": "2025-11-02T03:00", name: "2025-11-02T01:30"}

    problem = refusals(is_history=True, **fields)[name]

    assert "-04:00" in problem or "EDT" in problem
    assert "-05:00" in problem or "EST" in problem


def test_a_time_that_does_not_exist_is_refused() -> None:
    assert "would_release_at" in refusals(is_history=True, would_release_at="2026-03-08T02:30")


@pytest.mark.parametrize("text", ["soon", "2026-02-30T10:00", "1772460000", "2026-03-02", 7, True])
def test_what_is_no_instant_is_refused_by_its_name(text: object) -> None:
    assert set(refusals(served_at=text)) == {"served_at"}


@pytest.mark.parametrize("text", ["1989-12-31T23:59:59Z", "2101-01-01T00:00:00Z"])
def test_an_instant_out_of_range_is_refused_even_as_history(text: str) -> None:
    assert "lodged_at" in refusals(is_history=True, lodged_at=text)


# Entry rules.


@pytest.mark.parametrize(
    ("ahead", "is_refused"),
    [
        pytest.param(timedelta(minutes=2), False, id="two-minutes"),
        pytest.param(timedelta(minutes=2, microseconds=1), True, id="just-over"),
    ],
)
def test_a_fact_may_be_two_minutes_ahead(ahead: timedelta, is_refused: bool) -> None:
    at = NOW + ahead

    if is_refused:
        with pytest.raises(InvalidHoldError, match="future"):
            intake.check_entry(at, NOW, None, "served_at")
    else:
        intake.check_entry(at, NOW, None, "served_at")


@pytest.mark.parametrize(
    ("back", "reason", "is_refused"),
    [
        pytest.param(timedelta(hours=72), None, False, id="72-h"),
        pytest.param(timedelta(hours=72, microseconds=1), None, True, id="just-over"),
        pytest.param(timedelta(days=300), "found on paper", False, id="with-a-reason"),
        pytest.param(timedelta(days=300), "", True, id="with-an-empty-reason"),
    ],
)
def test_a_fact_far_back_needs_a_reason(
    back: timedelta, reason: str | None, is_refused: bool
) -> None:
    if is_refused:
        with pytest.raises(InvalidHoldError, match="72 h"):
            intake.check_entry(NOW - back, NOW, reason, "served_at")
    else:
        intake.check_entry(NOW - back, NOW, reason, "served_at")


def test_a_forecast_reaches_two_years_ahead_and_no_further() -> None:
    intake.check_entry(NOW + timedelta(days=730), NOW, None, "expected_release_at")

    with pytest.raises(InvalidHoldError, match="2 years"):
        intake.check_entry(NOW + timedelta(days=731), NOW, None, "expected_release_at")


def test_history_is_exempt_from_the_entry_rules() -> None:
    asked = read(is_history=True, lodged_at="2019-05-01T10:00")

    assert asked.lodged_at == datetime(2019, 5, 1, 14, tzinfo=UTC)


def test_a_release_still_to_come_is_a_forecast() -> None:
    asked = read(would_release_at="2026-03-05T10:00")

    assert asked.would_release_at is None
    assert asked.expected_release_at == datetime(2026, 3, 5, 15, tzinfo=UTC)


def test_a_release_a_minute_ahead_is_a_fact() -> None:
    at = NOW + timedelta(minutes=1)

    assert read(would_release_at=at.isoformat()).would_release_at == at


# Outcomes.


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_read_by_its_name(outcome: Outcome) -> None:
    asked = read(outcome=str(outcome), outcome_at="2026-03-02T09:00", lodged_at="2026-03-02T08:00")

    assert asked.outcome is outcome


def test_an_unknown_outcome_is_refused_with_the_ones_there_are() -> None:
    problem = refusals(outcome="gone", outcome_at="2026-03-02T09:00")["outcome"]

    assert all(outcome in problem for outcome in Outcome)


def test_an_outcome_needs_its_instant_except_in_a_history() -> None:
    assert "outcome_at" in refusals(outcome="released")

    assert read(is_history=True, outcome="released").outcome_at is None


def test_an_instant_of_an_outcome_needs_the_outcome() -> None:
    assert "outcome" in refusals(outcome_at="2026-03-02T09:00", lodged_at="2026-03-02T08:00")


def test_an_outcome_before_the_lodging_is_refused() -> None:
    problems = refusals(
        outcome="released", outcome_at="2026-03-02T07:00", lodged_at="2026-03-02T08:00"
    )

    assert set(problems) == {"outcome_at"}


# Texts.


def test_everything_that_is_wrong_is_said_at_once() -> None:
    problems = refusals(
        facility_code=" ", hold_ref="x" * 121, served_at="soon", outcome="gone", a_number=7
    )

    assert set(problems) == {"facility_code", "hold_ref", "served_at", "outcome", "a_number"}


def test_a_text_is_trimmed_and_composed() -> None:
    assert read(subject_name="  Zoe\u0308  ").subject_name == "Zo\u00eb"


@pytest.mark.parametrize("empty", ["", "   ", "\u3000", None])
def test_a_blank_text_is_none(empty: str | None) -> None:
    asked = read(subject_name=empty, reason=empty, detainer_type=empty)

    assert (asked.subject_name, asked.reason) == (None, None)
    assert asked.detainer_type == "I-247A"


@pytest.mark.parametrize(
    "letter",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\u202e",
        "\u2066",
        "\ud800",
    ],
)
def test_characters_that_deceive_or_break_are_refused(letter: str) -> None:
    assert set(refusals(hold_ref=f"R{letter}1")) == {"hold_ref"}


def test_lengths_are_counted_after_composing() -> None:
    assert read(hold_ref="e\u0301" * 120).hold_ref == "\u00e9" * 120
    assert read(reason="x" * 2000).reason == "x" * 2000
    assert set(refusals(reason="x" * 2001)) == {"reason"}


def test_a_registration_shows_no_name_in_its_repr() -> None:
    asked = read(subject_name="Zebulon", a_number="A123456789")

    assert "Zebulon" not in repr(asked)
    assert "123456789" not in repr(asked)
