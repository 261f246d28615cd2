from __future__ import annotations

import socket

from web.server import _listening


def test_answers_on_a_connection_that_is_kept_are_not_held_back() -> None:
    """Held back, each waits 40 ms for a receipt: 22 answers a second to one client."""
    with (
        _listening("127.0.0.1", 0, "--port") as listening,
        socket.create_connection(listening.getsockname()),
    ):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
