"""Runs `holdclock` commands in this process: the same code without the start-up time."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from typer.main import get_command

from scheduler import clock as clocks
from scheduler.cli import app
from scheduler.domain.instants import rfc3339
from tests.support import processes


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output, read as one JSON value."""
        return json.loads(self.stdout)


class CommandLine:
    """A shell with settings of its own.

    Args:
        folder: Its home.
        settings: By full name (``HOLDCLOCK_...``); throw-away keys are added.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.settings = processes.clean_environ(folder, settings=settings)
        self.now = clocks.SystemClock().now().replace(microsecond=0)

    def run(
        self,
        *arguments: str,
        stdin: str | bytes = "",
        settings: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Run a command; settings given here count for it alone, None takes one away."""
        environ = {**self.settings, **(settings or {})}
        told = {name: text for name, text in environ.items() if text is not None}
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        given, out, err = _text(raw), _text(), _text()
        with (
            mock.patch.dict(os.environ, told, clear=True),
            mock.patch("sys.stdin", given),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _exit_code(list(arguments))
        return Answer(code, _written(out), _written(err))

    def do(self, *arguments: str, stdin: str | bytes = "") -> str:
        """Run a command that must succeed; return what it printed for people."""
        answer = self.run(*arguments, stdin=stdin)
        assert answer.code == 0, (arguments, answer)
        return answer.stdout

    def ask(self, *arguments: str, stdin: str | bytes = "") -> Any:
        """Run a command that must succeed; return its JSON."""
        answer = self.run(*arguments, "--json", stdin=stdin)
        assert answer.code == 0, (arguments, answer)
        assert answer.stderr == ""
        return answer.json

    def refused(self, *arguments: str, stdin: str | bytes = "") -> str:
        """Run a command that must be refused; return what it said on standard error."""
        answer = self.run(*arguments, stdin=stdin)
        assert answer.code == 1, (arguments, answer)
        assert answer.stdout == ""
        assert "Traceback" not in answer.stderr
        return answer.stderr

    def at(self, **back: float) -> str:
        """Return an instant so long before the test began, as a machine writes it."""
        return rfc3339(self.now - timedelta(**back))

    def settle(self, **facility: str) -> None:
        """Make the database, an office and a facility."""
        self.do("migrate")
        self.do("office", "add", "--code", "EAST", "--name", "East office")
        given = {
            "code": "OAK",
            "name": "Oakmont jail",
            "state": "NC",
            "timezone": "America/New_York",
            "policy": "i-247a",
            "office": "EAST",
            **facility,
        }
        self.do("facility", "add", *(part for name in given for part in (f"--{name}", given[name])))

    def register(self, ref: str = "R-1", **options: str) -> Any:
        """Register a hold at the facility; return it as JSON."""
        told = [part for name, text in options.items() for part in (_option(name), text)]
        return self.ask("hold", "register", "--facility", "OAK", "--ref", ref, *told)


@cache
def _command() -> Any:
    # Made once: to make all of them takes longer than to run one.
    return get_command(app)


def _exit_code(arguments: list[str]) -> int:
    try:
        _command().main(args=arguments, prog_name="holdclock")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    raise AssertionError("a command ends with an exit code")


def _text(raw: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def on_file(folder: Path) -> CommandLine:
    """Return a shell on an SQLite file of its own with one facility.

    The file is made once and copied: nothing of it is left in a log beside it,
    since the last connection to close writes that back.
    """
    file = folder / "holdclock.db"
    file.write_bytes(_prepared())
    return CommandLine(folder, {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{file}"})


@cache
def _prepared() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "holdclock.db")
        CommandLine(Path(folder), {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{file}"}).settle()
        return file.read_bytes()


def instant(text: str) -> datetime:
    """Read an instant as the product prints it."""
    return datetime.fromisoformat(text)
