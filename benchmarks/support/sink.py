"""A receiver in a process of its own that takes every post and says so, as cheaply as it can.

It stands in for the network and whatever is behind it, on both sides of a comparison.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection

_TAKEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\ntaken"
_LENGTH = b"content-length:"


class _Conversation(asyncio.Protocol):
    """One kept connection: requests with a body, one after another."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, mark, rest = self._received.partition(b"\r\n\r\n")
        if not mark:
            return
        at = head.lower().find(_LENGTH) + len(_LENGTH)
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self._received = rest[length:]
        assert self._transport is not None
        self._transport.write(_TAKEN)


async def _listen(ports: int, told: Connection) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Conversation, "127.0.0.1", 0) for _ in range(ports)]
    told.send([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.Event().wait()


def _run(ports: int, told: Connection) -> None:
    asyncio.run(_listen(ports, told))


@contextlib.contextmanager
def sink(ports: int) -> Iterator[list[str]]:
    """Lend the URLs of so many receivers."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_run, args=(ports, its), daemon=True)
    process.start()
    try:
        yield [f"http://127.0.0.1:{port}/hook" for port in mine.recv()]
    finally:
        process.terminate()
        process.join()
