"""The tests' own tools: wrong ones would make other tests pass for nothing."""

from __future__ import annotations

import os
import random
import select
import socket
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.settings import Settings
from scheduler.clock import SettableClock
from tests.support import postgres, processes

WAIT_FOR_EVER = "import signal; print('ready', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAIT_FOR_EVER
POLITE = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); " + WAIT_FOR_EVER
)


def python(code: str, folder: Path) -> processes.RunningCommand:
    environ = processes.clean_environ(folder, settings={})
    return processes.RunningCommand([sys.executable, "-c", code], environ=environ, folder=folder)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_line_is_found_on_either_output_and_by_its_number(tmp_path: Path) -> None:
    code = "import sys; print('a 1'); print('a 2', file=sys.stderr, flush=True); print('b')"

    with python(code, tmp_path) as command:
        command.wait(within_s=20)

        assert {command.wait_for_line(r"a (\d)", within_s=1, count=n)[1] for n in (1, 2)} == {
            "1",
            "2",
        }
        assert (command.stdout, command.stderr) == ("a 1\nb\n", "a 2\n")


def test_a_command_that_ends_without_the_line_fails_at_once_with_what_it_wrote(
    tmp_path: Path,
) -> None:
    with (
        python("print('something else'); raise SystemExit(3)", tmp_path) as command,
        pytest.raises(AssertionError, match=r"ended with 3(?s:.*)something else"),
    ):
        command.wait_for_line("ready", within_s=60)


def test_waiting_for_a_line_has_a_limit(tmp_path: Path) -> None:
    with python(WAIT_FOR_EVER, tmp_path) as command:
        command.wait_for_line("ready", within_s=20)

        with pytest.raises(AssertionError, match="running"):
            command.wait_for_line("never", within_s=0.05)


def test_a_killed_command_has_no_last_word(tmp_path: Path) -> None:
    with python(POLITE, tmp_path) as command:
        command.wait_for_line("ready", within_s=20)

        command.kill()

        assert command.returncode == -9


def test_terminating_waits_for_the_exit_code(tmp_path: Path) -> None:
    with python(POLITE, tmp_path) as command:
        command.wait_for_line("ready", within_s=20)

        assert command.terminate(within_s=20) == 7


def test_a_command_that_ignores_the_request_to_end_fails_the_test_and_is_killed(
    tmp_path: Path,
) -> None:
    with python(STUBBORN, tmp_path) as command:
        command.wait_for_line("ready", within_s=20)

        with pytest.raises(AssertionError, match="still runs"):
            command.terminate(within_s=0.05)

    assert not is_alive(command.pid)


def test_killing_reaches_what_the_command_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', {WAIT_FOR_EVER!r}]); "
        "print('child', child.pid, flush=True); child.wait()"
    )
    with python(code, tmp_path) as command:
        command.wait_for_line("ready", within_s=20)
        child = int(command.wait_for_line(r"child (\d+)", within_s=20)[1])
        ended = os.pidfd_open(child)

    # Its output closes before it has ended, and nobody here may reap it.
    try:
        assert select.select([ended], [], [], 20)[0] == [ended]
    finally:
        os.close(ended)


def test_the_environment_owes_nothing_to_the_developers_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDCLOCK_BASE_URL", "https://elsewhere.example")
    monkeypatch.setenv("PGHOST", "elsewhere.example")

    environ = processes.clean_environ(tmp_path, settings={"HOLDCLOCK_LOG_LEVEL": "debug"})

    assert set(environ) == {
        "PATH",
        "HOME",
        "LC_ALL",
        "TZ",
        "PYTHONUNBUFFERED",
        "HOLDCLOCK_SECRET_KEY",
        "HOLDCLOCK_DATA_KEY",
        "HOLDCLOCK_LOG_LEVEL",
    }


def test_a_lent_port_can_be_listened_on_and_is_given_to_nobody_else() -> None:
    with processes.free_port() as first, processes.free_port() as second, socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", first))
        server.listen()

        assert first != second
        with socket.create_connection(("127.0.0.1", first), timeout=5):
            pass


def test_chance_repeats(chance: random.Random, request: pytest.FixtureRequest) -> None:
    given = request.config.getoption("--seed")
    seed = zlib.crc32(request.node.nodeid.encode()) if given is None else given

    assert chance.random() == random.Random(seed).random()


