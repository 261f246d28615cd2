"""What tests in a browser may ask for: one browser a file, a site of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scheduler.clock import SettableClock
from tests.support import chromium
from tests.support.chromium import Site


# Ended with its file: while it is open its event loop counts as running in this thread,
# and no other test could run one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started for the first test of a file that asks."""
    with chromium.running_browser() as running:
        yield running


@pytest.fixture
def site(browser: Browser, clock: SettableClock, tmp_path: Path) -> Iterator[Site]:
    """Settled premises, served on the loopback; `clock` is theirs."""
    with chromium.site(browser, clock, tmp_path) as opened:
        yield opened
