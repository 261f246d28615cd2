"""Boards at a running `serve`: what a command records reaches them, and they do not hold it up."""

from __future__ import annotations

from pathlib import Path

from tests.support import processes
from tests.support.command_line import CommandLine
from tests.support.live_board import live_board


def test_a_board_hears_of_a_command_and_lets_the_process_end_at_once(shell: CommandLine) -> None:
    key = shell.ask("api-key", "add", "--name", "Board", "--role", "facility", "--facility", "OAK")
    serve = processes.holdclock(
        "serve", "--port", "0", folder=Path(shell.settings["HOME"]), settings=shell.settings
    )
    with serve as running:
        ready = running.wait_for_line(r"Holdclock serve ready at (http://\S+)", within_s=20)
        with live_board(ready[1], key["key"]) as board, live_board(ready[1], key["key"]):
            hold = shell.register()
            message = board.hold_message()
            # A stream that went on would take the requests' whole grace, three seconds.
            code = running.terminate(within_s=3)
            board.rest()

    assert message.data["kind"] == "hold_registered"
    assert message.data["hold_id"] == hold["id"]
    assert code == 0, running.stderr
    assert "Traceback" not in running.stderr
    assert "Cancel" not in running.stderr
