"""`holdclock serve` and `holdclock worker`: the processes that run until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.commands import desk

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.wiring import House

logger = logging.getLogger(__name__)

Host = Annotated[str, typer.Option(help="Where the pages will listen, once there are any.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port the pages will listen at.")]


def serve(*, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the worker; the pages, which will be served from here too, are still to come."""
    _run(pages_at=f"{host}:{port}")


def worker() -> None:
    """Run a worker alone. Any number may share one database; each does every job."""
    _run()


def _run(*, pages_at: str | None = None) -> None:
    from config.log_setup import set_up_logging
    from scheduler import wiring

    settings = desk.full_settings()
    set_up_logging(settings.log_format, settings.log_level)
    house = wiring.open_house(settings)
    try:
        stop = _stopped_by_signals()
        _warn_of_mail(house, settings)
        service = wiring.build_worker(house, settings)
        service.start()
        if pages_at is not None:
            logger.info("No pages are served at %s yet", pages_at, extra={"action": "no_pages"})
        logger.info("Holdclock worker ready", extra={"action": "worker_ready"})
        stop.wait()
        service.stop()
    finally:
        house.close()
    _leave()


def _stopped_by_signals() -> threading.Event:
    """Return an event that the first request to stop sets; a second one ends the process."""
    stop = threading.Event()

    def on_signal(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def _warn_of_mail(house: House, settings: Settings) -> None:
    channels = house.administration.all_of("channel")
    is_used = any(each["kind"] == "email" and not each["disabled_at"] for each in channels)
    if is_used and not settings.smtp_host:
        logger.warning(
            "There are e-mail channels, but HOLDCLOCK_SMTP_HOST is not set: no e-mail can be sent",
            extra={"action": "mail_missing"},
        )


def _leave() -> None:
    """End now, though a send that outlasted its grace may still hold a thread.

    The interpreter would wait for that thread, and its receiver may take longer
    than a service manager allows. The delivery was handed back already.
    """
    logging.shutdown()
    # Daemon or not: the interpreter waits for every thread that a pool ever made.
    if threading.active_count() > 1:
        os._exit(0)
