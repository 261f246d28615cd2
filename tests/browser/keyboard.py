"""A keyboard and nothing else: what cannot be reached by Tab cannot be pressed."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Locator, Page, expect

FARTHEST: Final = 150
"""So many stops of Tab a page has at the most."""


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(FARTHEST):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted}: Tab does not lead to it")


def follow(page: Page, name: str) -> None:
    """Go to the first link of that name, and open it."""
    reach(page, page.get_by_role("link", name=name, exact=True).first)
    page.keyboard.press("Enter")


def press(page: Page, name: str) -> None:
    """Go to the button of that name, and press it."""
    reach(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def fill(page: Page, label: str, text: str) -> None:
    """Go to the field of that label, and type into it in place of what it holds."""
    reach(page, page.get_by_label(label, exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, label: str) -> None:
    """Go to the choice of that label, or to the group it is one of, and take it."""
    choice = page.get_by_label(label, exact=True)
    group = page.locator(f'input[name="{choice.get_attribute("name")}"]')
    expect(choice).to_be_visible()
    for _ in range(FARTHEST):
        if group.evaluate_all("all => all.includes(document.activeElement)"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(group.count()):
        if choice.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label}: the arrows do not lead to it")
