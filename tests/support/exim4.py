"""Debian's exim4 on a loopback port: a real mail server that knows nothing of this project.

It runs from a configuration, spool and mailbox of its own in a temporary folder,
as the user "nobody" where the tests run as root, since exim refuses to deliver as
root. The machine's own mail system is neither read nor touched.
"""

from __future__ import annotations

import contextlib
import email
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

from tests.support import processes
from tests.support.certificates import Authority

DOMAIN = "agency.example.gov"
USERNAME = "holdclock"
PASSWORD = "a mail password"

_NOBODY = 65534
_START_S = 20.0
_DELIVERY_S = 20.0
_SETTINGS = """
primary_hostname = {name}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/exim.pid
exim_user = {user}
exim_group = {group}
deliver_drop_privilege = true
keep_environment =

local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.pem

acl_smtp_mail = check_sender
acl_smtp_rcpt = check_recipient
acl_smtp_data = accept

begin acl
check_sender:
  deny !encrypted = *
       message = 5.7.0 encrypt first
  deny !authenticated = *
       message = 5.7.0 sign in first
  accept
check_recipient:
  accept domains = {domain}
  deny message = 5.1.2 no such domain here

begin routers
everybody:
  driver = accept
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  maildir_format
  directory = {folder}/mailbox
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_prompts = :
  server_set_id = $auth2
  server_condition = ${{if and{{{{eq{{$auth2}}{{{username}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
"""


class Exim:
    """A running server.

    Attributes:
        name: What its certificate is for.
        port: Where it listens on the loopback.
        folder: Where its log is.
    """

    def __init__(
        self, folder: Path, daemon: processes.RunningCommand, *, name: str, port: int
    ) -> None:
        self.folder = folder
        self.name = name
        self.port = port
        self._daemon = daemon

    @property
    def mails(self) -> list[EmailMessage]:
        """What lies in the mailbox, in order of arrival."""
        files = sorted((self.folder / "mailbox" / "new").iterdir(), key=_arrived)
        return [
            email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files
        ]

    def wait_for(self, count: int) -> list[EmailMessage]:
        """Wait until that many mails lie in the mailbox, and return them.

        Raises:
            AssertionError: They were not in time.
        """
        # Taken by the server is not yet delivered: it does that in a process of its own.
        self._daemon.wait_for_line(r"=> duty .* T=mailbox", within_s=_DELIVERY_S, count=count)
        return self.mails

    @property
    def log(self) -> str:
        """What it noted about each message: who signed in, over which cipher, where it went."""
        return (self.folder / "mainlog").read_text()


def _arrived(file: Path) -> tuple[int, ...]:
    # The name has the second and the microsecond, the latter without leading noughts.
    found = re.match(r"(\d+)\.M(\d+)P", file.name)
    assert found is not None, file.name
    return tuple(map(int, found.groups()))


def program() -> str | None:
    """Return where exim4 is, or None where it is not installed."""
    # Ordinary users seldom have this folder in their path.
    return shutil.which("exim4", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


@contextlib.contextmanager
def running(binary: str, authority: Authority, *, name: str) -> Iterator[Exim]:
    """Run a server with a certificate for `name` until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="holdclock-exim-"))
    try:
        with processes.free_port() as port:
            arguments = _prepare(folder, binary, authority, name=name, port=port)
            environ = {"PATH": os.defpath}
            with processes.RunningCommand(
                arguments, environ=environ, folder=folder, user=_user()
            ) as daemon:
                daemon.wait_for_line("daemon started", within_s=_START_S)
                yield Exim(folder, daemon, name=name, port=port)
    finally:
        shutil.rmtree(folder)


def _prepare(
    folder: Path, binary: str, authority: Authority, *, name: str, port: int
) -> list[str | Path]:
    owner = folder.stat() if _user() is None else None
    settings = folder / "exim.conf"
    settings.write_text(
        _SETTINGS.format(
            folder=folder,
            name=name,
            port=port,
            domain=DOMAIN,
            username=USERNAME,
            password=PASSWORD,
            user=_NOBODY if owner is None else owner.st_uid,
            group=_NOBODY if owner is None else owner.st_gid,
        )
    )
    (folder / "server.pem").write_bytes(authority.server_file(name).read_bytes())
    for box in ("", "new", "cur", "tmp"):
        (folder / "mailbox" / box).mkdir()
    if owner is None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY)
    # In the foreground, with its log on standard error too, where one can wait for it.
    return [binary, "-C", settings, "-bdf", "-d-all+process_info"]


def _user() -> int | None:
    return _NOBODY if os.geteuid() == 0 else None
