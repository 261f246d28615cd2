"""Holds in a browser: entered, read, and their facts recorded."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import chromium
from tests.support.chromium import Site


def test_errors_are_focused_and_nothing_typed_is_lost(site: Site) -> None:
    page = site.person("facility")
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-78")
    page.locator("#served_at").fill("25:40")

    page.get_by_role("button", name="Register").press("Enter")

    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_label("Reference")).to_have_value("OK-78")
    expect(page.locator("#served_at")).to_have_value("25:40")


def test_deadline_is_worked_out_while_it_is_typed_and_spoken_once_typing_stops(site: Site) -> None:
    page = site.person("facility")
    page.goto("/holds/new")
    asked: list[str] = []
    page.on(
        "request",
        lambda each: (
            asked.append(each.post_data or "")
            if each.is_navigation_request() is False and each.method == "POST"
            else None
        ),
    )
    page.get_by_label("Person's name").evaluate("el => { el.value = 'Testname Heldperson'; }")

    page.get_by_label("Would have been released").press_sequentially("-2h", delay=20)

    preview = page.locator("#preview")
    expect(preview).to_contain_text("46 h left")
    expect(page.locator("#would_release_at-o")).to_contain_text("2 h ago")
    expect(page.locator("#say")).to_contain_text("46 h left")
    assert len(asked) == 1
    assert "Heldperson" not in asked[0]
    page.get_by_label("Would have been released").fill("25:40")
    expect(page.locator("#would_release_at-o")).to_contain_text("25:40 is not a time of day")
    expect(preview).to_contain_text("Not worked out yet")
    assert chromium.violations(page) == []
