"""`serve` and `web` as processes: ready, answering, silent about links, gone in time."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from config.settings import load_settings
from scheduler.links import AcknowledgeLinks
from tests.support import processes
from tests.support.command_line import CommandLine


def started(shell: CommandLine, *arguments: str) -> processes.RunningCommand:
    return processes.holdclock(
        *arguments, folder=Path(shell.settings["HOME"]), settings=shell.settings
    )


@pytest.mark.parametrize("command", ["serve", "web"])
def test_process_serves_the_page_and_ends_in_time_when_told(
    shell: CommandLine, command: str
) -> None:
    with started(shell, command, "--port", "0") as running:
        ready = running.wait_for_line(rf"Holdclock {command} ready at (http://\S+)", within_s=20)
        with httpx.Client(base_url=ready[1]) as client:
            alive, able = client.get("/livez"), client.get("/readyz")
            unknown = client.get("/acknowledge/some-token")
            code = running.terminate(within_s=6)

    assert (alive.status_code, able.status_code) == (200, 200), able.text
    assert unknown.status_code == 404
    assert "strict-transport-security" not in unknown.headers
    assert "server" not in unknown.headers
    assert code == 0, running.stderr
    assert running.stderr.count(" ready") == 1
    assert "some-token" not in running.stderr + running.stdout
    assert "Traceback" not in running.stderr


def test_served_page_takes_an_answer_to_an_alert_that_another_process_raised(
    shell: CommandLine,
) -> None:
    shell.settings["HOLDCLOCK_LOG_LEVEL"] = "debug"
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]
    shell.do("channel", "add", "--contact", contact, "--kind", "webhook",
             "--url", "https://hooks.example.gov/holds")  # fmt: skip
    shell.register(would_release_at=shell.at(hours=40), lodged_at=shell.at(hours=41))
    (alert,) = shell.ask("delivery", "list", "--hold", "R-1")
    settings = load_settings(shell.settings)
    token = AcknowledgeLinks(settings.secret_key, "").url(alert["id"]).rpartition("/")[2]

    with started(shell, "web", "--port", "0") as running:
        ready = running.wait_for_line(r"Holdclock web ready at (http://\S+)", within_s=20)
        with httpx.Client(base_url=ready[1], follow_redirects=True) as client:
            done = client.post(f"/acknowledge/{token}", data={"choice": "1h"})
        running.terminate(within_s=6)

    assert done.status_code == 200
    assert "Acknowledged" in done.text
    (event,) = [
        each for each in shell.ask("events", "list") if each["kind"] == "alert_acknowledged"
    ]
    assert event["actor"] == f"contact:{contact}"
    assert shell.ask("delivery", "show", alert["id"])["acknowledged_at"] is not None
    assert token not in running.stderr + running.stdout


def test_address_that_is_taken_is_refused_before_anything_starts(shell: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        said = shell.refused("serve", "--port", port)

    assert f"127.0.0.1:{port}: cannot listen there" in said
    assert "choose another with --host and --port" in said
