"""The limits a hold would have, with their sums: shown before anything counts."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from scheduler.domain import explanation
from scheduler.domain.explanation import Reading
from scheduler.domain.hold import anchors
from scheduler.domain.policy import Anchor
from scheduler.views import HoldView
from web import telling
from web.voice import Voice


class Outlook(NamedTuple):
    """What a hold comes to.

    Attributes:
        is_forecast: So it is if the release comes as expected.
        ceiling_at: UTC; None where it is the deadline.
        deadline_at: UTC.
        readings: How each limit was worked out, the hold's own policy first.
        ceiling: How the two compare, in words.
        warnings: What must be known before relying on them.
    """

    is_forecast: bool
    ceiling_at: datetime | None
    deadline_at: datetime
    readings: tuple[Reading, ...]
    ceiling: str
    warnings: tuple[str, ...]


def outlook(view: HoldView, said: Voice) -> Outlook | None:
    """Return the limits that a hold has, or would have; None where none can be worked out."""
    hold, rules = view.hold, view.rules
    known = dict(anchors(hold))
    is_forecast = hold.deadline_at is None and hold.expected_release_at is not None
    if is_forecast:
        known[Anchor.WOULD_RELEASE_AT] = hold.expected_release_at
    explained = explanation.explain(
        known, rules.policy, rules.checked, (), calendar=rules.calendar, said=telling.speech(said)
    )
    deadline_at, ceiling_at = explained.limits.deadline_at, explained.limits.ceiling_at
    if deadline_at is None:
        return None
    return Outlook(
        is_forecast=is_forecast,
        ceiling_at=None if ceiling_at == deadline_at else ceiling_at,
        deadline_at=deadline_at,
        readings=tuple(
            each for each in (explained.policy, *explained.checked) if each.deadline_at is not None
        ),
        ceiling=explained.ceiling_sentence,
        warnings=explained.warnings,
    )
