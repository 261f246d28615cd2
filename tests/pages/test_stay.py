"""Somebody is told before they are signed out, and may stay."""

from __future__ import annotations

import httpx

from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def left(answer: httpx.Response) -> int:
    """Return the seconds until somebody is signed out, as their page has them."""
    (told,) = [held["data-left"] for _, held in Page(answer).elements if "data-left" in held]
    return int(told or 0)


def test_page_says_when_its_reader_is_signed_out(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    answer = desk.get("/help")

    assert left(answer) == 1800
    assert "You will be signed out at 09:30 EST." in Page(answer).text


def test_asking_puts_nothing_off_and_staying_does(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])
    premises.clock.tick(minutes=26)
    by_script = {"Sec-Fetch-Mode": "cors"}

    asked = desk.get("/stay", headers=by_script)
    stayed = desk.send("/stay", headers=by_script)
    premises.clock.tick(minutes=29)

    assert (left(asked), left(stayed)) == (240, 1800)
    assert desk.get("/help").status_code == 200


def test_end_of_twelve_hours_cannot_be_put_off(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])
    for _ in range(26):
        premises.clock.tick(minutes=27)
        answer = desk.get("/help")

    assert left(answer) == 720 * 60 - 26 * 27 * 60
    assert "Stay signed in" not in answer.text
    assert "What you typed is kept, if you sign in again." in Page(answer).text


def test_form_of_another_site_keeps_nobody_signed_in(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])

    assert desk.post("/stay", {"csrf": "x"}).status_code == 403
