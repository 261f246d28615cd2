"""`./dev pictures`: draws every page of the book into docs/pages/, at a desk and on a phone.

The house, its clock and its chance are always the same, so that a picture changes only when
its page does.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest import mock

import pyotp
from playwright.sync_api import FloatRect, Page, ViewportSize

from tests.browser import reading
from tests.browser.book import LEAVES, Leaf
from tests.support import chromium, palette_png

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pages"
INDEX: Final = FOLDER / "README.md"
WALL: Final[ViewportSize] = {"width": 1920, "height": 1080}
LONGEST: Final = 1000
"""Pixels of height; what is below is more of the same."""
SEED: Final = 48
KEY: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of the second factor that is shown being set up."""


def file_names(leaf: Leaf) -> tuple[str, ...]:
    """Return the names of a page's pictures."""
    return tuple(f"{leaf.name}-{size['width']}.png" for size in sizes(leaf))


def sizes(leaf: Leaf) -> tuple[ViewportSize, ...]:
    """Return how wide a page is drawn."""
    return (chromium.DESK, chromium.PHONE) if leaf.reflows else (WALL,)


def index() -> str:
    """Return the list of all pictures."""
    lines = [
        "# Every page",
        "",
        "Drawn by `./dev pictures` from the pages themselves, at 1280 and 360 pixels. What each page is",
        "for: [docs/pages.md](../pages.md).",
        "",
    ]
    for leaf in LEAVES:
        where = leaf.address.replace("{", "").replace("}", "")
        lines += [f"## {leaf.name}", "", f"`{where}`, {leaf.role}", ""]
        lines += [f"![{leaf.name}, {name}]({name})" for name in file_names(leaf)]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    wanted = set(sys.argv[1:])
    FOLDER.mkdir(exist_ok=True)
    with (
        _known_chance(),
        chromium.running_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        reading.readers(browser, Path(folder)) as readers,
    ):
        # Pages of ours read no picture that is not theirs.
        counting = browser.new_page()
        for leaf in LEAVES:
            page = readers.open(leaf)
            for size, name in zip(sizes(leaf), file_names(leaf), strict=True):
                # All pages are opened, whichever are drawn: names are given out in turn.
                if not wanted or leaf.name in wanted:
                    page.set_viewport_size(size)
                    (FOLDER / name).write_bytes(palette_png.reduced(counting, _drawn(page)))
    INDEX.write_text(index(), encoding="utf-8")
    known = {INDEX.name, *(name for leaf in LEAVES for name in file_names(leaf))}
    for file in FOLDER.iterdir():
        if file.name not in known:
            file.unlink()


def _drawn(page: Page) -> bytes:
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(height, LONGEST)}
    return page.screenshot(full_page=True, clip=clip)


@contextmanager
def _known_chance() -> Iterator[None]:
    """Let what is made by chance, and shown, be the same at every run."""
    chance = random.Random(SEED)
    with (
        mock.patch.object(secrets, "randbelow", chance.randrange),
        mock.patch.object(secrets, "choice", chance.choice),
        mock.patch.object(os, "urandom", chance.randbytes),
        mock.patch.object(pyotp, "random_base32", return_value=KEY),
    ):
        yield


if __name__ == "__main__":
    main()
