"""A POSIX shell that is given one block of commands after the other, as a reader types them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_END = "\x1e"


class ShellSession:
    """One shell from `with` to its end; what a block sets, the next one has.

    Args:
        folder: Where it runs.
        environ: Its whole environment.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._errors = folder / "shell.errors"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                ["/bin/sh", "-eu"],
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def run(self, block: str) -> str:
        """Run a block of commands; return what it wrote.

        Raises:
            AssertionError: A command of it failed.
        """
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        into.write(f"{block}\nprintf '\\036\\n'\n")
        into.flush()
        written = ""
        while _END not in written:
            line = out.readline()
            assert line, f"{block}\n{written}\n{self._errors.read_text()}"
            written += line
        return written.partition(_END)[0]
