"""Debian's Chromium, driven by Playwright: people signed in at a served application.

One browser for each file of tests; each person has a context of their own. Where there is no
Chromium the tests are skipped, and say so.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from scheduler.clock import SettableClock
from scheduler.commands import demo_pages
from scheduler.demo.inbox import Inbox
from tests.support import house
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import Office
from web import demo_entrance
from web.cookies import SessionCookie
from web.rendering import Pages
from web.server import PageServer

AXE: Final = Path(axe_playwright_python.__file__).parent / "axe.min.js"
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
"""As Debian calls it: the first that is there. The shell has no windows of its own to keep."""
PATIENCE_MS: Final = 20_000
"""How long a page may take for anything, on a machine that others use as well."""
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
NARROWEST: Final[ViewportSize] = {"width": 320, "height": 640}
HANG_ON_WIDTH: Final = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Rules of axe that another width may break."""
WCAG: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACES: Final[dict[str, dict[str, Any]]] = {
    "facility": {"facilities": [FACILITY]},
    "agent": {"offices": [OFFICE]},
    "administrator": {},
    "auditor": {},
}


def executable() -> str | None:
    """Return where Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Lend one browser; a test that asks for it is skipped where there is none."""
    found = executable()
    if found is None:
        pytest.skip("NOT TESTED: pages in a browser; that needs Debian's chromium")
    # Root has no sandbox of its own; what is opened is our own pages.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


class Site:
    """The application of some premises, served on the loopback.

    Args:
        premises: Settled; everybody's clock is theirs.
        browser: In which people read it.
    """

    def __init__(self, premises: Premises, browser: Browser) -> None:
        self.premises = premises
        self.browser = browser
        self.office = Office(premises)
        self.inbox = add_demo_door(self.office)
        self._cookie = SessionCookie(premises.settings.base_url).name
        self._server = PageServer(
            self.office.app, host="127.0.0.1", port=0, on_stop=self.office.parts.news.close
        )
        self._server.start()
        self.url = self._server.url
        self._opened: list[BrowserContext] = []

    def person(
        self,
        role: str = "facility",
        *,
        language: str = "en",
        twelve_hour: bool = False,
        single_keys: bool = True,
        **look: Any,
    ) -> Page:
        """Return an empty page of somebody with a new account, signed in a moment ago.

        Args:
            role: Of `PLACES`.
            language: Theirs.
            twelve_hour: They read hours with AM and PM.
            single_keys: Single keys move about.
            look: Of the context: `viewport`, `color_scheme`, `java_script_enabled` ...
        """
        account_id = self.office.account(role, **PLACES[role])
        self.premises.execute(
            "UPDATE account SET language = :language, twelve_hour = :twelve, single_keys = :keys"
            " WHERE id = :id",
            id=account_id,
            language=language,
            twelve=twelve_hour,
            keys=single_keys,
        )
        page = self.visitor(locale=f"{language}-US", **look)
        self.let_in(page, self.office.token(account_id))
        return page

    def let_in(self, page: Page, token: str) -> None:
        """Give a browser the token of a session."""
        page.context.add_cookies([{"name": self._cookie, "value": token, "url": self.url}])

    def visitor(self, **look: Any) -> Page:
        """Return an empty page of somebody whom nobody knows; paths are of this site."""
        context = self.browser.new_context(
            base_url=self.url, **{"viewport": DESK, "reduced_motion": "reduce", **look}
        )
        context.set_default_timeout(PATIENCE_MS)
        self._opened.append(context)
        page = context.new_page()
        page.on("pageerror", _raise)
        return page

    def close(self) -> None:
        """Stop serving, and close what was opened."""
        for context in self._opened:
            context.close()
        self._server.stop()


def add_demo_door(office: Office) -> Inbox:
    """Give an application the demo's own pages; return what its receivers got."""
    inbox = Inbox(office.premises.clock)
    office.alone().include_router(
        demo_entrance.routes(
            Pages(),
            roles=demo_pages.ROLES,
            enter=lambda role: office.token(office.account(role, **PLACES[role])),
            received=inbox.last,
            base_url=office.premises.settings.base_url,
        )
    )
    return inbox


def _raise(error: Exception) -> None:
    raise AssertionError(f"a script of the page failed: {error}")


@functools.cache
def _migrated() -> bytes:
    """Return an empty database: made once, since that takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        house.migrate(f"sqlite:///{file}")
        return file.read_bytes()


@contextmanager
def site(browser: Browser, clock: SettableClock, folder: Path) -> Iterator[Site]:
    """Lend settled premises on a file of their own, and serve them over plain http."""
    file = folder / "holdclock.db"
    file.write_bytes(_migrated())
    url = f"sqlite:///{file}"
    with house.premises(url, clock, folder, base_url="http://127.0.0.1") as premises:
        opened = Site(premises, browser)
        try:
            yield opened
        finally:
            opened.close()


def violations(page: Page, only: Sequence[str] = WCAG) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA, a line each; none is wanted.

    Args:
        page: Open.
        only: Its rules by their tags, or by their own names.
    """
    if not page.evaluate("'axe' in window"):
        # Through the debugger, which our policy of no foreign script does not bind.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", list(only)
    )
    return [
        f"{each['id']}: {each['help']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Say whether a page is wider than its window."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
