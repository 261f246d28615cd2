"""Every page of the book: no barrier at a desk, none on the narrowest phone, in each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import reading
from tests.browser.book import ENGLISH, LEAVES, SPANISH, Leaf
from tests.browser.reading import Readers
from tests.support import chromium

IN_ENGLISH = [pytest.param(leaf, id=leaf.name) for leaf in LEAVES]
IN_SPANISH = [pytest.param(leaf, id=leaf.name) for leaf in LEAVES if SPANISH in leaf.languages]
LOOKS = [
    pytest.param({}, id="plain"),
    pytest.param({"color_scheme": "dark"}, id="dark"),
    pytest.param({"forced_colors": "active"}, id="forced colours"),
]


@pytest.fixture(scope="module")
def readers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """Those who read all pages, at one furnished house."""
    with reading.readers(browser, tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.mark.parametrize("leaf", IN_ENGLISH)
def test_page_has_no_barrier(readers: Readers, leaf: Leaf) -> None:
    page = readers.open(leaf)

    at_desk = chromium.violations(page)
    is_too_wide = chromium.scrolls_sideways(page)
    page.set_viewport_size(chromium.NARROWEST)

    assert not (leaf.reflows and (is_too_wide or chromium.scrolls_sideways(page)))
    assert (at_desk, chromium.violations(page, chromium.HANG_ON_WIDTH)) == ([], [])


@pytest.mark.parametrize("leaf", IN_SPANISH)
def test_page_in_spanish_says_so_and_fits_the_narrowest_phone(readers: Readers, leaf: Leaf) -> None:
    page = readers.open(leaf, SPANISH)

    page.set_viewport_size(chromium.NARROWEST)

    # What else could be a barrier is the same in English: both are gone through nightly.
    assert not (leaf.reflows and chromium.scrolls_sideways(page))
    assert page.locator("html").get_attribute("lang") == SPANISH


@pytest.mark.nightly
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", [ENGLISH, SPANISH])
def test_pages_have_no_barrier_in_any_look(
    browser: Browser, tmp_path: Path, look: dict[str, Any], language: str
) -> None:
    found = {}
    with reading.readers(browser, tmp_path, **look) as opened:
        for leaf in LEAVES:
            if language in leaf.languages:
                page = opened.open(leaf, language)
                found[leaf.name] = chromium.violations(page)
                page.set_viewport_size(chromium.PHONE)
                found[f"{leaf.name} on a phone"] = chromium.violations(page)

    assert {name: told for name, told in found.items() if told} == {}
