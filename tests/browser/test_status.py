"""The status page asks itself anew while somebody looks, and never under the reader's focus."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import scene
from tests.support.chromium import Site


def test_figures_follow_the_house_without_a_reload(site: Site) -> None:
    scene.look(site.premises)
    page = site.person("auditor")
    page.clock.install()
    page.goto("/status")
    expect(page.get_by_text("Everything runs.")).to_be_visible()

    site.premises.clock.tick(minutes=4)
    page.clock.fast_forward(16_000)

    expect(page.get_by_text("Not everything runs")).to_be_visible()
    expect(page.get_by_text("4 min ago")).to_be_visible()


def test_focus_is_left_alone(site: Site) -> None:
    scene.look(site.premises)
    page = site.person("auditor")
    page.clock.install()
    page.goto("/status")
    page.locator("[data-fresh] a").focus()

    site.premises.clock.tick(minutes=4)
    page.clock.fast_forward(40_000)

    expect(page.get_by_text("Everything runs.")).to_be_visible()
    expect(page.locator("[data-fresh] a")).to_be_focused()
