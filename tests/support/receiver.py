"""A loopback webhook receiver that keeps what it is sent and can misbehave on request."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

DRIP_S = 0.02
"""Between two bytes of a dripping answer."""
CHUNK = b"x" * 65_536
HUGE_BYTES = 500 * 1024 * 1024


class Fault(StrEnum):
    """A way to misbehave."""

    SLOW = "slow"  # no answer before the receiver is closed
    DRIP_HEADERS = "drip headers"  # a header line that never ends, byte by byte
    DRIP_BODY = "drip body"  # a status at once, then a body byte by byte
    HUGE = "huge"  # a status, then 500 MB
    RESET = "reset"  # the connection is reset instead of an answer


class Received(NamedTuple):
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to answer to one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None


OK = Answer(body=b"taken")
SERVER_ERROR = Answer(status=500, body=b"it broke")
GONE = Answer(status=410)


def redirect(to: str) -> Answer:
    return Answer(status=302, headers={"location": to})


def retry_after(value: str, *, status: int = 503) -> Answer:
    return Answer(status=status, headers={"retry-after": value})


class Receiver:
    """Listens on a loopback port from `with` to its end.

    Args:
        tls: A server's context for https; plain http without.
        address: Where to listen.
        name: The host in `url`, where it is not the address itself.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        address: str = "127.0.0.1",
        name: str | None = None,
    ) -> None:
        self.closing = threading.Event()
        self.bytes_sent = 0
        self.connections = 0
        self._standing = OK
        self._next: deque[Answer] = deque()
        self._requests: list[Received] = []
        self._arrived = threading.Condition()
        self._server = _server(self, address, tls)
        self.port: int = self._server.server_address[1]
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://{name or address}:{self.port}/hook"
        self._thread = threading.Thread(target=self._serve, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def requests(self) -> list[Received]:
        """What has arrived so far, in order."""
        with self._arrived:
            return list(self._requests)

    def answer_next(self, *answers: Answer) -> None:
        """Answer the next requests so, one each; those after them as always."""
        self._next.extend(answers)

    def answer_always(self, answer: Answer) -> None:
        """Answer every request so that nothing else was asked for."""
        self._standing = answer

    def wait_for(self, count: int, *, timeout_s: float = 10.0) -> list[Received]:
        """Wait until that many requests have arrived, and return them.

        Raises:
            AssertionError: They did not in time.
        """
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self._requests) >= count, timeout_s)
            assert came, f"{len(self._requests)} requests instead of {count} in {timeout_s} s"
            return list(self._requests)

    def take(self, received: Received) -> Answer:
        """Keep a request and say how to answer it."""
        with self._arrived:
            self._requests.append(received)
            self._arrived.notify_all()
            return self._next.popleft() if self._next else self._standing

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.01)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests as real receivers do."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver
    connection: socket.socket

    def setup(self) -> None:
        self.receiver.connections += 1
        super().setup()

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.receiver.take(Received(self.path, headers, self.rfile.read(length)))
        if answer.fault is None:
            self._answer(answer)
            return
        # Whatever goes wrong here was asked for, and the other side may be gone.
        self.close_connection = True
        try:
            _FAULTS[answer.fault](self, answer)
        except OSError:
            return

    do_GET = do_POST  # noqa: N815 -- the name that the standard library calls

    def _answer(self, answer: Answer) -> None:
        self._head(answer, len(answer.body))
        self.wfile.write(answer.body)

    def _head(self, answer: Answer, length: int) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()

    def _wait(self, _: Answer) -> None:
        self.receiver.closing.wait()

    def _drip_headers(self, answer: Answer) -> None:
        self.wfile.write(f"HTTP/1.1 {answer.status} OK\r\nx-drip: ".encode())
        self._drip()

    def _drip_body(self, answer: Answer) -> None:
        self._head(answer, HUGE_BYTES)
        self._drip()

    def _drip(self) -> None:
        while not self.receiver.closing.wait(DRIP_S):
            self.wfile.write(b"x")

    def _pour(self, answer: Answer) -> None:
        self._head(answer, HUGE_BYTES)
        for _ in range(HUGE_BYTES // len(CHUNK)):
            self.wfile.write(CHUNK)
            self.receiver.bytes_sent += len(CHUNK)

    def _reset(self, _: Answer) -> None:
        # No lingering: the kernel sends a reset instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Keep quiet: the tests look at what was received."""


_FAULTS = {
    Fault.SLOW: _Handler._wait,
    Fault.DRIP_HEADERS: _Handler._drip_headers,
    Fault.DRIP_BODY: _Handler._drip_body,
    Fault.HUGE: _Handler._pour,
    Fault.RESET: _Handler._reset,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Idle connections are the clients' to keep: closing must not wait for them.
    block_on_close = False
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a client that stalls in the greeting
        # must not keep others from being accepted.
        if self.tls is not None:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up, as they do when they have had enough."""


def _server(receiver: Receiver, address: str, tls: ssl.SSLContext | None) -> _Server:
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = _Server((address, 0), handler)
    server.tls = tls
    return server


TLS_RECORD = b"\x16\x03\x03\x3f\xff"
"""Announces 16 kB of a TLS greeting."""


class BlackHole:
    """A port that takes connections and never says a word; or drips bytes into them.

    Args:
        drip: Sent again and again, every `DRIP_S`.
        first: Sent once before.
    """

    def __init__(self, drip: bytes = b"", *, first: bytes = b"") -> None:
        self._first = first
        self._drip = drip
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="black hole", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        # Wakes the thread that waits for a connection; closing alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line:
                self._hold(line)

    def _hold(self, line: socket.socket) -> None:
        try:
            line.sendall(self._first)
            while not self._closing.wait(DRIP_S) and _is_open(line):
                line.sendall(self._drip)
        except OSError:
            return


def _is_open(line: socket.socket) -> bool:
    try:
        return line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
