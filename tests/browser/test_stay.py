"""Somebody about to be signed out is told, and stays without losing what they typed."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import chromium
from tests.support.chromium import Site

MINUTE_MS = 60_000


def test_notice_comes_five_minutes_ahead_and_staying_keeps_what_was_typed(site: Site) -> None:
    page = site.person("facility")
    page.clock.install()
    hold_id = site.premises.register("OK-1").hold.id
    page.goto(f"/holds/{hold_id}/record?fact=service")
    page.get_by_label("Note").fill("handed over at intake")
    notice = page.locator("#ending")
    expect(notice).to_be_hidden()

    site.premises.clock.tick(minutes=26)
    page.clock.fast_forward(26 * MINUTE_MS)
    expect(notice).to_be_visible()
    assert "You will be signed out at 09:30 EST." in notice.inner_text()
    assert chromium.violations(page) == []
    page.get_by_role("button", name="Stay signed in").click()

    expect(notice).to_be_hidden()
    assert page.get_by_label("Note").input_value() == "handed over at intake"
    site.premises.clock.tick(minutes=20)
    assert page.request.get("/help", max_redirects=0).status == 200


def test_another_page_that_was_opened_meanwhile_puts_it_off(site: Site) -> None:
    page = site.person("facility")
    page.clock.install()
    page.goto("/help")
    other = page.context.new_page()
    site.premises.clock.tick(minutes=20)
    other.goto("/")

    site.premises.clock.tick(minutes=6)
    with page.expect_response("**/stay"):
        page.clock.fast_forward(26 * MINUTE_MS)

    expect(page.locator("#ending")).to_be_hidden()
