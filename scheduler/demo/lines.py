"""The demo as lines, for pipes and logs: one for each event and each alert, as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from scheduler.demo import narration
from scheduler.demo.inbox import Arrival
from scheduler.demo.show import ZONE, News
from scheduler.domain.instants import local_text

WIDTH = 12
TIME_WIDTH = len("Thu 28 Aug 08:00 EDT")


class LineShow:
    """Prints lines in the order of simulated time.

    Args:
        line: Prints one.
    """

    wants_holds = False

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line

    def tell(self, news: News) -> None:
        """Print what is new."""
        timed = [*self._events(news), *map(_alert, news.arrivals)]
        for at, what, text in sorted(timed, key=lambda each: each[0]):
            self._print(at, what, text)
        for refusal in news.refused:
            self._print(news.now, "refused", refusal)

    def _events(self, news: News) -> Iterator[tuple[datetime, str, str]]:
        for event in filter(narration.is_told, news.events):
            told = f"{narration.subject(event)}  {narration.says(event)}"
            yield narration.recorded_at(event, news.now), "event", told

    def _print(self, at: datetime, what: str, text: str) -> None:
        time = local_text(at, ZONE, midnight=False)
        self._line(f"{time:<{TIME_WIDTH}}  {what:<{WIDTH}}{text}")


def _alert(arrival: Arrival) -> tuple[datetime, str, str]:
    return arrival.at, arrival.way, f"{arrival.to}: {arrival.says}  {arrival.finding.verdict}"
