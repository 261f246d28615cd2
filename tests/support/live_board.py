"""A board that is open: reads the live stream of a served application, message by message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

PATIENCE_S = 10.0
"""For anything to come; longer is a failure."""


class Message(NamedTuple):
    """One server-sent event."""

    event: str
    id: str | None
    data: Any


class LiveBoard:
    """Reads one stream.

    Args:
        response: Of it, still open.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def message(self) -> Message:
        """Return the next message; comments and what is meant for browsers are passed over.

        Raises:
            StopIteration: The stream has ended.
        """
        fields: dict[str, str] = {}
        while True:
            line = next(self._lines)
            if line:
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
            elif "data" in fields:
                return Message(fields["event"], fields.get("id"), json.loads(fields["data"]))

    def hold_message(self) -> Message:
        """Return the next message about a hold."""
        while True:
            message = self.message()
            if message.event == "hold":
                return message

    def rest(self) -> list[str]:
        """Return all lines until the stream ends."""
        return list(self._lines)


@contextmanager
def live_board(url: str, key: str, **headers: str) -> Iterator[LiveBoard]:
    """Open the stream of whoever has a key; it is being followed once this returns."""
    told = {"Authorization": f"Bearer {key}", **headers}
    limits = httpx.Timeout(PATIENCE_S)
    with (
        httpx.Client(base_url=url, timeout=limits, trust_env=False) as client,
        client.stream("GET", "/stream", headers=told) as response,
    ):
        yield LiveBoard(response)
