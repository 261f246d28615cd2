"""The reader's own page, and the one that explains signs and keys."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.chromium import Site


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
