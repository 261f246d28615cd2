"""Starts real commands and waits for what they say, without sleeping.

A thread reads each of the two outputs line by line and another waits for the
end; whoever waits is woken by a condition. A time limit is a failure with
everything the command wrote.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

# Throw-away keys, in the open: they protect nothing but test data.
SECRET_KEY = "vZ3mX8qLr0TgYwB1uNcE5oPaHd7kJfS9iR2eWtUbQ4M"
DATA_KEY = "k1Hs9GvPz4XwTfR7yLmB0cQnD6eJaUo3iW8bK5tYxE2"

_LAST_RESORT_S = 30.0


class Line(NamedTuple):
    """One line of output, without its end."""

    stream: str
    text: str


class RunningCommand:
    """A child process in a group of its own; leaving the context kills what is left of it.

    Args:
        arguments: Program and arguments.
        environ: The child's whole environment.
        folder: Where it runs.
        user: Numeric user and group to run as; only root may give one.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        environ: Mapping[str, str],
        folder: Path,
        user: int | None = None,
    ) -> None:
        self.lines: list[Line] = []
        self._changed = threading.Condition()
        self._open_streams = 2
        self._name = " ".join(str(part) for part in arguments)
        self._process = subprocess.Popen(
            arguments,
            env=dict(environ),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self.pid = self._process.pid
        self._threads = [
            threading.Thread(target=self._read, args=("stdout", self._process.stdout), daemon=True),
            threading.Thread(target=self._read, args=("stderr", self._process.stderr), daemon=True),
            threading.Thread(target=self._reap, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def returncode(self) -> int | None:
        """The exit code, minus the signal's number if one ended it; None while it runs."""
        return self._process.returncode

    @property
    def stdout(self) -> str:
        """What it wrote to standard output so far."""
        return self._text("stdout")

    @property
    def stderr(self) -> str:
        """What it wrote to standard error so far."""
        return self._text("stderr")

    def wait_for_line(self, pattern: str, *, within_s: float, count: int = 1) -> re.Match[str]:
        """Return the match in the `count`-th line, on either output, that has `pattern`.

        Raises:
            AssertionError: The time is over, or the command ended without it.
        """
        wanted = re.compile(pattern)

        def found() -> list[re.Match[str]]:
            return [hit for line in self.lines if (hit := wanted.search(line.text))]

        with self._changed:
            self._changed.wait_for(lambda: len(found()) >= count or self._is_over(), within_s)
            hits = found()
        if len(hits) < count:
            raise AssertionError(self._complaint(f"did not write {pattern!r} in {within_s} s"))
        return hits[count - 1]

    def wait(self, *, within_s: float) -> int:
        """Return the exit code, once the command has ended and all its output is read.

        Raises:
            AssertionError: It still runs after that time.
        """
        with self._changed:
            ended = self._changed.wait_for(self._is_over, within_s)
        if not ended or self.returncode is None:
            raise AssertionError(self._complaint(f"still runs after {within_s} s"))
        return self.returncode

    def terminate(self, *, within_s: float) -> int:
        """Ask it to end, as a service manager would, and return the exit code.

        Raises:
            AssertionError: It still runs after that time.
        """
        self.send(signal.SIGTERM)
        return self.wait(within_s=within_s)

    def kill(self) -> None:
        """End it at once, with all it started; nothing it had in hand is finished (kill -9)."""
        # Once all of it has ended, the number may belong to somebody else's group.
        if not self._is_over():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.wait(within_s=_LAST_RESORT_S)
        for thread in self._threads:
            thread.join()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the command alone."""
        self._process.send_signal(number)

    def _read(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = Line(name, raw.decode(errors="replace").rstrip("\r\n"))
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._open_streams -= 1
            self._changed.notify_all()

    def _reap(self) -> None:
        self._process.wait()
        with self._changed:
            self._changed.notify_all()

    def _is_over(self) -> bool:
        return self.returncode is not None and self._open_streams == 0

    def _text(self, stream: str) -> str:
        with self._changed:
            return "".join(f"{line.text}\n" for line in self.lines if line.stream == stream)

    def _complaint(self, what: str) -> str:
        state = "running" if self.returncode is None else f"ended with {self.returncode}"
        written = "\n".join(f"  {line.stream}: {line.text}" for line in self.lines)
        return f"{self._name}: {what} ({state}); it wrote:\n{written}"


def holdclock(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None
) -> RunningCommand:
    """Start the installed `holdclock` command.

    Args:
        arguments: Subcommand and options.
        folder: Where it runs, and its home.
        settings: By full name (``HOLDCLOCK_...``); throw-away keys are added.
    """
    command = Path(sys.executable).with_name("holdclock")
    environ = clean_environ(folder, settings=settings or {})
    return RunningCommand([command, *arguments], environ=environ, folder=folder)


def clean_environ(folder: Path, *, settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that owes nothing to the developer's own.

    The language, zone and state folder are fixed; only PATH is passed on.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        # Far from UTC and never the facility's: a zone taken from the machine shows.
        "TZ": "Asia/Kathmandu",
        "PYTHONUNBUFFERED": "1",
        "HOLDCLOCK_SECRET_KEY": SECRET_KEY,
        "HOLDCLOCK_DATA_KEY": DATA_KEY,
        **settings,
    }


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """Lend a loopback port that nobody else is given until the block ends.

    Bound but not listening, so that a command which allows reuse can take it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
