"""`holdclock demo` in a browser: the board counts under its fast clock, to the end of a hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support import processes

SPEED = 18_000
"""Five hours a second: the hold that nobody fetches expires some ten seconds after the start."""
ENOUGH_S = 60.0
FORGOTTEN = "F-2041"
PACE = """async () => {
    const page = holdclock.now(), desk = performance.now();
    await new Promise(done => setTimeout(done, 100));
    return (holdclock.now() - page) / (performance.now() - desk);
}"""


# It takes as long as the story does, and both cores.
@pytest.mark.nightly
def test_hold_runs_to_its_expiry_under_the_clock_of_the_demo(
    browser: Browser, tmp_path: Path
) -> None:
    settings = {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}
    told = ("demo", "--port", "0", "--speed", str(SPEED))
    with (
        processes.holdclock(*told, folder=tmp_path, settings=settings) as demo,
        browser.new_context() as context,
    ):
        door = demo.wait_for_line(r"In the browser: (\S+),", within_s=ENOUGH_S)[1]
        page = context.new_page()
        demo.wait_for_line("  webhook  ", within_s=ENOUGH_S)
        page.goto(door)
        page.get_by_role("button", name="Administrator").press("Enter")
        row = page.locator(".board tr", has_text=FORGOTTEN)
        expect(row).to_contain_text("left", timeout=ENOUGH_S * 1000)

        # What the server tells meanwhile may put the page's clock forward, never back.
        pace = min(page.evaluate(PACE) for _ in range(5))

        expect(row).to_have_class(re.compile("stop"), timeout=ENOUGH_S * 1000)
        expect(row).to_contain_text("EXPIRED")
        expect(page).to_have_title(re.compile(r"^\(1 expired\) Board "))
        demo.terminate(within_s=ENOUGH_S)
    assert pace == pytest.approx(SPEED, rel=0.05)
