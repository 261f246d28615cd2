"""Ten thousand questions to `deadline --batch`: in this process, and as a command.

Seeded: every policy with a clock, every zone of the states, any minute from 2020
to 2030. Both ways must answer every line, in order, and alike. `--lines N`
changes the number.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from benchmarks.support import report, stage
from scheduler.commands import deadline
from scheduler.deadline_query import batch_answers
from tests.support import processes

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MINUTES = 10 * 365 * 24 * 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    options = parser.parse_args()
    report.conditions(f"{options.lines:,} questions over every policy with a clock, answered whole")
    law = deadline.read_law()
    lines = _questions(law, options.lines)
    began = time.perf_counter()
    answers = list(
        batch_answers(lines, law.book, law.holidays.federal, calendar_for=law.calendar_for)
    )
    inside_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory(prefix="holdclock-bench-") as folder:
        one_s, _ = _command(lines[:1], Path(folder))
        whole_s, told = _command(lines, Path(folder))
    assert len(answers) == options.lines
    assert all("error" not in orjson.loads(answer) for answer in answers)
    assert told == answers, "the command answered otherwise"
    report.line("in this process", report.rate(options.lines, inside_s), f"{inside_s:.2f} s")
    report.line("as a command", report.rate(options.lines, whole_s), f"{whole_s:.2f} s")
    report.line("one line as a command", f"{one_s:.2f} s", "what starting it takes")


def _questions(law: deadline.Law, count: int) -> list[bytes]:
    chance = random.Random(stage.SEED)
    policies = sorted(policy.id for policy in law.book.enabled() if policy.has_clock)
    return [
        orjson.dumps(
            {
                "policy": chance.choice(policies),
                "from": FIRST + timedelta(minutes=chance.randrange(MINUTES)),
                "timezone": chance.choice(ZONES),
            }
        )
        for _ in range(count)
    ]


def _command(lines: list[bytes], folder: Path) -> tuple[float, list[str]]:
    began = time.perf_counter()
    done = subprocess.run(
        [Path(sys.executable).with_name("holdclock"), "deadline", "--batch"],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        check=True,
        cwd=folder,
        env=processes.clean_environ(folder, settings={}),
    )
    return time.perf_counter() - began, done.stdout.decode().splitlines()


if __name__ == "__main__":
    main()
