"""Sets the demo up, lets the clock run, and takes everything down again."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Protocol

from config import settings as config_settings
from config.settings import Settings
from notifiers.base import Notifier
from notifiers.smtp import SmtpNotifier
from scheduler import wiring
from scheduler.clock import SystemClock
from scheduler.demo import certificate, mail_server, places
from scheduler.demo.inbox import Inbox
from scheduler.demo.mail_server import MailServer
from scheduler.demo.promises import Promises
from scheduler.demo.receivers import WebhookReceiver
from scheduler.demo.show import News, Show
from scheduler.demo.stage_clock import StageClock
from scheduler.demo.story import BEGINS_AT, LASTS, Story
from scheduler.views import Views
from scheduler.wiring import House
from scheduler.worker.service import Service

LOOK_EVERY_S = 0.2
"""Real seconds between two looks at what is new."""
HOLDS_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the demo runs.

    Attributes:
        speed: Simulated seconds in a real one.
        port: Of the pages' addresses in the alerts.
        lasts_s: Real seconds until it ends by itself; None goes on until stopped.
        keep: Leave the database behind.
    """

    speed: float
    port: int
    lasts_s: float | None
    keep: bool = False


def story_seconds(speed: float) -> float:
    """Return how many real seconds the opening takes, in which every ending is shown."""
    return LASTS.total_seconds() / speed


class Served(Protocol):
    """Pages that are served while the demo runs."""

    def start(self, on_end: Callable[[], None]) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


Serve = Callable[[House, Settings, Inbox], Served]
"""Makes the pages of the demo's house; begun once everybody is in place."""


class Stage:
    """The demo's house with its receivers, its worker, its pages and its story.

    Args:
        options: How it runs.
        folder: Where its database is.
        serve: Makes the pages; without it there are none.
    """

    def __init__(self, options: Options, folder: Path, serve: Serve | None = None) -> None:
        self._serve = serve
        self.folder = folder
        self.promises = Promises()
        self.clock = StageClock(BEGINS_AT, options.speed)
        self.stop = threading.Event()
        self._options = options
        self._inbox = Inbox(self.clock)
        self._last_event = ""

    def play(self, show: Show) -> None:
        """Run the story until its end, or until `stop` is set."""
        with ExitStack() as stack:
            webhooks = WebhookReceiver(self._inbox)
            settings = _settings(self.folder, self._options.port, webhooks.port)
            wiring.prepare_database(settings)
            house = stack.enter_context(
                contextlib.closing(wiring.open_house(settings, clock=self.clock))
            )
            places.set_up(house.administration, webhooks)
            webhooks.start()
            stack.callback(webhooks.stop)
            ways = {**wiring.notifiers(settings), "email": self._mail(stack)}
            for way in ways.values():
                stack.callback(way.close)
            worker = wiring.build_worker(house, settings, ways=ways)
            if self._serve is not None:
                pages = self._serve(house, settings, self._inbox)
                pages.start(on_end=self.stop.set)
                stack.callback(pages.stop)
            story = Story(house.registry, self.clock, webhooks)
            self._run(house, worker, story, show)

    def _run(self, house: House, worker: Service, story: Story, show: Show) -> None:
        look = self._looker(house, show)
        self.clock.run()
        worker.start()
        try:
            self._tell(story, look)
        finally:
            worker.stop()
        # What was under way when the time was up has arrived by now.
        look([])

    def _tell(self, story: Story, look: Callable[[list[str]], None]) -> None:
        lasts = self._options.lasts_s
        ends_at = None if lasts is None else BEGINS_AT + self._simulated(lasts)
        while not self.stop.is_set():
            now = self.clock.now()
            if ends_at is not None and now >= ends_at:
                return
            look(story.play(now))
            self.stop.wait(self._pause(story.next_at(), ends_at))

    def _pause(self, next_at: datetime, ends_at: datetime | None) -> float:
        """Return the real seconds until the next deed, look or end."""
        until = next_at if ends_at is None else min(next_at, ends_at)
        left = (until - self.clock.now()).total_seconds()
        return min(LOOK_EVERY_S, max(0.0, self.clock.real_seconds(left)))

    def _simulated(self, real_s: float) -> timedelta:
        return timedelta(seconds=real_s * self._options.speed)

    def _looker(self, house: House, show: Show) -> Callable[[list[str]], None]:
        views = Views(house.database, self.clock, rule_book=house.rule_book, book=house.law.book)

        def look(refused: list[str]) -> None:
            arrivals = self._inbox.take()
            events = list(house.event_log.events(after=self._last_event))
            for arrival in arrivals:
                self.promises.see_arrival(arrival)
            for event in events:
                self.promises.see_event(event)
                self._last_event = event["id"]
            holds = views.holds(limit=HOLDS_SHOWN) if show.wants_holds else []
            show.tell(News(self.clock.now(), events, arrivals, refused, holds))

        return look

    def _mail(self, stack: ExitStack) -> Notifier:
        server_tls, client_tls = certificate.server_and_client(self.folder, now=SystemClock().now())
        server = MailServer(self._inbox, tls=server_tls)
        server.start()
        stack.callback(server.stop)
        return SmtpNotifier(
            certificate.ADDRESS,
            server.port,
            username=mail_server.USERNAME,
            password=server.password,
            sender="Holdclock demo <holdclock@demo.example>",
            tls_context=client_tls,
        )


def _settings(folder: Path, port: int, webhook_port: int) -> Settings:
    """Return settings of the demo's own: nothing set for a real database may reach it."""
    return config_settings.load_settings(
        {
            "HOLDCLOCK_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
            "HOLDCLOCK_BASE_URL": f"http://127.0.0.1:{port}",
            "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": str(webhook_port),
        },
        demo=True,
    )


@contextmanager
def throw_away_folder(*, keep: bool) -> Iterator[Path]:
    """Lend a private folder, and remove it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="holdclock-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and a service manager end the demo in good order; a second Ctrl-C at once."""

    def ask(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
