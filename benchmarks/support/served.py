"""The product's web process, on a database without waiting for the disk.

Run as a module with the database's address. It prints its own, and ends when its
standard input does.
"""

from __future__ import annotations

import sys

from benchmarks.support import stage
from scheduler.clock import SystemClock
from scheduler.commands import serving
from web.app import create_app
from web.server import PageServer


def main(url: str) -> None:
    clock = SystemClock()
    house = stage.open_house(url, clock)
    settings = stage.read_settings(url)
    parts = serving.parts(house, settings, is_alive=lambda: True, what_is_ill=list)
    server = PageServer(create_app(parts), host="127.0.0.1", port=0, on_stop=parts.news.close)
    server.start()
    print(server.url, flush=True)
    sys.stdin.read()
    server.stop()
    house.close()


if __name__ == "__main__":
    main(sys.argv[1])
