"""The board in a browser."""

from __future__ import annotations

import pytest

from tests.support import chromium
from tests.support.chromium import Site

STARTED = "2026-03-02T08:30"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_board_has_no_barrier(site: Site, language: str, scheme: str) -> None:
    site.premises.register("OK-1", would_release_at=STARTED)
    page = site.person(language=language, color_scheme=scheme)

    page.goto("/")

    assert chromium.violations(page) == []
    page.set_viewport_size(chromium.PHONE)
    assert chromium.violations(page) == []
    page.set_viewport_size(chromium.NARROWEST)
    assert not chromium.scrolls_sideways(page)
