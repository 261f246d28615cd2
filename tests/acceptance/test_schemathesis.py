"""The whole document tried out by schemathesis, as each role, against the served application."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.settings import load_settings
from scheduler.clock import SettableClock
from tests.support import house, processes
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office
from web.server import PageServer

ROOT: Final = Path(__file__).parents[2]
SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
SEED: Final = 20260302
ROLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "facility": {"facilities": [FACILITY]},
    "agent": {"offices": [OFFICE]},
    "auditor": {},
    "administrator": {},
}
FEW: Final = ("--phases", "fuzzing,stateful", "-n", "1")
MANY: Final = ("--phases", "examples,coverage,fuzzing,stateful", "-n", "50")
LONGEST_S: Final = 3600.0


class Noting:
    """Notes which operations answered with what.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.answered: dict[tuple[str, str], set[int]] = defaultdict(set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answered[scope["method"], scope["path"]].add(message["status"])
            await send(message)

        await self._app(scope, receive, send_noting)

    def well_answered(self, document: Mapping[str, Any]) -> set[str]:
        """Return the operations that answered 2xx to somebody, by their ids."""
        known = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), told["operationId"])
            for path, operations in document["paths"].items()
            for method, told in operations.items()
        ]
        return {
            name
            for (method, path), statuses in self.answered.items()
            for wanted, pattern, name in known
            if wanted == method and pattern.fullmatch(path)
            if any(200 <= status < 300 for status in statuses)
        }


@pytest.fixture
def office(tmp_path: Path, clock: SettableClock) -> Iterator[Office]:
    url = f"sqlite:///{tmp_path / 'holdclock.db'}"
    house.migrate(url)
    told = {
        "HOLDCLOCK_DATABASE_URL": url,
        # Thousands of requests come within an instant of a clock that stands still.
        "HOLDCLOCK_API_REQUESTS_PER_MINUTE": "1000000",
    }
    premises = Premises(load_settings(processes.clean_environ(tmp_path, settings=told)), clock)
    try:
        premises.settle()
        premises.add_webhook()
        premises.register("2026-0001", would_release_at="2026-03-02 08:30")
        yield Office(premises)
    finally:
        premises.close()


def tried_out(office: Office, *roles: str, how: tuple[str, ...], folder: Path) -> set[str]:
    """Try the document out as each role; return the operations that answered 2xx."""
    noting = Noting(office.alone())
    server = PageServer(noting, host="127.0.0.1", port=0)
    server.start()
    try:
        document = httpx.get(f"{server.url}/openapi.json").json()
        for role in roles:
            key = office.key(role, **ROLES[role])
            done = subprocess.run(
                [
                    SCHEMATHESIS, "run", f"{server.url}/openapi.json",
                    "--header", f"Authorization: Bearer {key}",
                    "--seed", str(SEED), "--generation-database", "none", "--no-color",
                    "--request-timeout", "30", *how,
                ],
                cwd=ROOT, env=processes.clean_environ(folder, settings={}), capture_output=True, text=True,
                timeout=LONGEST_S, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"as {role}:\n{done.stdout[-20000:]}\n{done.stderr}"
        return noting.well_answered(document)
    finally:
        server.stop()


def test_document_holds_with_few_examples(office: Office, tmp_path: Path) -> None:
    answered = tried_out(office, "facility", how=FEW, folder=tmp_path)

    assert answered


@pytest.mark.nightly
def test_document_holds_for_everybody_with_many_examples(office: Office, tmp_path: Path) -> None:
    answered = tried_out(office, *ROLES, how=MANY, folder=tmp_path)

    assert len(answered) >= 30, sorted(answered)
