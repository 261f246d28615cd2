"""Servers to measure, each in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

ENDS_WITHIN_S = 30.0


@contextlib.contextmanager
def running(module: str, *arguments: str) -> Iterator[tuple[str, int]]:
    """Run a module that prints its address and ends with its input; lend address and pid."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip(), process.pid
        process.stdin.close()
        process.wait(ENDS_WITHIN_S)
