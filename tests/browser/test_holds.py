"""Holds in a browser: entered, read, and their facts recorded."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.chromium import Site


def test_errors_are_focused_and_nothing_typed_is_lost(site: Site) -> None:
    page = site.person("facility")
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-78")
    page.get_by_label("Served").fill("25:40")

    page.get_by_role("button", name="Register").press("Enter")

    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Reference")).to_have_value("OK-78")
    expect(page.get_by_label("Served")).to_have_value("25:40")
