"""What tests in a browser may ask for: one browser for the run, a site of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scheduler.clock import SettableClock
from tests.support import chromium
from tests.support.chromium import Site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started for the first test that asks."""
    with chromium.running_browser() as running:
        yield running


@pytest.fixture
def site(browser: Browser, clock: SettableClock, tmp_path: Path) -> Iterator[Site]:
    """Settled premises, served on the loopback; `clock` is theirs."""
    with chromium.site(browser, clock, tmp_path) as opened:
        yield opened
