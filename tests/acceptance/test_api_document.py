"""docs/api.md as its reader would follow it: each command is run, each answer compared."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.support import curl_stand_in, processes
from tests.support.command_line import CommandLine, on_file
from tests.support.receiver import GONE, Receiver
from tests.support.shell_session import ShellSession

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "api.md"
BLOCK: Final = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VOLATILE: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[2-9A-HJKMNP-Z]{7}"
)


class Step(NamedTuple):
    """Commands, and what they answer as far as the document shows it."""

    commands: str
    answer: Any


def steps() -> list[Step]:
    found: list[Step] = []
    for language, text in BLOCK.findall(DOCUMENT.read_text()):
        if language == "sh":
            found.append(Step(text, None))
        else:
            found[-1] = found[-1]._replace(answer=json.loads(text))
    return found


def shown_of(answer: Any, shown: Any) -> Any:
    """Return of an answer what the document shows of its like, instants and ids as marks."""
    if isinstance(shown, dict):
        assert isinstance(answer, dict), answer
        assert shown.keys() <= answer.keys(), answer
        return {name: shown_of(answer[name], shown[name]) for name in shown}
    if isinstance(shown, list):
        assert isinstance(answer, list), answer
        assert len(answer) == len(shown), answer
        return [shown_of(each, like) for each, like in zip(answer, shown, strict=True)]
    if isinstance(answer, str) and VOLATILE.fullmatch(answer):
        return "~"
    return answer


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    shell = on_file(tmp_path)
    shell.settings["HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    shell.settings["HOLDCLOCK_WEBHOOK_ALLOWED_PORTS"] = "1024-65535"
    return shell


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


def stand_in(folder: Path) -> str:
    """Put a curl in a folder of its own; return the folder."""
    file = folder / "bin" / "curl"
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -S {curl_stand_in.__file__} "$@"\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file.parent)


def path_with(curl: str, folder: Path, path: str) -> str:
    if curl == "stand-in":
        return f"{stand_in(folder)}:{path}"
    if shutil.which("curl") is None:
        pytest.skip("NOT TESTED: the calls of docs/api.md by curl itself (a stand-in made them)")
    return path


def key(shell: CommandLine, *told: str) -> str:
    made: str = shell.ask("api-key", "add", "--name", "Test", *told)["key"]
    return made


@pytest.mark.parametrize("curl", ["stand-in", "curl"])
def test_day_of_the_document_goes_as_it_says(
    shell: CommandLine, receiver: Receiver, tmp_path: Path, curl: str
) -> None:
    environ = {
        "PATH": path_with(curl, tmp_path, shell.settings["PATH"]),
        "JAIL": key(shell, "--role", "facility", "--facility", "OAK"),
        "AGENT": key(shell, "--role", "agent", "--office", "EAST"),
        "ADMIN": key(shell, "--role", "administrator"),
        "HOOK": receiver.url,
    }
    receiver.answer_always(GONE)

    with processes.holdclock("web", "--port", "0", folder=tmp_path, settings=shell.settings) as web:
        ready = web.wait_for_line(r"Holdclock web ready at (http://\S+)", within_s=20)
        environ["API"] = f"{ready[1]}/api/v1"
        with ShellSession(tmp_path, environ) as reader:
            for step in steps():
                if "state=dead" in step.commands:
                    let_the_worker_try(shell, tmp_path, receiver)
                answer = reader.run(step.commands)
                if step.answer is None:
                    assert answer == "", step.commands
                else:
                    told = shown_of(json.loads(answer), step.answer)
                    assert told == shown_of(step.answer, step.answer), step.commands


def let_the_worker_try(shell: CommandLine, folder: Path, receiver: Receiver) -> None:
    """Let a worker send what waits; told to end, it first records what came of it."""
    waiting = len(shell.ask("delivery", "list", "--state", "waiting"))
    with processes.holdclock("worker", folder=folder, settings=shell.settings) as worker:
        receiver.wait_for(waiting, timeout_s=30)
        assert worker.terminate(within_s=10) == 0


def test_document_shows_a_whole_day() -> None:
    told = " ".join(step.commands for step in steps())

    for part in (
        "/holds", "/$fact", "/correction", "/acknowledgement", "/notice", "/explanation",
        "/transfer", "/events", "/events/export", "/reports/fiscal-years/", "/resend", "/test",
    ):  # fmt: skip
        assert part in told
