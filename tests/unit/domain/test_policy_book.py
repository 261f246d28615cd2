from __future__ import annotations

from datetime import date

import pytest

from config.policies import load_policies
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import InvalidHoldError, PolicyError

BOOK = load_policies()


@pytest.mark.parametrize("name", ["nc-162-62", "nc-162-62-2024", "nc-162-62-2025"])
@pytest.mark.parametrize(
    ("confined_on", "offence_on", "expected"),
    [
        pytest.param(
            date(2025, 9, 30), date(2025, 9, 30), "nc-162-62-2024", id="before the new law"
        ),
        pytest.param(
            date(2025, 10, 1),
            date(2025, 9, 30),
            "nc-162-62-2025",
            id="confined under it, offence before",
        ),
        pytest.param(date(2025, 10, 1), date(2025, 10, 1), "nc-162-62-2025", id="both under it"),
    ],
)
def test_dates_choose_the_member_whatever_member_the_facility_names(
    name: str, confined_on: date, offence_on: date, expected: str
) -> None:
    choice = BOOK.policy_for(
        name, lodged_on=date(2026, 1, 2), confined_on=confined_on, offence_on=offence_on
    )

    assert choice.policy.id == expected
    assert choice.warnings == ()


def test_unknown_date_falls_back_on_the_lodging_date_with_a_warning() -> None:
    choice = BOOK.policy_for("nc-162-62", lodged_on=date(2025, 10, 3))

    assert choice.policy.id == "nc-162-62-2025"
    [warning] = choice.warnings
    assert warning == (
        "nc-162-62-2025 goes by the date of confinement, which is not on record; "
        "the lodging date, Fri 3 Oct 2025, was used"
    )


def test_family_with_no_member_in_force_gives_the_nearest_with_a_warning() -> None:
    day = date(2024, 3, 1)

    choice = BOOK.policy_for("nc-162-62", lodged_on=day, confined_on=day, offence_on=day)

    assert choice.policy.id == "nc-162-62-2024"
    [warning] = choice.warnings
    assert warning == (
        "nc-162-62-2024 was not in force on Fri 1 Mar 2024; "
        "its dates are Sun 1 Dec 2024 to Tue 30 Sep 2025"
    )


def test_policy_of_no_family_is_obeyed_outside_its_dates_with_a_warning() -> None:
    choice = BOOK.policy_for("i-247a", lodged_on=date(2010, 5, 1))

    assert choice.policy.id == "i-247a"
    assert "i-247a was not in force on Sat 1 May 2010" in choice.warnings[0]


@pytest.mark.parametrize("name", ["nowhere", 5, None, ["i-247a"]])
def test_unknown_policy_is_refused_with_the_known_ones(name: object) -> None:
    with pytest.raises(InvalidHoldError, match="is unknown; use one of i-247a") as refused:
        BOOK.named(name)

    assert refused.value.field == "policy"


def test_policy_that_is_switched_off_is_refused() -> None:
    with pytest.raises(InvalidHoldError, match="'ct-54-192h' is switched off"):
        BOOK.policy_for("ct-54-192h", lodged_on=date(2026, 1, 2))


def test_checked_policies_and_bases_are_found() -> None:
    assert BOOK.checked(BOOK["8-cfr-287.7d"]) == (BOOK["i-247a"],)
    assert BOOK.based_on(BOOK["fl-908"]) is BOOK["i-247a"]
    assert BOOK.based_on(BOOK["i-247a"]) is None


def test_check_that_is_not_on_record_is_a_fault_of_the_rules() -> None:
    book = PolicyBook({"8-cfr-287.7d": BOOK["8-cfr-287.7d"]})

    with pytest.raises(PolicyError, match="'i-247a' is not on record"):
        book.checked(BOOK["8-cfr-287.7d"])
