from __future__ import annotations

import itertools
import random

from scheduler import report_public
from scheduler.report_public import Line
from scheduler.report_tables import COUNTS


def line(asks: bool = True, **counts: int) -> Line:
    return Line(
        counts={**dict.fromkeys(COUNTS, 20), "over_detention_minutes": 0, **counts}, asks=asks
    )


def total_of(lines: list[Line]) -> Line:
    columns = lines[0].counts
    return Line(counts={column: sum(each.counts[column] for each in lines) for column in columns})


def possible(hidden: list[tuple[int, bool]], whole: int) -> list[set[int]]:
    """What each hidden small count may be, for a reader who knows the total of all hidden."""
    small = [index for index, (_, is_small) in enumerate(hidden) if is_small]
    others = len(hidden) - len(small)
    found: list[set[int]] = [set() for _ in small]
    for guess in itertools.product(range(5), repeat=len(small)):
        rest = whole - sum(guess)
        # What is hidden at such a facility without being small is five or more.
        fits = rest == 0 if others == 0 else rest >= 5 * others
        if fits:
            for place, value in enumerate(guess):
                found[place].add(value)
    return found


def test_no_reader_of_the_totals_can_narrow_a_hidden_count_down(chance: random.Random) -> None:
    for _ in range(120):
        lines = [
            Line(
                counts={column: chance.choice([0, 1, 2, 4, 5, 8, 30]) for column in COUNTS},
                asks=True,
            )
            for _ in range(chance.randint(1, 5))
        ]
        total = total_of(lines)

        report_public.suppress(lines, total)

        for column in COUNTS:
            hidden = [
                (each.counts[column], column in each.small)
                for each in lines
                if column in each.hidden
            ]
            if column in total.hidden or not any(is_small for _, is_small in hidden):
                continue
            whole = sum(value for value, _ in hidden)
            assert all(values == set(range(5)) for values in possible(hidden, whole)), column


def test_no_count_under_five_is_shown_where_a_facility_asks() -> None:
    lines = [line(declined=4, released=0), line(), line(asks=False, declined=2)]
    total = total_of(lines)

    report_public.suppress(lines, total)

    assert {"declined", "released"} <= lines[0].hidden
    assert "lodged" not in lines[0].hidden
    # The others do not ask; what is hidden there, is so to cover the first.
    assert "declined" not in lines[2].hidden


def test_one_small_count_takes_a_second_figure_of_its_column_along() -> None:
    lines = [line(served=3), line(served=40), line(served=12)]
    total = total_of(lines)

    report_public.suppress(lines, total)

    assert [("served" in each.hidden) for each in (*lines, total)] == [True, False, True, False]


def test_lone_facility_gets_no_total_for_what_is_hidden() -> None:
    lines = [line(served=3)]
    total = total_of(lines)

    report_public.suppress(lines, total)

    assert "served" in total.hidden
    assert "noticed" not in total.hidden


def test_total_that_is_hidden_alone_takes_a_row_along() -> None:
    # By its own row the total of what was declined follows from the others, and the
    # rows have no figure large enough to cover it.
    lines = [line(transferred=3, declined=8), line(transferred=3, declined=8)]
    total = total_of(lines)

    report_public.suppress(lines, total)

    for column in COUNTS:
        assert sum(column in each.hidden for each in (*lines, total)) != 1, column


def test_hidden_outcome_cannot_be_had_from_lodged_less_the_others() -> None:
    lines = [line(declined=3), line(), line()]
    total = total_of(lines)

    report_public.suppress(lines, total)

    for each in (*lines, total):
        balance = {"lodged", "open", *report_public.OUTCOMES}
        assert len(each.hidden & balance) != 1


def test_hidden_release_cannot_be_had_from_all_releases_less_the_others() -> None:
    lines = [
        line(released=22, released_with_notice=20, released_without_notification=2),
        line(released=40),
        line(released=40),
    ]
    total = total_of(lines)

    report_public.suppress(lines, total)

    parts = {"released", "released_with_notice", "released_without_notification"}
    for each in (*lines, total):
        assert len(each.hidden & parts) != 1


def test_minutes_and_median_are_hidden_with_the_counts_they_tell_of() -> None:
    lines = [
        line(transferred=2, over_detention_count=1, over_detention_minutes=500),
        line(),
        line(),
    ]
    total = total_of(lines)

    report_public.suppress(lines, total)

    assert {"over_detention_minutes", "median_minutes_to_transfer"} <= lines[0].hidden


def test_nothing_is_hidden_where_no_facility_asks() -> None:
    lines = [Line(counts=dict.fromkeys([*COUNTS, "over_detention_minutes"], 1)), line(asks=False)]
    total = total_of(lines)

    report_public.suppress(lines, total)

    assert not any(each.hidden for each in (*lines, total))
