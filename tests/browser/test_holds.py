"""Holds in a browser: entered, read, and their facts recorded."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.chromium import Site


def test_deputy_enters_a_hold_and_its_transfer_by_the_keyboard_alone(site: Site) -> None:
    page = site.person("facility")
    page.goto("/")
    page.keyboard.press("n")
    expect(page.get_by_label("Reference")).to_be_focused()

    page.keyboard.type("OK-77")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    page.get_by_role("link", name="Transferred to the agency").press("Enter")
    page.get_by_role("button", name="Transferred to the agency").press("Enter")

    expect(page.get_by_role("heading", name="Transferred")).to_be_visible()


def test_errors_are_focused_and_nothing_typed_is_lost(site: Site) -> None:
    page = site.person("facility")
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-78")
    page.get_by_label("Served").fill("25:40")

    page.get_by_role("button", name="Register").press("Enter")

    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Reference")).to_have_value("OK-78")
    expect(page.get_by_label("Served")).to_have_value("25:40")
