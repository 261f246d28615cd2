"""What there is to show, and who shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from scheduler.demo.inbox import Arrival
from scheduler.views import HoldView

ZONE = "America/New_York"
"""Of the demo's own clock line; a jail's times are in the jail's zone."""


class News(NamedTuple):
    """What happened since the last look.

    Attributes:
        now: Simulated.
        events: New on the log, as the contract shapes them.
        arrivals: Seen by the receivers.
        refused: What the product refused of the story, in its own words.
        holds: As they stand; empty where nobody looks at them.
    """

    now: datetime
    events: Sequence[Mapping[str, Any]]
    arrivals: Sequence[Arrival]
    refused: Sequence[str]
    holds: Sequence[HoldView] = ()


class Show(Protocol):
    """Somebody who shows the news."""

    wants_holds: bool

    def tell(self, news: News) -> None:
        """Show what is new."""
        ...