def test_the_lent_clock_moves_only_by_hand(clock: SettableClock) -> None:
    before = clock.now()

    assert clock.now() == before
    assert (clock.tick(hours=6) - before).total_seconds() == 6 * 3600


def test_the_lent_settings_name_a_database_of_this_test(settings: Settings, tmp_path: Path) -> None:
    assert settings.database_url == f"sqlite:///{tmp_path}/holdclock.db"
    assert len(settings.secret_key) == len(settings.data_key) == 32


def test_a_database_is_empty_and_its_server_not_in_utc(plain_postgres_url: str) -> None:
    with psycopg.connect(plain_postgres_url) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
        version = connection.info.server_version
        zone = connection.execute("SHOW timezone").fetchone()

    assert tables == (0,)
    assert version // 10_000 == 18
    assert zone == ("Asia/Kathmandu",)


def test_each_kind_of_database_is_lent_in_turn(database_url: str) -> None:
    scheme, _, rest = database_url.partition("://")

    if scheme == "sqlite":
        assert not Path(rest.removeprefix("/")).exists()
        return
    with psycopg.connect(database_url) as connection:
        assert connection.info.dbname in rest


def test_the_two_addresses_name_one_database(plain_postgres_url: str, postgres_url: str) -> None:
    assert postgres_url == "postgresql+psycopg" + plain_postgres_url.removeprefix("postgresql")


def test_the_server_listens_on_no_network_and_nobody_else_enters_its_folder(
    postgres_server: postgres.PostgresServer,
) -> None:
    with postgres_server.administration() as connection:
        addresses = connection.execute("SHOW listen_addresses").fetchone()
        connection.execute("SELECT pg_backend_pid()")

    assert addresses == ("",)
    assert postgres_server.folder.stat().st_mode & 0o777 == 0o700


def test_the_disk_is_waited_for_only_if_asked(
    postgres_server: postgres.PostgresServer, request: pytest.FixtureRequest
) -> None:
    with postgres_server.administration() as connection:
        fsync = connection.execute("SHOW fsync").fetchone()

    assert fsync == ("on" if request.config.getoption("--postgres-fsync") else "off",)


def test_a_crash_keeps_what_was_committed_and_nothing_else(
    postgres_server: postgres.PostgresServer, plain_postgres_url: str
) -> None:
    with psycopg.connect(plain_postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (number integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
    open_connection = psycopg.connect(plain_postgres_url)
    open_connection.execute("INSERT INTO kept VALUES (2)")

    postgres_server.crash()
    was_running = postgres_server.is_running
    with pytest.raises(psycopg.OperationalError):
        open_connection.execute("SELECT 1")
    open_connection.close()
    postgres_server.restart()

    assert not was_running
    with psycopg.connect(plain_postgres_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]


def test_sessions_can_be_ended_from_outside(
    postgres_server: postgres.PostgresServer, plain_postgres_url: str
) -> None:
    connection = psycopg.connect(plain_postgres_url, autocommit=True)
    connection.execute("SELECT 1")

    ended = postgres_server.disconnect_all(connection.info.dbname)

    assert ended == 1
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


def test_another_server_at_the_same_address_is_not_touched(
    postgres_server: postgres.PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "data", Path("/somewhere/else"))

    with pytest.raises(AssertionError, match="not of /somewhere/else"):
        postgres_server.create_database()


@pytest.fixture
def killed_tests(tmp_path: Path) -> Iterator[processes.RunningCommand]:
    """A process that started a server as tests do, and cannot clean up after itself."""
    code = (
        "import signal; from tests.support import postgres\n"
        "with postgres.running_server() as server:\n"
        "    print('folder', server.folder, flush=True); signal.pause()"
    )
    environ = processes.clean_environ(tmp_path, settings={})
    root = Path(__file__).parents[2]
    with processes.RunningCommand(
        [sys.executable, "-c", code], environ=environ, folder=root
    ) as command:
        yield command


def test_a_server_does_not_outlive_killed_tests(killed_tests: processes.RunningCommand) -> None:
    folder = Path(killed_tests.wait_for_line("folder (.*)", within_s=60)[1])
    postmaster = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    watcher = os.pidfd_open(postmaster)

    killed_tests.kill()

    # Readable once the process has ended.
    ended, _, _ = select.select([watcher], [], [], 20)
    os.close(watcher)
    assert ended
