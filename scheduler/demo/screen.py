"""The demo on a terminal: holds, alerts and events, drawn anew several times a second."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from rich import box
from rich.console import Console
from rich.layout import Layout
from rich.live import Live
from rich.table import Table
from rich.text import Text

from scheduler.demo import board, narration
from scheduler.demo.board import Row, Sign
from scheduler.demo.inbox import Arrival
from scheduler.demo.show import ZONE, News
from scheduler.domain.instants import local_text, zone_of

KEPT = 60
"""Alerts and events kept for the screen; the record keeps them all."""
CLOSED_ROWS = 4
WIDE = 120
"""Columns from which there is room for the policy beside the rest."""
HEAD_LINES = 3
FRAME_LINES = 3

STYLES = {
    Sign.PAST: "bold white on dark_red",
    Sign.LAST_HOURS: "bold dark_orange",
    Sign.LAST_DAY: "yellow",
    Sign.CEILING: "medium_purple",
    Sign.RUNNING: "",
    Sign.NOT_STARTED: "dim",
    Sign.LAPSED: "",
    Sign.CLOSED: "green",
}


class ScreenShow:
    """Draws the whole screen at each look.

    Args:
        console: Where.
        speed: Of the clock, to be shown.
        where: The address of its pages; none where they are not served.
    """

    wants_holds = True

    def __init__(self, console: Console, speed: float, where: str = "") -> None:
        self._console = console
        self._speed = speed
        self._where = f"In the browser: {where}  " if where else ""
        self._arrivals: deque[Arrival] = deque(maxlen=KEPT)
        self._told: deque[str] = deque(maxlen=KEPT)
        self._news: News | None = None
        self._live: Live | None = None

    def show_on(self, live: Live) -> None:
        """Draw here from now on."""
        self._live = live

    def tell(self, news: News) -> None:
        """Take in what is new, and draw."""
        self._news = news
        self._arrivals.extend(news.arrivals)
        for event in filter(narration.is_told, news.events):
            at = narration.recorded_at(event, news.now)
            told = f"{_clock(at)} {narration.subject(event)} {narration.says(event)}"
            self._told.append(told)
        self._told.extend(f"{_clock(news.now)} refused: {refusal}" for refusal in news.refused)
        if self._live is not None:
            self._live.update(self.picture(), refresh=True)

    def picture(self) -> Layout:
        """Return the screen as it stands."""
        height = self._console.size.height
        below = max(6, height // 3)
        holds = max(4, height - HEAD_LINES - below)
        layout = Layout()
        layout.split_column(
            Layout(self._head(), size=HEAD_LINES),
            Layout(self._board(holds - FRAME_LINES), size=holds),
            Layout(name="below", size=below),
        )
        layout["below"].split_row(
            Layout(self._alerts(below - FRAME_LINES), ratio=3),
            Layout(self._events(below - FRAME_LINES), ratio=2),
        )
        return layout

    def _head(self) -> Text:
        now = local_text(self._news.now, ZONE, year=True, midnight=False) if self._news else ""
        return Text.assemble(
            ("Holdclock demo", "bold"),
            f"  {now}, {self._speed:,.0f} times as fast as real time. Ctrl-C stops.\n",
            self._where + "Every hold is made up. Limits are in each jail's own time.",
        )

    def _board(self, room: int) -> Table:
        table = _table()
        for heading in ("Next limit", "Time left", "State", "Hold", "Jail"):
            table.add_column(heading, no_wrap=True)
        is_wide = self._console.size.width >= WIDE
        if is_wide:
            table.add_column("Policy", no_wrap=True)
        table.add_column("On record", no_wrap=True, overflow="ellipsis", ratio=1)
        for row in _chosen(board.rows(list(self._news.holds)) if self._news else [], room):
            style = STYLES[row.sign]
            state = Text(f"{row.sign} {row.state}", style)
            left = Text(row.left, "bold" if row.sign is Sign.LAST_HOURS else "")
            policy = (row.policy,) if is_wide else ()
            table.add_row(row.limit, left, state, row.ref, row.jail, *policy, row.notes)
        return table

    def _alerts(self, room: int) -> Table:
        table = _table()
        table.add_column(
            "Alerts that the receivers took", no_wrap=True, overflow="ellipsis", ratio=1
        )
        table.add_column("", no_wrap=True)
        for arrival in reversed(list(self._arrivals)[-room:]):
            verdict = Text(arrival.finding.verdict, "" if arrival.finding.is_good else "bold")
            table.add_row(f"{_clock(arrival.at)} {arrival.to}: {arrival.says}", verdict)
        return table

    def _events(self, room: int) -> Table:
        table = _table()
        table.add_column("Event log", no_wrap=True, overflow="ellipsis", ratio=1)
        for told in reversed(list(self._told)[-room:]):
            table.add_row(told)
        return table


def _clock(at: datetime) -> str:
    """Return hours and minutes; the day and the zone stand in the first line."""
    return f"{at.astimezone(zone_of(ZONE)):%H:%M}"


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, header_style="bold")


def _chosen(rows: list[Row], room: int) -> list[Row]:
    """Keep the rows there is room for: open ones first, and a few that closed last."""
    closed = [row for row in rows if row.sign is Sign.CLOSED][:CLOSED_ROWS]
    still_open = [row for row in rows if row.sign is not Sign.CLOSED]
    shown = still_open[: max(1, room - len(closed))]
    return [*shown, *closed][:room]
