"""People who read pages of the book, each page in a look of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from scheduler.clock import SettableClock
from tests.browser.book import ENGLISH, VISITOR, Leaf
from tests.browser.furnishing import ON_THE_WAY, furnish
from tests.support import chromium
from tests.support.chromium import Site

NOW: Final = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Monday 09:00 at the jail."""


class Readers:
    """One page for each role and language, kept: opening one costs more than reading it.

    Args:
        site: Of one furnished house.
        names: What addresses name.
        look: Of every page: `viewport`, `color_scheme` ...
    """

    def __init__(self, site: Site, names: dict[str, str], **look: Any) -> None:
        self.site = site
        self.names = names
        self._look = look
        self._pages: dict[tuple[str, str], Page] = {}

    def open(self, leaf: Leaf, language: str = ENGLISH) -> Page:
        """Return a page of the book, opened by whose it is."""
        page = self.page(leaf.role, language)
        page.set_viewport_size(self._look.get("viewport", chromium.DESK))
        answer = page.goto(leaf.address.format_map(self.names))
        assert answer is not None
        assert answer.status == leaf.status, f"{leaf.name}: {answer.status}"
        return page

    def page(self, role: str, language: str = ENGLISH) -> Page:
        """Return the page that whoever has a role reads in."""
        if (role, language) not in self._pages:
            self._pages[role, language] = self._new_page(role, language)
        return self._pages[role, language]

    def _new_page(self, role: str, language: str) -> Page:
        if role == VISITOR:
            return self.site.visitor(locale=language, **self._look)
        if role in ON_THE_WAY:
            page = self.site.visitor(locale=language, **self._look)
            self._let_in(page, ON_THE_WAY[role](self.site), language)
            return page
        return self.site.person(role, language=language, **self._look)

    def _let_in(self, page: Page, token: str, language: str) -> None:
        self.site.let_in(page, token)
        told = "UPDATE account SET language = :language WHERE id = :id"
        account = self.site.office.parts.sessions.whose(token)
        self.site.premises.execute(told, language=language, id=account)


@contextmanager
def readers(browser: Browser, folder: Path, **look: Any) -> Iterator[Readers]:
    """Lend readers of a house of their own."""
    with chromium.site(browser, SettableClock(NOW), folder) as site:
        yield Readers(site, furnish(site), **look)
