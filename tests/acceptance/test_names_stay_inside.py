"""A run with a name and an A-number entered; then all that came out of it is searched for them.

What came out: every webhook with its headers, every mail, every line of the processes'
output and log, the event log, the deliveries with what receivers answered, the pages,
what the commands printed, and the database's own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from scheduler.clock import SystemClock
from tests.support import processes
from tests.support.command_line import CommandLine, on_file
from tests.support.mail_server import MailServer
from tests.support.receiver import SERVER_ERROR, Received, Receiver

WORDS = ("Zebulon", "Quarterman", "987654321")
"""Nothing of them is a word of the product's."""
SUBJECT = json.dumps({"subject_name": "Zebulon Quarterman", "a_number": "A987654321"})
EARLIER = ["--served-at", "--warrant-served-at", "--would-release-at"]
ALARMS = {"hold.expired", "hold.over_detention", "hold.release_without_notification"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer(needs_login=False) as started:
        yield started


@pytest.fixture
def shell(tmp_path: Path, mail_server: MailServer) -> CommandLine:
    """A shell whose worker logs all it can, and sends mail and webhooks on this machine."""
    shell = on_file(tmp_path)
    shell.settings |= {
        "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": "1024-65535",
        "HOLDCLOCK_SMTP_HOST": "127.0.0.1",
        "HOLDCLOCK_SMTP_PORT": str(mail_server.port),
        "HOLDCLOCK_SMTP_SECURITY": "none",
        "HOLDCLOCK_SMTP_FROM": "alerts@jail.example.gov",
        "HOLDCLOCK_LOG_LEVEL": "debug",
        "HOLDCLOCK_LOG_FORMAT": "json",
    }
    return shell


class Run:
    """Enters holds with people's data, and keeps what every command printed."""

    def __init__(self, shell: CommandLine) -> None:
        self._shell = shell
        self.printed: list[str] = []

    def do(self, *arguments: str, stdin: str = "", fails: bool = False) -> None:
        """Run a command that succeeds, or is refused."""
        answer = self._shell.run(*arguments, stdin=stdin)
        assert answer.code == int(fails), (arguments, answer)
        self.printed += [answer.stdout, answer.stderr]

    def register(self, ref: str, *, hours_ago: float, fails: bool = False, **given: str) -> None:
        """Register a hold of the person, in custody beyond release for so many hours."""
        earlier = [part for name in EARLIER for part in (name, self._shell.at(hours=hours_ago))]
        told = [part for name, text in given.items() for part in (f"--{name}", text)]
        self.do(
            "hold", "register", "--facility", "OAK", "--ref", ref, "--subject-stdin",
            "--lodged-at", self._shell.at(hours=hours_ago + 1), *earlier, *told,
            stdin=SUBJECT, fails=fails,
        )  # fmt: skip

    def live_through_all_that_is_told(self) -> None:
        """Let holds run, expire, be corrected, refused, called about, answered and closed."""
        self.register("RUNNING", hours_ago=45)
        self.register("RUNNING", hours_ago=45, fails=True, type="I-247D")
        self.register("EXPIRED", hours_ago=52)
        self.register("LEFT ALONE", hours_ago=45)
        self.do("hold", "claim-citizenship", "RUNNING")
        self.do("hold", "call", "RUNNING", "--to", "agency", "--note", "no answer")
        self.do("hold", "acknowledge", "RUNNING", "--note", "on my way")
        self.do("hold", "correct", "RUNNING", "--field", "would_release_at",
                "--to", self._shell.at(hours=44), "--reason", "misread")  # fmt: skip
        self.do("hold", "transfer", "RUNNING")

    def read_all_that_is_shown(self) -> None:
        """Ask for everything that can be read without asking for the person."""
        for asked in (
            ("hold", "list"), ("hold", "show", "EXPIRED"), ("hold", "explain", "EXPIRED"),
            ("events", "list"), ("events", "export"), ("events", "export", "--format", "csv"),
            ("delivery", "list"), ("roster",), ("report", "--fiscal-year", "2026"),
        ):  # fmt: skip
            self.do(*asked)
        for delivery in self._shell.ask("delivery", "list"):
            self.do("delivery", "show", delivery["id"])


def add_channels(shell: CommandLine, url: str) -> None:
    for side in (["--office", "EAST"], ["--facility", "OAK"], ["--administrators"]):
        contact = shell.ask("contact", "add", *side, "--name", "Duty")["id"]
        shell.do("channel", "add", "--contact", contact, "--kind", "webhook", "--url", url)
        shell.do(
            "channel", "add", "--contact", contact, "--kind", "email",
            "--address", "duty@jail.example.gov",
        )  # fmt: skip


def settle(shell: CommandLine, *, within_s: float) -> None:
    """Wait until the worker has nothing left to send for now."""
    clock = SystemClock()
    ends = clock.monotonic() + within_s
    while any(
        each["state"] == "sending" or (each["state"] == "waiting" and not each["attempts"])
        for each in shell.ask("delivery", "list")
    ):
        assert clock.monotonic() < ends, shell.do("delivery", "list")


def pages(base: str, mails: list[EmailMessage]) -> list[str]:
    """Return what the pages behind the mails' links say."""
    links = {found for mail in mails for found in re.findall(r"/acknowledge/[\w.~-]+", plain(mail))}
    assert links
    with httpx.Client(base_url=base) as client:
        return [client.get(path).text for path in [*sorted(links), "/readyz", "/nowhere"]]


def plain(mail: EmailMessage) -> str:
    """Return a mail as its reader sees it: headers and parts, decoded."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    read = [part.decode() if isinstance(part, bytes) else str(part) for part in parts]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *read])


def as_sent(request: Received) -> str:
    """Return a webhook whole: its path, headers and body."""
    return f"{request.path}\n{dict(request.headers)}\n{request.body.decode()}"


def test_no_name_and_no_a_number_leaves_the_two_columns_that_hold_them(
    shell: CommandLine, receiver: Receiver, mail_server: MailServer, tmp_path: Path
) -> None:
    add_channels(shell, receiver.url)
    receiver.answer_next(*[SERVER_ERROR] * 3)
    run = Run(shell)

    with processes.holdclock(
        "serve", "--port", "0", folder=tmp_path, settings=shell.settings
    ) as served:
        base = served.wait_for_line(r"Holdclock serve ready at (http://[\w.:]+)", within_s=20)[1]
        run.live_through_all_that_is_told()
        settle(shell, within_s=20)
        mails = [mail.message for mail in mail_server.mails]
        shown = pages(base, mails)
        assert served.terminate(within_s=6) == 0
    run.read_all_that_is_shown()

    log = [line.text for line in served.lines]
    out = {
        "webhooks": [as_sent(request) for request in receiver.requests],
        "mails": [plain(mail) for mail in mails],
        "mails as sent": [mail.raw.decode() for mail in mail_server.mails],
        "log": log,
        "pages": shown,
        "printed": run.printed,
        "files": [file.read_bytes().decode("latin-1") for file in tmp_path.glob("holdclock.db*")],
    }
    assert [
        (where, word) for where, told in out.items() for word in WORDS if word in "".join(told)
    ] == []
    # The search had something to search: who was entered is there, and everybody was told.
    assert shell.ask("hold", "show", "EXPIRED", "--person")["a_number"] == "A987654321"
    told = {json.loads(request.body)["type"] for request in receiver.requests}
    also = {
        name for request in receiver.requests for name in json.loads(request.body)["data"]["also"]
    }
    assert told | also >= {*ALARMS, "hold.reminder", "hold.citizenship_claimed", "hold.closed"}
    assert any("worker_started" in line for line in log)
    assert any("alert_failed" in text for text in run.printed)
