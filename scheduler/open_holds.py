"""Open holds as a board shows them: each brought up to the instant it is read at.

What the worker has not written yet is worked out on the way and not stored: a board
read while the worker stands still must not show time left that is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.domain import board, duties
from scheduler.domain.board import Group, Lack, Place
from scheduler.store import open_rows
from scheduler.store.directory import FacilityRecord, Sight
from scheduler.store.engine import Connection, Database
from scheduler.store.listing import Listed
from scheduler.store.reading import Reading
from scheduler.store.rules import RuleBook
from scheduler.views import HoldView

__all__ = ["FacilityRecord", "OpenHold", "OpenHolds", "up_to_now"]


class OpenHold(NamedTuple):
    """An open hold, where it stands, and what it lacks.

    Attributes:
        view: With the hold as the worker would write it now.
        place: On the board.
        lacks: The most pressing first.
    """

    view: HoldView
    place: Place
    lacks: tuple[Lack, ...]


def up_to_now(view: HoldView) -> HoldView:
    """Return a hold as the worker would write it at the instant it was read."""
    # Most holds have nothing due, and looking costs more than all the rest.
    if view.next_due_at is None or view.next_due_at > view.now:
        return view
    up = duties.catch_up(view.hold, view.rules, view.now, view.now).hold
    return view._replace(hold=up)


class OpenHolds(Reading):
    """Reads open holds.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        rule_book: Reads what they pinned.
    """

    def __init__(self, database: Database, clock: Clock, *, rule_book: RuleBook) -> None:
        self._database = database
        self._clock = clock
        self._rule_book = rule_book

    def by_next_limit(self) -> list[OpenHold]:
        """Return every open hold, in the order of the board."""
        with self._database.read() as connection:
            codes = self._sight(connection)
            return self._stand(connection, open_rows.of_facilities(connection, codes), codes)

    def past_limit(self) -> list[OpenHold]:
        """Return those past their limit, the first to pass it first."""
        now = self._database.now(self._clock)
        with self._database.read() as connection:
            codes = self._sight(connection)
            due = self._stand(connection, open_rows.due(connection, codes, now), codes)
        return [each for each in due if each.place.group is Group.PAST]

    def facilities(self) -> Sequence[FacilityRecord]:
        """Return the facilities that the reader sees, by name."""
        with self._database.read() as connection:
            return list(open_rows.facilities(connection, self._sight(connection)).values())

    def office_names(self) -> Mapping[str, str]:
        """Return what each office is called, by its code."""
        with self._database.read() as connection:
            return open_rows.office_names(connection)

    def _stand(
        self, connection: Connection, listed: Sequence[Listed], codes: Sight
    ) -> list[OpenHold]:
        now = self._database.now(self._clock)
        facilities = open_rows.facilities(connection, codes) if listed else {}
        self._rule_book.get(connection, [each.hold.rules_id for each in listed])
        found = []
        for hold, next_due_at in listed:
            rules = self._rule_book.known(hold.rules_id)
            view = up_to_now(
                HoldView(hold, next_due_at, facilities[hold.facility_code], rules, now)
            )
            lacks = tuple(board.lacks(view.hold, rules.policy))
            found.append(OpenHold(view, board.place(view.hold, now), lacks))
        return sorted(found, key=lambda each: board.order(each.view.hold, each.place))
