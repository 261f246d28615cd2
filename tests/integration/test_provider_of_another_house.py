"""Signing in through a provider that somebody else wrote."""

from __future__ import annotations

import warnings
from pathlib import Path

import httpx
import pytest

from scheduler.clock import SettableClock, SystemClock
from tests.support import house
from tests.support.browser import Browser
from tests.support.provider_office import LEAVE, PERSON, is_in, office_with


@pytest.mark.filterwarnings("ignore")
def test_provider_of_another_house_lets_somebody_in(sqlite_url: str, tmp_path: Path) -> None:
    """It is built on parts of Authlib that go out of use, and says so."""
    with warnings.catch_warnings(record=True):
        import oidc_provider_mock  # type: ignore[import-untyped]  # it ships no types
    person = oidc_provider_mock.User(
        sub="8f2c", claims={name: value for name, value in PERSON.items() if name != "sub"}
    )
    with (
        house.premises(sqlite_url, SettableClock(SystemClock().now()), tmp_path) as premises,
        oidc_provider_mock.run_server_in_thread(user_claims=[person]) as server,
    ):
        issuer = f"http://127.0.0.1:{server.server_port}"
        browser = Browser(office_with(premises, tmp_path, issuer).app)
        left = browser.get(LEAVE).headers["location"]

        chosen = httpx.post(left, data={"sub": "8f2c"})
        browser.get(chosen.headers["location"])

        assert is_in(browser)
