"""The metrics at an address of their own, beside a worker process and beside the pages."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from tests.support import processes
from tests.support.command_line import CommandLine


@pytest.mark.parametrize("command", ["worker", "web"])
def test_process_serves_metrics_where_it_is_told_and_ends_in_time(
    shell: CommandLine, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    shell.settings["HOLDCLOCK_METRICS_BIND"] = address
    shell.register(would_release_at=shell.at(hours=1), lodged_at=shell.at(hours=2))
    more = ("--port", "0") if command == "web" else ()

    running = processes.holdclock(
        command, *more, folder=Path(shell.settings["HOME"]), settings=shell.settings
    )
    with running:
        running.wait_for_line(rf"Metrics at http://{address}/metrics", within_s=20)
        told = httpx.get(f"http://{address}/metrics").text
        code = running.terminate(within_s=6)

    assert "\nholdclock_holds_open 1.0\n" in told
    assert ("holdclock_lateness_seconds_count" in told) == (command == "worker")
    assert "process_cpu_seconds_total" in told
    assert code == 0, running.stderr


def test_address_of_the_metrics_that_is_taken_is_refused(shell: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        shell.settings["HOLDCLOCK_METRICS_BIND"] = f"127.0.0.1:{taken.getsockname()[1]}"

        said = shell.refused("worker")

    assert "choose another with HOLDCLOCK_METRICS_BIND" in said
