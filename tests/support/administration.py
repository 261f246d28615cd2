"""An administrator at the pages of administration: forms filled in, buttons pressed."""

from __future__ import annotations

import httpx

from tests.support.browser import Page
from tests.support.office import Person


def filled(person: Person, url: str, **typed: str) -> dict[str, str]:
    """Return a form as it is opened, changed by what is typed."""
    return Page(person.get(url)).form(**typed)


def pressed(person: Person, url: str) -> httpx.Response:
    """Open the form of an act that asks nothing, and press its button."""
    answer = person.send(url, filled(person, url))
    assert answer.status_code in (200, 303)
    return answer


def text(person: Person, url: str) -> str:
    """Return what a page says, which must be there."""
    answer = person.get(url)
    assert answer.status_code == 200
    return Page(answer).text


def actions(person: Person, page: str) -> set[str]:
    """Return what the page of a thing offers to do with it."""
    links = (str(each["href"]) for each in Page(person.get(page)).all("a"))
    return {link.removeprefix(f"{page}/") for link in links if link.startswith(f"{page}/")}


def secret(answer: httpx.Response) -> str:
    """Return what an answer shows once."""
    assert answer.status_code == 200
    return answer.text.partition('<code id="secret">')[2].partition("</code>")[0]
