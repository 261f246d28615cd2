"""`holdclock demo` as somebody sees it who has never seen the product."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scheduler.demo.promises import PROMISED
from tests.support import processes

SPEED = 36_000
"""The ninety hours of the story take nine seconds; a retry's pause, real as it is, fits in."""
FIRST_LINE_S = 3.0
ENOUGH_S = 60.0


@pytest.fixture(scope="module")
def whole_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.RunningCommand]:
    """The demo as it prints lines, run to its end."""
    folder = tmp_path_factory.mktemp("demo")
    settings = {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{folder / 'own.db'}", "TMPDIR": str(folder)}
    with processes.holdclock(
        "demo", "--speed", str(SPEED), folder=folder, settings=settings
    ) as demo:
        demo.wait_for_line("Holdclock demo", within_s=FIRST_LINE_S)
        demo.wait(within_s=ENOUGH_S)
        yield demo


def lines_with(demo: processes.RunningCommand, *parts: str) -> list[str]:
    return [line for line in demo.stdout.splitlines() if all(part in line for part in parts)]


def test_demo_that_shows_everything_exits_0_and_says_nothing_on_standard_error(
    whole_story: processes.RunningCommand,
) -> None:
    assert (whole_story.returncode, whole_story.stderr) == (0, "")


@pytest.mark.parametrize("title", PROMISED)
def test_demo_keeps_each_promise(whole_story: processes.RunningCommand, title: str) -> None:
    assert lines_with(whole_story, f"  yes     {title}")


@pytest.mark.parametrize(
    "told",
    [
        "detainer lodged",
        "CLOCK STARTED",
        "reminder due 24 h before",
        "reminder due 12 h before",
        "TRANSFERRED to the agency",
        "RELEASED (bond)",
        "CANCELLED by the agency",
        "EXPIRED",
        "RELEASE WITHOUT NOTIFICATION",
        "OVER-DETENTION ALARM",
        "NO AUTHORITY ON RECORD: served, warrant missing",
        "CEILING PASSED",
        "LAPSED",
    ],
)
def test_demo_tells_of_each_ending_as_the_event_log_has_it(
    whole_story: processes.RunningCommand, told: str
) -> None:
    assert lines_with(whole_story, "  event  ", told)


def test_every_webhook_is_verified_by_its_receiver(whole_story: processes.RunningCommand) -> None:
    webhooks = lines_with(whole_story, "  webhook  ")

    assert len(webhooks) > 50
    assert all("  VERIFIED" in line for line in webhooks)


def test_every_mail_comes_over_an_encrypted_line(whole_story: processes.RunningCommand) -> None:
    mails = lines_with(whole_story, "  e-mail  ")

    assert len(mails) > 30
    assert all("  TLS + AUTH" in line for line in mails)


def test_refused_alert_comes_again_under_the_eyes_of_the_same_receiver(
    whole_story: processes.RunningCommand,
) -> None:
    refused = lines_with(whole_story, "answered 503")

    assert len(refused) == 1
    alert = refused[0].split("webhook")[1].split("  VERIFIED")[0]
    assert len(lines_with(whole_story, alert)) == 2


def test_demo_leaves_nothing_behind_and_touches_no_database_of_its_user(
    whole_story: processes.RunningCommand,
) -> None:
    evidence = lines_with(whole_story, "The evidence was in ")[0]
    folder = Path(evidence.removeprefix("The evidence was in ").split(";")[0]).parent

    assert not folder.exists()
    assert list(folder.parent.iterdir()) == []


def test_demo_ended_too_soon_takes_its_database_along_and_exits_1_with_what_is_missing(
    tmp_path: Path,
) -> None:
    settings = {"TMPDIR": str(tmp_path)}
    with processes.holdclock("demo", folder=tmp_path, settings=settings) as demo:
        demo.wait_for_line("VERIFIED", within_s=ENOUGH_S)

        status = demo.terminate(within_s=6.0)

    assert status == 1
    assert lines_with(demo, "  not yet a hold expired")
    assert "did not show all" in demo.stderr
    assert list(tmp_path.iterdir()) == []


def test_speed_out_of_range_is_wrong_usage(tmp_path: Path) -> None:
    with processes.holdclock("demo", "--speed", "0.5", folder=tmp_path) as demo:
        assert demo.wait(within_s=ENOUGH_S) == 2


@contextmanager
def on_a_terminal(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the demo on a terminal of its own; yields it and what it writes."""
    try:
        ours, its = pty.openpty()
    except OSError:
        pytest.skip("NOT TESTED: this machine has no pseudo-terminals (/dev/pts)")
    environ = processes.clean_environ(folder, settings={"TMPDIR": str(folder)})
    command = Path(sys.executable).with_name("holdclock")
    with subprocess.Popen(
        [command, "demo"],
        env={**environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "34"},
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    ) as demo:
        os.close(its)
        try:
            yield demo, ours
        finally:
            if demo.poll() is None:
                demo.kill()
            os.close(ours)


def read_until(wanted: str | None, terminal: int) -> str:
    """Read what the demo draws, until it has drawn `wanted`; all of it if that is None."""
    drawn = b""
    while wanted is None or wanted.encode() not in drawn:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        drawn += part
    return drawn.decode(errors="replace")


def test_demo_on_a_terminal_goes_on_until_interrupted_and_then_sums_up(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path) as (demo, terminal):
        drawn = read_until("VERIFIED", terminal)
        demo.send_signal(signal.SIGINT)
        rest = read_until(None, terminal)
        status = demo.wait(timeout=6.0)

    assert "Next limit" in drawn
    assert "3,600 times as fast" in drawn
    assert "The evidence was in " in rest
    assert status == 0
    assert list(tmp_path.iterdir()) == []


# In the browser.


def test_board_counts_in_the_browser_for_each_role(tmp_path: Path) -> None:
    settings = {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}
    with processes.holdclock("demo", "--port", "0", folder=tmp_path, settings=settings) as demo:
        origin = demo.wait_for_line(r"In the browser: (\S+)/demo,", within_s=ENOUGH_S)[1]
        with httpx.Client(base_url=origin, follow_redirects=True) as client:
            demo.wait_for_line("  webhook  ", within_s=ENOUGH_S)
            assert "Administrator" in client.get("/demo").text
            for role in ("facility", "agent", "administrator", "auditor"):
                board = client.post(f"/demo/{role}")
                assert board.status_code == 200
                assert 'id="board"' in board.text
            assert "VERIFIED" in client.get("/demo/webhooks").text
            assert client.get("/demo/mailbox").status_code == 200
        demo.terminate(within_s=ENOUGH_S)
