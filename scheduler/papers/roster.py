"""The roster: every open hold by its next limit, to print before an outage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scheduler.domain.board import Group
from scheduler.papers.document import Cell, Document, Line, Section, Table
from scheduler.papers.state import Standing

HEADINGS = ("Next limit", "Hold", "Facility", "State and what is missing")
BOXES = ("What happened", "Time, initials")
MAXIMUMS = (
    "Authority to hold ends AT the minute shown. Limits are maximums, never targets."
    " All times are the facility's own."
)
WRITE_HERE = "Write outcomes on this sheet and enter them when the system is back."
LATER = "Entries made later are not here."


def roster(holds: Sequence[Standing], stamp: str) -> Document:
    """Make the roster.

    Args:
        holds: Every open hold in scope.
        stamp: As of when they were read.
    """
    ordered = sorted(holds, key=lambda each: each.order)
    table = Table(
        headings=HEADINGS,
        lines=tuple(map(line, ordered)),
        boxes=BOXES,
        caption="Next limit first.",
    )
    return Document(
        title="Roster of open holds",
        stamp=stamp,
        lead=(f"{LATER} {counted(holds)}", MAXIMUMS, WRITE_HERE),
        sections=(Section(heading="Open holds", tables=(table,)),),
    )


def line(standing: Standing) -> Line:
    """Return a hold as a row under `HEADINGS`."""
    limit, beside = standing.limit()
    hold, facility = standing.hold, standing.facility
    state, *missing = standing.words()
    cells = (
        Cell(limit, beside),
        Cell(hold.hold_ref, (hold.id,)),
        Cell(facility.name, (facility.code,)),
        Cell(state, tuple(missing)),
    )
    return Line(cells, is_past=standing.group is Group.PAST)


def counted(holds: Sequence[Standing]) -> str:
    """Return how many holds there are, and how many of them stand where."""
    groups = Counter(standing.group for standing in holds)
    words = {
        Group.PAST: "past the limit",
        Group.RUNNING: "running",
        Group.LAPSED: "lapsed",
        Group.NOT_STARTED: "not started",
    }
    parts = ", ".join(f"{groups[group]} {word}" for group, word in words.items())
    total = "1 hold" if len(holds) == 1 else f"{len(holds)} holds"
    return f"{total}: {parts}."
