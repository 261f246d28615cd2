"""`holdclock serve`, `web` and `worker`: the processes that run until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import typer

from config.values import is_loopback
from scheduler.commands import desk

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.tally import Tally
    from scheduler.wiring import House
    from scheduler.worker.service import Service
    from web.server import PageServer

logger = logging.getLogger(__name__)

Host = Annotated[str, typer.Option(help="Where the pages listen: a name or address of this host.")]
Port = Annotated[
    int, typer.Option(min=0, max=65535, help="The port they listen at; 0 takes any that is free.")
]


class Stop:
    """The first request to stop; a second signal ends the process.

    A signal writes to a pipe: one that lands just as the main thread begins to wait
    for an event or a lock would be noticed only at the next one.
    """

    def __init__(self) -> None:
        self._told, self._tells = os.pipe()
        os.set_blocking(self._tells, False)
        signal.set_wakeup_fd(self._tells, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ask(self) -> None:
        """Ask for the stop, from any thread."""
        os.write(self._tells, b"\0")

    def wait(self) -> None:
        """Wait until somebody asks."""
        os.read(self._told, 1)

    def _on_signal(self, number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_DFL)


class Address(NamedTuple):
    """Where the pages are to listen."""

    host: str
    port: int


def serve(*, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the worker and the pages in one process."""
    _run(works=True, pages_at=Address(host, port))


def web(*, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the pages alone; a worker elsewhere does what is due and sends the alerts."""
    _run(works=False, pages_at=Address(host, port))


def worker() -> None:
    """Run a worker alone. Any number may share one database; each does every job."""
    _run(works=True)


def _run(*, works: bool, pages_at: Address | None = None) -> None:
    from config.log_setup import set_up_logging
    from scheduler import wiring
    from scheduler.tally import Tally

    settings = desk.full_settings()
    set_up_logging(settings.log_format, settings.log_level)
    house = wiring.open_house(settings)
    try:
        stop = Stop()
        _warn_of_mail(house, settings)
        tally = Tally() if works else None
        service = wiring.build_worker(house, settings, tally=tally) if works else None
        # It listens from here on: an address that is taken is told before anything starts.
        pages = None if pages_at is None else _pages(house, settings, service, pages_at)
        metrics = _metrics(house, settings, tally)
        is_sound = _run_until(stop, service, pages, metrics)
    finally:
        house.close()
    _leave(0 if is_sound else 1)


def _run_until(
    stop: Stop, service: Service | None, pages: PageServer | None, metrics: PageServer | None
) -> bool:
    """Run them until told to stop; return False if the pages ended by themselves."""
    if metrics is not None:
        metrics.start()
        logger.info("Metrics at %s/metrics", metrics.url, extra={"action": "metrics_ready"})
    if service is not None:
        service.start()
    if pages is not None:
        pages.start(on_end=stop.ask)
    logger.info(_ready(service, pages), extra={"action": "ready"})
    stop.wait()
    is_sound = pages is None or pages.is_serving
    if not is_sound:
        logger.critical("The pages ended by themselves", extra={"action": "pages_ended"})
    # All at once, or their times of grace would add up.
    servers = [server for server in (pages, metrics) if server is not None]
    for server in servers:
        server.ask_to_stop()
    if service is not None:
        service.stop()
    for server in servers:
        server.stop()
    return is_sound


def _ready(service: Service | None, pages: PageServer | None) -> str:
    if pages is None:
        return "Holdclock worker ready"
    return f"Holdclock {'web' if service is None else 'serve'} ready at {pages.url}"


def _pages(house: House, settings: Settings, service: Service | None, at: Address) -> PageServer:
    from scheduler.clock import SystemClock
    from scheduler.commands import serving
    from scheduler.health import Readiness
    from scheduler.silence import LOOKS_WITHIN
    from web.app import create_app
    from web.server import PageServer

    def is_alive() -> bool:
        return service is None or service.idle_s <= LOOKS_WITHIN.total_seconds()

    readiness = Readiness(house.database, house.clock, SystemClock())
    parts = serving.parts(house, settings, is_alive=is_alive, what_is_ill=readiness.what_is_ill)
    pages = PageServer(create_app(parts), host=at.host, port=at.port, on_stop=parts.news.close)
    _warn_of_links(settings.base_url, pages.url)
    return pages


def _metrics(house: House, settings: Settings, tally: Tally | None) -> PageServer | None:
    if settings.metrics_bind is None:
        return None
    from scheduler.metrics import Metrics
    from web.metrics import create_metrics_app
    from web.server import PageServer

    host, port = settings.metrics_bind
    app = create_metrics_app(Metrics(house.database, house.clock, tally).expose)
    return PageServer(app, host=host, port=port, chosen_by="HOLDCLOCK_METRICS_BIND")


def _warn_of_links(base_url: str, pages_url: str) -> None:
    """Say so where links of this same machine lead to another port than the pages are at."""
    base, pages = urlsplit(base_url), urlsplit(pages_url)
    if is_loopback(base.hostname or "") and (base.port or 80) != pages.port:
        logger.warning(
            "Links in messages lead to %s, but the pages are at %s: set HOLDCLOCK_BASE_URL",
            base_url,
            pages_url,
            extra={"action": "links_astray"},
        )


def _warn_of_mail(house: House, settings: Settings) -> None:
    channels = house.directory.all_of("channel")
    is_used = any(each["kind"] == "email" and not each["disabled_at"] for each in channels)
    if is_used and not settings.smtp_host:
        logger.warning(
            "There are e-mail channels, but HOLDCLOCK_SMTP_HOST is not set: no e-mail can be sent",
            extra={"action": "mail_missing"},
        )


def _leave(code: int) -> None:
    """End now, though a send that outlasted its grace may still hold a thread.

    The interpreter would wait for that thread, and its receiver may take longer
    than a service manager allows. The delivery was handed back already.
    """
    logging.shutdown()
    # Daemon or not: the interpreter waits for every thread that a pool ever made.
    if threading.active_count() > 1:
        os._exit(code)
    if code:
        raise typer.Exit(code)
