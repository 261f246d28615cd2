"""The page that shows what a change of the law's data moves, with eyes and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support import chromium, scene
from tests.support.chromium import Site


def typed(page: Page) -> None:
    """Fill in the form for a holiday that two holds of the scene leave out."""
    page.goto("/administration/new/holiday")
    told = {"day": "2026-03-03", "name": "Day of mourning", "source": "Order 1", "reason": "Flags"}
    for name, text in told.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name="Show what it moves").click()


@pytest.mark.parametrize("java_script_enabled", [True, False], ids=["script", "no script"])
def test_moves_have_no_barrier_and_are_made_by_their_button(
    site: Site, java_script_enabled: bool
) -> None:
    scene.play(site.premises)
    page = site.person(
        "administrator",
        viewport=chromium.NARROWEST,
        java_script_enabled=java_script_enabled,
    )

    typed(page)
    expect(page.get_by_text("It reaches 2 open holds")).to_be_visible()
    if java_script_enabled:
        assert chromium.violations(page) == []
        assert not chromium.scrolls_sideways(page)
    page.get_by_role("button", name="Add a holiday").click()

    expect(page.get_by_role("heading", name="Tue 3 Mar 2026: Day of mourning")).to_be_visible()
