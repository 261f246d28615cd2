"""What a row of an import says beyond, or against, the hold that is on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from scheduler.domain.hold import Hold
from scheduler.domain.instants import rfc3339
from scheduler.intake import Registration

FACTS = (
    "served_at",
    "warrant_served_at",
    "notice_given_at",
    "would_release_at",
    "expected_release_at",
)
"""In the order in which they are recorded."""

Value = str | datetime | None


class Difference(NamedTuple):
    """One field that the row and the record have differently.

    Attributes:
        field: Its name.
        old: On record; None where it is newly filled.
        new: In the row.
    """

    field: str
    old: Value
    new: Value

    @property
    def is_filled(self) -> bool:
        """Say whether the record has nothing there yet."""
        return self.old is None

    def told(self) -> str:
        """Return what is on record and what the row has, for people."""
        return f"on record is {_text(self.old)}, the file has {_text(self.new)}"


def differences(asked: Registration, hold: Hold) -> list[Difference]:
    """Return what differs, in the order in which it is recorded; what the row leaves open is none."""
    return [*_identity(asked, hold), *_facts(asked, hold), *_outcome(asked, hold)]


def _identity(asked: Registration, hold: Hold) -> Iterator[Difference]:
    for field in ("detainer_type", "lodged_at"):
        old, new = getattr(hold, field), getattr(asked, field)
        if old != new:
            yield Difference(field, old, new)


def _facts(asked: Registration, hold: Hold) -> Iterator[Difference]:
    for field in FACTS:
        old, new = getattr(hold, field), getattr(asked, field)
        if new is None or new == old:
            continue
        if old is None and field == "would_release_at" and _is_after_outcome(asked):
            continue  # the clock never started
        if field == "expected_release_at" and hold.would_release_at is not None:
            continue  # a forecast of what has come
        yield Difference(field, old, new)


def _is_after_outcome(asked: Registration) -> bool:
    release, ended = asked.would_release_at, asked.outcome_at
    return release is not None and ended is not None and release > ended


def _outcome(asked: Registration, hold: Hold) -> Iterator[Difference]:
    if asked.outcome is None:
        return
    if hold.outcome is not asked.outcome:
        yield Difference("outcome", hold.outcome, asked.outcome)
    elif asked.outcome_at is not None and hold.outcome_at != asked.outcome_at:
        yield Difference("outcome_at", hold.outcome_at, asked.outcome_at)


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    return "nothing" if value is None else f"'{value}'"
