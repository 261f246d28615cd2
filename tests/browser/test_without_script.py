"""A day's work in a browser that runs no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support import scene
from tests.support.chromium import Site

NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def names(site: Site) -> dict[str, str]:
    return scene.play(site.premises)


@pytest.fixture
def page(site: Site, names: dict[str, str]) -> Page:
    return site.person("facility", java_script_enabled=False)


def test_board_says_as_of_when_and_offers_to_reload(page: Page) -> None:
    page.goto("/")

    expect(page.get_by_text("As of 09:00:00 EST.")).to_be_visible()
    expect(page.get_by_role("link", name="Reload")).to_be_visible()
    expect(page.get_by_text(f"EXPIRED 2{NBSP}h{NBSP}27{NBSP}min ago")).to_be_visible()
    assert page.locator("[data-js]:visible").count() == 0


def test_hold_is_found_by_the_beginning_of_its_reference_or_all_of_it(
    page: Page, names: dict[str, str]
) -> None:
    page.goto("/")
    page.get_by_label("Find by reference or id").fill("LK-04")
    page.get_by_role("button", name="Show").click()
    found = page.locator(".board .ref").all_inner_texts()
    page.get_by_label("Find by reference or id").fill("lk-0419")
    page.get_by_role("button", name="Show").click()

    # What is past the limit stands on every board.
    assert found == ["CR-2291", "LK-0417", "LK-0419"]
    page.wait_for_url(f"**/holds/{names['LK-0419']}")


def test_deadline_is_shown_first_and_then_the_hold_is_registered(site: Site, page: Page) -> None:
    before = len(site.premises.kinds())
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-77")
    page.get_by_label("Would have been released").fill("2026-03-02 08:30")
    page.get_by_role("button", name="Show deadline first").click()
    expect(page.get_by_text("Wed 4 Mar 2026 08:30 EST").first).to_be_visible()
    recorded_by_showing = len(site.premises.kinds()) - before

    page.get_by_role("button", name="Register").click()

    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    assert recorded_by_showing == 0


def test_fact_is_recorded(site: Site, page: Page, names: dict[str, str]) -> None:
    page.goto(f"/holds/{names['CR-2291']}")
    page.get_by_role("link", name="Released", exact=True).first.click()
    page.get_by_role("button", name="Released", exact=True).click()

    page.wait_for_url(f"**/holds/{names['CR-2291']}")
    assert "release_recorded" in site.premises.kinds(names["CR-2291"])
