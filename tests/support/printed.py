"""Papers of a house under test, and what stands in them."""

from __future__ import annotations

from typing import Final

from scheduler.papers.desk import Papers
from scheduler.papers.document import Document, Section, Table
from tests.support.house import Premises

START: Final = "2026-03-02T09:00"
"""In New York: the instant at which the clock of the tests stands."""


def papers(premises: Premises) -> Papers:
    house = premises.house
    return Papers(house.database, house.clock, rule_book=house.rule_book, event_log=house.event_log)


def section(made: Document, heading: str) -> Section:
    (found,) = (each for each in made.sections if each.heading.startswith(heading))
    return found


def rows(table: Table) -> list[list[str]]:
    """Every row as the texts of its cells, smaller lines included."""
    return [[" ".join((cell.text, *cell.below)) for cell in line.cells] for line in table.lines]


def run_for(premises: Premises, hours: int) -> None:
    for _ in range(hours):
        premises.tick(hours=1)
        premises.deliver()
