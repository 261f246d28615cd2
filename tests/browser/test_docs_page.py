"""The page that draws the interface, in a browser: by our own files alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.chromium import Site


def test_interface_is_drawn_and_the_policy_stops_nothing(site: Site) -> None:
    page = site.visitor()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/docs")

    expect(page.get_by_text("Register a hold", exact=True)).to_be_visible()
    expect(page.get_by_text("Record a transfer", exact=True)).to_be_visible()
    assert said == []
    assert all(url.startswith((site.url, "data:")) for url in asked), asked
