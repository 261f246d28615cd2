"""Pages on paper: instants and no time left, what is past by a double rule, nothing dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import reading
from tests.browser.book import LEAVES
from tests.browser.reading import Readers

BY_NAME = {leaf.name: leaf for leaf in LEAVES}
ON_PAPER = ("board-all", "hold-expired", "hold-running", "packet", "reports", "events")
DARK = """() => [...document.querySelectorAll("body *")].filter(each => {
    if (!each.checkVisibility() || each.closest("svg") || each.offsetWidth < 16) return false;
    const [r, g, b, a = 1] = getComputedStyle(each).backgroundColor.match(/[\\d.]+/g).map(Number);
    return a > 0 && r + g + b < 600;
}).map(each => each.outerHTML.slice(0, 80))"""
RULED_OFF = """() => {
    const past = document.querySelector("tr.stop")
    const line = (part) => getComputedStyle(past, part).borderTopStyle
    return past && line(null) === "double" && line("::after") === "solid"
}"""


@pytest.fixture(scope="module")
def readers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """Readers whose screens are dark: paper never is."""
    with reading.readers(browser, tmp_path_factory.mktemp("house"), color_scheme="dark") as opened:
        yield opened


def printed(readers: Readers, name: str) -> Page:
    page = readers.open(BY_NAME[name])
    page.emulate_media(media="print")
    return page


@pytest.mark.parametrize("name", ON_PAPER)
def test_paper_shows_no_time_left_no_control_and_nothing_dark(readers: Readers, name: str) -> None:
    page = printed(readers, name)

    shown = [
        *page.locator("[data-until]:visible, .btn:visible, input:visible, select:visible").all(),
        *page.locator("nav:visible").all(),
    ]
    assert [each.evaluate("each => each.outerHTML") for each in shown] == []
    assert page.evaluate(DARK) == []
    assert page.pdf().startswith(b"%PDF-")


def test_board_on_paper_says_as_of_when_and_leaves_room_for_what_happens(readers: Readers) -> None:
    page = printed(readers, "board-all")

    expect(page.get_by_text("Printed from Holdclock as it stood Mon 2 Mar 2026")).to_be_visible()
    expect(page.get_by_text("Within 4 h").first).to_be_visible()
    expect(page.get_by_text("Mon 2 Mar 06:33 EST")).to_be_visible()
    # Asked again until it is so: a board that is told anew puts new rows in the place of old ones.
    page.wait_for_function(RULED_OFF)


def test_hold_on_paper_says_as_of_when_and_that_it_is_past_the_limit(readers: Readers) -> None:
    page = printed(readers, "hold-expired")

    expect(page.get_by_text("As it stood Mon 2 Mar 2026 09:00:20 EST.")).to_be_visible()
    expect(page.locator(".past .paper")).to_have_text("EXPIRED")
    expect(page.get_by_text("Authority to hold ended Mon 2 Mar 2026 06:33 EST.")).to_be_visible()
