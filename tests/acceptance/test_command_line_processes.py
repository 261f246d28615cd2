"""What only the real process shows: start-up, signals, pipes, the worker, messages that arrive."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from config.settings import load_settings
from scheduler import wiring
from scheduler.cli import app
from scheduler.domain.actors import Actor, Role
from tests.support import processes
from tests.support.command_line import CommandLine, on_file
from tests.support.receiver import GONE, Answer, Fault, Receiver

ROOT = Path(__file__).parents[2]
OPERATOR = Actor("cli:tester", Role.OPERATOR)
HOLDCLOCK = Path(sys.executable).with_name("holdclock")
LOCAL = {
    "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": "1024-65535",
}


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A shell on a database with one office and one facility, whose webhooks may stay here."""
    shell = on_file(tmp_path)
    shell.settings |= LOCAL
    return shell


def add_channel(shell: CommandLine, url: str) -> str:
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]
    channel: str = shell.ask(
        "channel", "add", "--contact", contact, "--kind", "webhook", "--url", url
    )["id"]
    return channel


def started(shell: CommandLine, *arguments: str) -> processes.RunningCommand:
    folder = Path(shell.settings["HOME"])
    return processes.RunningCommand([HOLDCLOCK, *arguments], environ=shell.settings, folder=folder)


def test_help_and_pure_commands_load_no_database_and_no_network() -> None:
    script = (
        "import sys, scheduler.cli\n"
        "import scheduler.deadline_query, config.policies, config.holidays\n"
        "print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    heavy = ["sqlalchemy", "sqlmodel", "alembic", "httpx", "uvicorn", "fastapi", "psycopg",
             "structlog", "cryptography"]  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", script, *heavy], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def commands(command: object, name: str = "") -> list[tuple[str, str]]:
    """Return every command's full name with its help."""
    children = getattr(command, "commands", {})
    if not children:
        return [(name, getattr(command, "help", None) or "")]
    return [
        found
        for each, child in children.items()
        for found in commands(child, f"{name} {each}".strip())
    ]


def test_every_command_has_help() -> None:
    found = commands(get_command(app))

    assert len(found) > 50
    assert [name for name, text in found if not text] == []


# Described together, as what goes with several nouns alike.
ALIKE = re.compile(r"(facility|office|contact|channel) (list|show|edit|disable|enable)")


def test_page_of_commands_names_every_command_and_no_other() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    names = {name for name, _ in commands(get_command(app)) if not ALIKE.fullmatch(name)}

    told = set()
    for row in re.findall(r"^\| (`.*`) \|", page, flags=re.MULTILINE):
        for example in re.findall(r"`([a-z][^`]*)`", row):
            words = example.split()
            told |= {" ".join(words[:count]) for count in (1, 2)} & names or {example}

    assert told == names


def test_worker_delivers_what_another_process_registers_and_stops_when_told(
    shell: CommandLine,
) -> None:
    with Receiver() as receiver:
        add_channel(shell, receiver.url)

        with started(shell, "worker") as running:
            running.wait_for_line("Holdclock worker ready", within_s=20)
            shell.register()
            received = receiver.wait_for(1)
            live = shell.run("doctor", "--live")
            health = shell.run("doctor")
            code = running.terminate(within_s=6)

    assert json.loads(received[0].body)["type"] == "hold.registered"
    assert (code, live.code, health.code) == (0, 0, 0), (running.stderr, health)
    assert "Traceback" not in running.stderr
    stopped = shell.run("doctor", "--live")
    assert stopped.code == 1
    assert "mend: restart the worker" in stopped.stdout
    (delivery,) = shell.ask("delivery", "list", "--hold", "R-1")
    assert delivery["state"] == "delivered"
    assert delivery["due_at"] <= delivery["first_attempt_at"] <= delivery["delivered_at"]
    assert 0 <= delivery["delay_s"] < 10
    assert (delivery["attempt_at"], delivery["acknowledged_at"]) == (None, None)
    assert shell.ask("delivery", "show", delivery["id"])["tries"][0]["status"] == 200


def test_serving_stops_at_an_interrupt_while_a_receiver_says_nothing(shell: CommandLine) -> None:
    with Receiver() as receiver:
        receiver.answer_always(Answer(fault=Fault.SLOW))
        add_channel(shell, receiver.url)

        with started(shell, "worker") as running:
            running.wait_for_line("Holdclock worker ready", within_s=20)
            shell.register()
            receiver.wait_for(1)
            running.send(signal.SIGINT)
            code = running.wait(within_s=6)

    (delivery,) = shell.ask("delivery", "list")
    assert (code, delivery["state"]) == (0, "waiting")
    assert delivery["possible_duplicate"] is True


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_worker_refuses_a_missing_database_and_missing_keys(tmp_path: Path, command: str) -> None:
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    shell = CommandLine(tmp_path, {"HOLDCLOCK_DATABASE_URL": missing})

    keyless = shell.run(command, settings={"HOLDCLOCK_DATA_KEY": None})

    assert "`holdclock migrate` creates one" in shell.refused(command)
    assert (keyless.code, keyless.stdout) == (1, "")
    assert "HOLDCLOCK_DATA_KEY: is missing" in keyless.stderr


def test_export_ends_quietly_when_its_reader_leaves(shell: CommandLine) -> None:
    # More than a pipe holds, or the command would be done before the reader is gone.
    house = wiring.open_house(load_settings(shell.settings), durable=False)
    for number in range(400):
        house.administration.add_office(OPERATOR, f"OFFICE-{number}", name="An office")
    house.close()

    with subprocess.Popen(
        [HOLDCLOCK, "events", "export"],
        env=shell.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        first = json.loads(export.stdout.readline())
        export.stdout.close()
        said = export.stderr.read()
        code = export.wait(timeout=20)

    assert first["kind"] == "setting_changed"
    assert (code, said) == (0, b"")


def test_channel_test_sends_a_real_message_and_prints_the_receipt(shell: CommandLine) -> None:
    with Receiver() as receiver:
        channel = add_channel(shell, receiver.url)

        sent = shell.ask("channel", "test", channel)
        words = shell.do("channel", "test", channel)

    first, second = receiver.requests
    assert json.loads(first.body)["type"] == "channel.test"
    assert first.headers["webhook-signature"].startswith("v1,")
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert (sent["delivered"], sent["status"], sent["answer"]) == (True, 200, "taken")
    assert "with status 200." in words


def test_channel_test_tells_of_a_receiver_that_refuses(shell: CommandLine) -> None:
    with Receiver() as receiver:
        receiver.answer_always(GONE)
        channel = add_channel(shell, receiver.url)

        said = shell.refused("channel", "test", channel)

    assert "410" in said


def test_batch_answers_each_line_before_the_next_is_asked(tmp_path: Path) -> None:
    question = {"policy": "i-247a", "from": "2025-08-29T22:00:00Z", "timezone": "America/New_York"}

    with subprocess.Popen(
        [HOLDCLOCK, "deadline", "--batch"],
        env=processes.clean_environ(tmp_path, settings={}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as batch:
        assert batch.stdin is not None
        assert batch.stdout is not None
        batch.stdin.write(json.dumps(question).encode() + b"\n")
        batch.stdin.flush()
        answer = json.loads(batch.stdout.readline())
        batch.stdin.close()

        code = batch.wait(timeout=20)

    assert (answer["deadline_at"], code) == ("2025-08-31T22:00:00Z", 0)
