"""The reader's own page, and the one that explains signs and keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support import chromium
from tests.support.chromium import Site


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "path", ["/help", "/account", "/events", "/reports", "/status", "/deliveries"]
)
def test_page_has_no_barrier(site: Site, path: str, language: str) -> None:
    page = site.person(language=language, viewport=chromium.NARROWEST)

    page.goto(path)

    assert chromium.violations(page) == []
    assert not chromium.scrolls_sideways(page)


def test_reader_chooses_language_hours_and_keys(site: Site) -> None:
    page = site.person()
    page.goto("/account")

    page.get_by_label("Language").select_option("es")
    page.get_by_label("6:00 PM").check()
    page.get_by_label("Single keys move about").uncheck()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Guardado.")).to_be_visible()
    expect(page.locator(".now")).to_have_text("lun 2 mar 9:00 a. m. EST")
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
