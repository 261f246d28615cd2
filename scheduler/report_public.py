"""The public edition of a report: small counts hidden, and not to be worked out again.

A count under five at a facility that asks for it is hidden. What is left must not
give it away: not by subtraction from the total, and not by the two sums that
every row obeys. So further figures are hidden until, by each of these sums, a
hidden small count could still be anything from 0 to 4. If other rows cannot
provide that, the total is hidden.

The reader is taken to know the rules, which facilities ask, and which figures are
hidden for being small. Two editions of the same year with other rows are two
reports: set side by side they can tell more than each alone (docs/reports.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scheduler.report_tables import COUNTS, MEDIAN, MINUTES

SMALL = 5
"""Counts under this are small."""
BROAD = 2 * SMALL - 1
"""A figure from this on leaves room for any small count beside it."""

OUTCOMES = ("transferred", "cancelled", "declined", "released", "other")
TIED = {MINUTES: "over_detention_count", MEDIAN: "transferred"}
"""Figures that tell of a count, and are hidden with it."""


@dataclass(kw_only=True)
class Line:
    """A row, or the total, on its way to the public.

    Attributes:
        counts: By column.
        asks: A facility in it wants small counts hidden.
        hidden: Columns that are not shown.
        small: Those of them that are hidden for being small.
    """

    counts: dict[str, int]
    asks: bool = False
    hidden: set[str] = field(default_factory=set)
    small: set[str] = field(default_factory=set)

    def hide(self, column: str) -> None:
        """Show this figure to nobody."""
        self.hidden.add(column)


class Term(NamedTuple):
    """One figure in a sum, taken plus or minus."""

    line: Line
    column: str
    sign: int = 1

    @property
    def value(self) -> int:
        return self.line.counts[self.column]

    @property
    def is_hidden(self) -> bool:
        return self.column in self.line.hidden

    @property
    def is_small(self) -> bool:
        return self.column in self.line.small

    def bounds(self) -> tuple[float, float]:
        """Return what a reader knows of it, by the rules alone: the least and the most."""
        least: float = SMALL if self.line.asks and not self.is_small else 0
        most: float = SMALL - 1 if self.is_small else float("inf")
        return (least, most) if self.sign > 0 else (-most, -least)


class Sum(NamedTuple):
    """Figures that a reader knows to add up to a constant.

    Attributes:
        terms: Plus and minus.
        last: Hidden only when nothing else helps: the total.
    """

    terms: tuple[Term, ...]
    last: Term | None = None

    def gives_away(self) -> bool:
        """Say whether this sum narrows a hidden figure down."""
        hidden = [term for term in self.terms if term.is_hidden]
        if len(hidden) == 1:
            return True
        bounds = [term.bounds() for term in hidden]
        low, high = (sum(ends) for ends in zip(*bounds, strict=True)) if hidden else (0, 0)
        known = sum(term.sign * term.value for term in hidden)
        for term in hidden:
            if not term.is_small:
                continue
            # Whatever the small count is, the others must be able to make up the rest.
            least, most = term.bounds()
            for value in (0, SMALL - 1):
                if not low - least <= known - term.sign * value <= high - most:
                    return True
        return False

    def hide_another(self) -> bool:
        """Hide the smallest figure that helps; return whether there was one."""
        shown = [term for term in self.terms if not term.is_hidden and term is not self.last]
        broad = [term for term in shown if term.value >= BROAD]
        if not broad and self.last is not None and not self.last.is_hidden:
            self.last.line.hide(self.last.column)
            return True
        candidates = broad or shown
        if not candidates:
            return False
        # Where the facility asks for it anyway, a hidden figure costs the least.
        chosen = min(candidates, key=lambda term: (not term.line.asks, term.value))
        chosen.line.hide(chosen.column)
        return True


def suppress(lines: Sequence[Line], total: Line) -> None:
    """Hide small counts in these rows, and whatever would give them away."""
    for line in lines:
        _hide_small(line, line.asks)
    _hide_small(total, any(line.asks for line in lines))
    sums = [*_column_sums(lines, total), *_row_sums([*lines, total])]
    while _settle(sums):
        pass  # each round hides something; the last one finds nothing given away
    for line in (*lines, total):
        line.hidden |= {tied for tied, column in TIED.items() if column in line.hidden}


def _settle(sums: Sequence[Sum]) -> bool:
    """Hide one more figure in each sum that gives something away; return whether any did."""
    acted = [each.hide_another() for each in sums if each.gives_away()]
    return any(acted)


def _hide_small(line: Line, asks: bool) -> None:  # noqa: FBT001 -- the total asks for its rows
    if asks:
        line.small = {column for column in COUNTS if line.counts[column] < SMALL}
        line.hidden |= line.small


def _column_sums(lines: Sequence[Line], total: Line) -> Iterator[Sum]:
    for column in COUNTS:
        whole = Term(total, column, -1)
        yield Sum((*(Term(line, column) for line in lines), whole), last=whole)


def _row_sums(lines: Sequence[Line]) -> Iterator[Sum]:
    for line in lines:
        outcomes = [Term(line, column, -1) for column in OUTCOMES]
        # Without outcomes of other years, what was lodged is closed or open.
        # Of equals the first goes: how many were lodged is asked for most.
        yield Sum((Term(line, "open", -1), *outcomes, Term(line, "lodged")))
        parts = ("released_with_notice", "released_without_notification")
        told = tuple(Term(line, column) for column in parts)
        # A release may be neither, where a policy expects no notice: the reader is
        # taken to know of how many that is true.
        yield Sum((*told, Term(line, "released", -1)))
