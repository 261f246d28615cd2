"""Notices that another process wrote: it may have made something due sooner."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing

import psycopg

from scheduler.store.engine import WAKE_CHANNEL, Database

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
"""SQLite tells nobody: its counter of changes is read this often."""
LISTEN_S = 0.4
"""For so long the thread that listens may not see that it is told to stop."""
RECONNECT_S = 1.0


def watch(database: Database, wake: Callable[[], None], stop: threading.Event) -> None:
    """Call `wake` whenever another connection has committed, until told to stop."""
    follow = _follow_file if database.is_sqlite else _follow_server
    while not stop.is_set():
        try:
            follow(database, wake, stop)
        except Exception:
            # The sweep looks every few seconds meanwhile: nothing is lost.
            logger.exception("Waking across processes is down", extra={"action": "watch_failed"})
            stop.wait(RECONNECT_S)


def _follow_file(database: Database, wake: Callable[[], None], stop: threading.Event) -> None:
    with database.engine.connect() as connection:
        known = connection.exec_driver_sql("PRAGMA data_version").scalar()
        while not stop.wait(LOOK_EVERY_S):
            seen = connection.exec_driver_sql("PRAGMA data_version").scalar()
            if seen != known:
                known = seen
                wake()


def _follow_server(database: Database, wake: Callable[[], None], stop: threading.Event) -> None:
    url = database.engine.url.set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True, connect_timeout=5)) as connection:
        connection.execute(f"LISTEN {WAKE_CHANNEL}")
        wake()
        while not stop.is_set():
            for _ in connection.notifies(timeout=LISTEN_S, stop_after=1):
                wake()
