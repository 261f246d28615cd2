"""Serves the application: uvicorn in a thread, so that the worker can stop beside it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from scheduler.errors import ConfigError

STARTS_WITHIN_S = 10.0
REQUEST_GRACE_S = 3
"""For requests under way when it is told to stop."""
THREAD_GRACE_S = 1.0


class PageServer:
    """One listening address; `start` returns once it answers.

    Args:
        app: What it serves.
        host: A name or address of this machine.
        port: 0 takes any that is free.
        chosen_by: What an operator changes to have it listen elsewhere.
        on_stop: Called when it is told to stop: ends what would not end by itself.

    Raises:
        ConfigError: It cannot listen there.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        port: int,
        chosen_by: str = "--host and --port",
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        self._socket = _listening(host, port, chosen_by)
        self._server = _Server(
            uvicorn.Config(
                app,
                # What is logged, and how, is set up before; paths hold tokens.
                log_config=None,
                access_log=False,
                log_level="warning",
                lifespan="off",
                ws="none",
                # Whom a request comes from is not asked, so no header may say.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=REQUEST_GRACE_S,
            )
        )
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self._on_end: Callable[[], None] = lambda: None
        self._on_stop = on_stop

    @property
    def url(self) -> str:
        """Where it listens; over TCP in clear, since TLS is the proxy's."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def is_serving(self) -> bool:
        """Say whether it still answers."""
        return self._thread.is_alive()

    def start(self, on_end: Callable[[], None] | None = None) -> None:
        """Serve until told to stop.

        Args:
            on_end: Called when it no longer serves, whatever the reason.
        """
        if on_end is not None:
            self._on_end = on_end
        self._thread.start()
        self._server.answers.wait(STARTS_WITHIN_S)

    def ask_to_stop(self) -> None:
        """Take no more requests; those under way get their grace."""
        self._server.should_exit = True
        if self._on_stop is not None:
            self._on_stop()

    def stop(self) -> None:
        """Take no more requests, and wait for the end."""
        self.ask_to_stop()
        self._thread.join(REQUEST_GRACE_S + THREAD_GRACE_S)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.answers.set()
            self._on_end()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.answers.set()


def _listening(host: str, port: int, chosen_by: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        listening = socket.create_server(address[:2], family=family)
    except OSError as exc:
        problem = f"{host}:{port}: cannot listen there ({exc.strerror or exc})"
        raise ConfigError([f"{problem}; choose another with {chosen_by}"]) from exc
    # Whoever connects inherits it. asyncio sets it only where a socket names its
    # protocol, which this one does not; without it the second part of every answer
    # on a connection that is kept waits 40 ms for the receipt of the first.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
