"""The form by which somebody changes their password, with eyes and script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import chromium
from tests.support.chromium import Site


@pytest.mark.parametrize("language", ["en", "es"])
def test_form_for_a_password_has_no_barrier_and_says_what_is_wrong(
    site: Site, language: str
) -> None:
    page = site.person(language=language, viewport=chromium.NARROWEST)
    site.premises.execute("UPDATE account SET password_hash = 'x'")
    page.goto("/account/password")
    opened = chromium.violations(page)

    for name in ("current", "password", "again"):
        page.locator(f"#{name}").fill("short")
    page.keyboard.press("Enter")

    expect(page.locator("#errors")).to_be_focused()
    assert opened == chromium.violations(page) == []
    assert not chromium.scrolls_sideways(page)
