"""The first administrator, from the command line to the first page, against real processes."""

from __future__ import annotations

from pathlib import Path

import httpx
import pyotp

from scheduler.clock import SystemClock
from tests.support import processes
from tests.support.browser import Page
from tests.support.command_line import CommandLine, on_file

EMAIL, PASSWORD = "chief@example.gov", "violet tractors eat seven clouds"


def send(client: httpx.Client, page: httpx.Response, url: str, **typed: str) -> httpx.Response:
    return client.post(url, data=Page(page).form(**typed))


def test_first_administrator_signs_in_with_a_password_given_on_the_command_line(
    tmp_path: Path,
) -> None:
    shell: CommandLine = on_file(tmp_path)
    made = shell.ask("user", "add", "--email", EMAIL, "--role", "administrator",
                     "--password-stdin", stdin=PASSWORD)["id"]  # fmt: skip

    with processes.holdclock(
        "web", "--port", "0", folder=tmp_path, settings=shell.settings
    ) as running:
        ready = running.wait_for_line(r"Holdclock web ready at (http://\S+)", within_s=20)
        with httpx.Client(base_url=ready[1], follow_redirects=True) as client:
            asked = client.get("/")
            enrolment = send(client, asked, "/sign-in", email=EMAIL, password=PASSWORD)
            key = Page(enrolment).text.partition("Key: ")[2].partition(" 6-digit")[0]
            code = pyotp.TOTP(key.replace(" ", "")).at(SystemClock().now())
            done = send(client, enrolment, "/second-factor", code=code)
            cookie = client.cookies["holdclock"]
            home = client.get("/")
            left = client.post("/sign-out", data={"csrf": Page(home).form()["csrf"]})
            after = client.get("/")
        running.terminate(within_s=6)

    assert asked.url.path == left.url.path == after.url.path == "/sign-in"
    assert "recovery codes" in done.text
    assert (home.status_code, home.url.path) == (200, "/")
    kinds = [
        each["kind"] for each in shell.ask("events", "list") if each["actor"] == f"user:{made}"
    ]
    assert [each for each in kinds if each.startswith("user_")] == [
        "user_signed_in",
        "user_signed_out",
    ]
    written = running.stderr + running.stdout
    assert not any(secret in written for secret in (cookie, key, code, PASSWORD, EMAIL))
