"""The book of pages has them all: one that is not listed is one that nobody looks at."""

from __future__ import annotations

from starlette.routing import compile_path

from tests.browser import pictures
from tests.browser.book import LEAVES, NO_PAGES
from tests.support.chromium import add_demo_door
from tests.support.house import Premises
from tests.support.office import API, Office
from tests.support.route_book import routes

LARGEST = 4_000_000
"""Bytes of all pictures: a checkout carries them."""


def test_every_address_that_is_asked_for_is_a_page_of_the_book_or_has_a_reason(
    sqlite_premises: Premises,
) -> None:
    office = Office(sqlite_premises)
    add_demo_door(office)
    asked = [
        route.path
        for route in routes(office.app)
        if route.method == "GET" and not route.path.startswith(API)
    ]
    shapes = [(path, compile_path(path)[0]) for path in asked]

    listed = {
        next((path for path, shape in shapes if shape.match(address)), address)
        for address in (leaf.address.partition("?")[0] for leaf in LEAVES)
    }

    assert set(asked) - listed == set(NO_PAGES)
    assert listed - set(asked) == set()


def test_every_page_of_the_book_has_its_pictures_and_the_list_shows_them() -> None:
    """`./dev pictures` draws what is missing; with a page's name it draws that one."""
    drawn = {file.name for file in pictures.FOLDER.iterdir()}

    assert drawn == {
        pictures.INDEX.name,
        *(name for leaf in LEAVES for name in pictures.file_names(leaf)),
    }
    assert pictures.INDEX.read_text(encoding="utf-8") == pictures.index()
    assert sum(file.stat().st_size for file in pictures.FOLDER.iterdir()) < LARGEST
