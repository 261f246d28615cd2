"""A screen on a wall goes on by itself, and goes dark once it is ended."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support import scene
from tests.support.chromium import Site
from tests.support.house import FACILITY, OPERATOR


def test_screen_shows_its_board_and_is_led_away_when_it_ends(site: Site) -> None:
    scene.play(site.premises)
    walls = site.office.people.walls
    made = walls.add(OPERATOR, name="Corridor", facilities=[FACILITY])
    screen = site.visitor()
    screen.clock.install()
    screen.goto("/wall/" + made.url.rpartition("/")[2])
    expect(screen.get_by_text("CR-2291")).to_be_visible()
    assert screen.url.endswith("/wall")

    site.premises.clock.tick(hours=24)
    screen.clock.fast_forward(31_000)
    expect(screen.get_by_text("EXPIRED 26")).to_be_visible()
    walls.end(OPERATOR, made.id)
    screen.clock.fast_forward(31_000)

    expect(screen).to_have_url(f"{site.url}/sign-in?next=/wall")
    expect(screen.get_by_text("CR-2291")).to_have_count(0)
