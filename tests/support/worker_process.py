"""Worker processes that start in milliseconds, to be killed by the dozen.

The real command takes a second or two to import its libraries; these are forked
from a process that has done so already. What runs in them is the same.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from scheduler import wiring
from tests.support import doom, house

_GONE_S = 10.0


def _run(database_url: str, folder: Path, fate: doom.Doom | None) -> None:
    stop = threading.Event()

    def on_signal(_: int, __: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    settings = house.read_settings(database_url, folder)
    opened = wiring.open_house(settings)
    ways = wiring.notifiers(settings)
    if fate is not None:
        ways = doom.seal(fate, ways)
    service = wiring.build_worker(opened, settings, ways=ways)
    service.start()
    stop.wait()
    service.stop()


class Nursery:
    """Starts workers on one database."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._told = (database_url, folder)
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def start(self, fate: doom.Doom | None = None) -> ForkServerProcess:
        """Start a worker, and let it die at a point of its deliveries if one is told."""
        worker = self._context.Process(target=_run, args=(*self._told, fate), daemon=True)
        worker.start()
        return worker


def kill(worker: ForkServerProcess) -> None:
    """End it at once, as `kill -9` does, and wait until it is gone."""
    worker.kill()
    await_death(worker)


def await_death(worker: ForkServerProcess, within_s: float = _GONE_S) -> None:
    """Wait until a worker is gone that was killed, or kills itself."""
    worker.join(within_s)
    assert worker.exitcode == -signal.SIGKILL, f"ended with {worker.exitcode} before it was killed"
    worker.close()
