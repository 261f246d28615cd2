"""What 200 open boards cost while nothing happens, and what each event costs them.

The product's web process serves them, on a database of its own; the boards are plain
sockets here. Its processor time is the system's count of it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import time
from pathlib import Path

from benchmarks.support import processes, registrations, report, stage
from benchmarks.support.stage import Place
from scheduler.accounts.api_keys import ApiKeys
from scheduler.clock import SystemClock
from scheduler.wiring import House

OF_A_CORE = 0.05
TOLD_WITHIN_S = 10.0
BETWEEN_S = 0.1
MESSAGE = b"event: hold\n"
BOARDS_OF_ONE_KEY = 40
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--holds", type=int, default=50)
    options = parser.parse_args()
    report.conditions(
        f"{options.boards} open streams, {options.seconds:g} s without an event; then "
        f"{options.holds} registrations, ten a second, which all of them see"
    )
    with stage.places() as places:
        met = [_measure(place, options.boards, options.seconds, options.holds) for place in places]
    report.finish(met)


def _measure(place: Place, boards: int, seconds: float, holds: int) -> bool:
    url = place.new()
    house = stage.open_house(url, SystemClock())
    stage.furnish(house)
    with processes.running("benchmarks.support.served", url) as (address, pid):
        alone = _spent(pid, seconds / 2)
        readers = _open(address, house, boards)
        idle = _spent(pid, seconds)
        before = _cpu_s(pid)
        _register(house, holds)
        told = stage.count(house.database, "event", "hold_id IS NOT NULL")
        heard = sum(_heard(reader, told) for reader in readers)
        each_s = (_cpu_s(pid) - before) / holds
        for reader in readers:
            reader.close()
    house.close()
    assert heard == told * boards, f"{heard} messages heard, {told} events to {boards} boards"
    print(place.name)
    report.line("the web process without a stream", f"{alone:.2%}", "of a core")
    report.line(f"for each registration, told to {boards}", f"{each_s * 1e3:.1f} ms")
    return report.ratio(f"{boards} streams, of a core", idle, OF_A_CORE, at_most=True)


def _open(address: str, house: House, boards: int) -> list[socket.socket]:
    """Open streams, of as many keys as that takes, and read what each begins with."""
    host, port = address.removeprefix("http://").split(":")
    keys = ApiKeys(house.database, house.clock)
    readers: list[socket.socket] = []
    key = ""
    for number in range(boards):
        if number % BOARDS_OF_ONE_KEY == 0:
            key = keys.add(
                stage.OPERATOR, name="Board", role="facility", facilities=[stage.FACILITY]
            ).key
        reader = socket.create_connection((host, int(port)), timeout=TOLD_WITHIN_S)
        asked = f"GET /stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
        reader.sendall(asked.encode())
        begun = b""
        while b"retry:" not in begun:
            begun += reader.recv(65536)
        assert begun.startswith(b"HTTP/1.1 200"), begun
        readers.append(reader)
    return readers


def _register(house: House, holds: int) -> None:
    for number in range(holds):
        asked = registrations.asked(number, house.clock.now())
        house.registry.register_hold(asked, stage.OPERATOR)
        # Each is to be told by itself: what comes together is told together, and costs less.
        time.sleep(BETWEEN_S)


def _heard(reader: socket.socket, told: int) -> int:
    """Read until so many messages have come; return how many there are by then."""
    found = b""
    while found.count(MESSAGE) < told:
        piece = reader.recv(1 << 20)
        assert piece, f"the stream ended after {found.count(MESSAGE)} of {told} messages"
        found += piece
    reader.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        found += reader.recv(1 << 20)
    return found.count(MESSAGE)


def _spent(pid: int, seconds: float) -> float:
    """Return which part of a core a process takes for some time."""
    before, began = _cpu_s(pid), time.perf_counter()
    # The span that is measured: nothing is to happen in it.
    time.sleep(seconds)
    return (_cpu_s(pid) - before) / (time.perf_counter() - began)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


if __name__ == "__main__":
    main()
