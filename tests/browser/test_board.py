"""The board in a browser: live, on a phone, on a wall, on paper, by keyboard, without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import chromium, scene
from tests.support.chromium import Site
from web.voice import ENGLISH

HOUR = timedelta(hours=1)
NBSP = "\N{NO-BREAK SPACE}"
TOP_OF_FOCUS = "document.activeElement.getBoundingClientRect().top"
"""In one step: a row that is told anew is another element a moment later."""


def opened(site: Site, path: str = "/", role: str = "facility", **look: Any) -> Page:
    page = site.person(role, **look)
    page.goto(path)
    return page


def due_in(site: Site, ref: str, left: timedelta, **more: Any) -> str:
    """Register a hold whose limit comes after so long."""
    at = site.premises.clock.now() + left - 48 * HOUR
    papers = dict.fromkeys(("lodged_at", *scene.PAPERS), at.isoformat())
    told = {"would_release_at": at.isoformat(), **papers, **more}
    return site.premises.register(ref, **told).hold.id


def refs(page: Page) -> list[str]:
    return page.locator(".board .ref").all_inner_texts()


def refreshed(page: Page) -> None:
    """Wait until the board has asked for itself anew."""
    with page.expect_response(re.compile("/board/rows")):
        page.evaluate("holdclock.refresh()")


def test_board_has_no_barrier_in_the_dark(site: Site) -> None:
    """In every state: the colours are others, and the book's pages are light."""
    scene.play(site.premises)
    page = opened(site, role="administrator", color_scheme="dark")

    at_desk = chromium.violations(page)
    page.set_viewport_size(chromium.PHONE)

    assert (at_desk, chromium.violations(page)) == ([], [])


def test_empty_board_stopped_timekeeper_and_forced_colours_have_no_barrier(site: Site) -> None:
    empty = opened(site, forced_colors="active")

    assert chromium.violations(empty) == []
    expect(empty.get_by_text("Reminders have stopped. No timekeeper has run yet.")).to_be_visible()


def test_row_past_the_limit_is_told_apart_where_colours_are_forced(site: Site) -> None:
    scene.play(site.premises)
    page = opened(site, forced_colors="active")
    past, running = page.locator("tr.stop"), page.locator("tr.run").first

    assert chromium.violations(page) == []
    expect(past).to_have_css("outline-style", "double")
    expect(running).to_have_css("outline-style", "none")
    expect(past.locator(".i").first).to_be_visible()
    expect(past).to_contain_text("EXPIRED")


def test_wall_shows_all_without_a_control(site: Site) -> None:
    scene.play(site.premises)

    page = opened(site, "/wall", "agent", viewport={"width": 1920, "height": 1080})

    assert not chromium.scrolls_sideways(page)
    expect(page.get_by_text(f"EXPIRED 2{NBSP}h{NBSP}27{NBSP}min ago")).to_be_visible()


def test_hold_expires_on_the_page(site: Site) -> None:
    due_in(site, "OK-1", timedelta(seconds=3))
    scene.look(site.premises)
    page = opened(site)
    expect(page.get_by_text("under 1 min left")).to_be_visible()

    site.premises.tick(seconds=4)

    expect(page.locator("tr.stop [data-until]")).to_have_text(
        f"EXPIRED 0{NBSP}h{NBSP}00{NBSP}min ago"
    )
    expect(page.locator("tr.stop .ref")).to_have_text("OK-1")
    expect(page).to_have_title(re.compile(r"^\(1 expired\) Board "))
    expect(page.locator("#say-now")).to_contain_text("OK-1: EXPIRED")
    expect(page.locator(".grp").first).to_have_text("Past the limit 1")


def test_countdown_of_the_page_is_that_of_the_server(site: Site) -> None:
    page = opened(site)
    spans = [0, 59, 60, 61, 3599, 3600, 3660, 14399, 14400, 259199, 259200, 262800, 349200]

    told = page.evaluate("spans => spans.map(s => holdclock.countdown(s * 1000))", spans)

    assert told == [ENGLISH.countdown(timedelta(seconds=span)) for span in spans]


def test_entry_made_elsewhere_comes_by_itself(site: Site) -> None:
    due_in(site, "OK-1", 30 * HOUR)
    scene.look(site.premises)
    page = opened(site)

    due_in(site, "OK-2", 20 * HOUR)

    expect(page.locator(".board .ref")).to_have_text(["OK-2", "OK-1"])


def test_live_update_moves_neither_focus_nor_the_focused_row(site: Site) -> None:
    for number in range(12):
        due_in(site, f"OK-{number}", (30 + number) * HOUR)
    scene.look(site.premises)
    page = opened(site, viewport={"width": 1280, "height": 500})
    row = page.locator(".board .ref", has_text=re.compile("^OK-8$"))
    row.focus()
    before = page.evaluate(TOP_OF_FOCUS)

    due_in(site, "NEW-1", 1 * HOUR)
    due_in(site, "NEW-2", 2 * HOUR)
    expect(page.locator(".board .ref", has_text="NEW-2")).to_have_count(1)

    expect(row).to_be_focused()
    assert abs(page.evaluate(TOP_OF_FOCUS) - before) < 2


def test_lost_connection_is_told_and_times_still_count(site: Site) -> None:
    due_in(site, "OK-1", timedelta(hours=30, seconds=1))
    scene.look(site.premises)
    page = opened(site)
    expect(page.get_by_text("Live.")).to_be_visible()

    page.context.set_offline(True)
    page.evaluate("holdclock.refresh()")

    expect(page.locator("#live")).to_contain_text(
        "Not connected since 09:00 EST. Times still count; entries made elsewhere are missing.",
        timeout=9000,
    )
    expect(page.get_by_text(f"29{NBSP}h{NBSP}59{NBSP}min left")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate("holdclock.refresh()")
    expect(page.locator("#live")).to_contain_text("Live.")


def test_timekeeper_that_stops_is_announced_once(site: Site) -> None:
    due_in(site, "OK-1", 30 * HOUR)
    scene.look(site.premises)
    page = opened(site)
    expect(page.get_by_text("Reminders have stopped")).to_have_count(0)

    site.premises.clock.tick(minutes=4)
    refreshed(page)

    banner = page.get_by_role("region", name="System notice")
    expect(banner).to_contain_text("Reminders have stopped. The timekeeper last ran at 09:00:00")
    expect(page.locator("#say-now")).to_contain_text("Reminders have stopped")


def test_single_keys_move_about_and_nothing_else(site: Site) -> None:
    for number in range(3):
        due_in(site, f"OK-{number}", (30 + number) * HOUR)
    page = opened(site)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".board .ref", has_text="OK-1")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".board .ref", has_text="OK-0")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Find by reference or id")).to_be_focused()
    page.keyboard.type("jn?b")
    expect(page.get_by_label("Find by reference or id")).to_have_value("jn?b")
    page.get_by_role("link", name="OK-2").focus()
    page.keyboard.press("?")
    page.wait_for_url("**/help")


def test_single_keys_can_be_turned_off(site: Site) -> None:
    due_in(site, "OK-1", 30 * HOUR)
    page = opened(site, single_keys=False)

    page.keyboard.press("j")
    page.keyboard.press("n")

    expect(page.locator(".board .ref")).not_to_be_focused()
    assert page.url == f"{site.url}/"


def test_first_stop_of_the_keyboard_leads_past_the_header(site: Site) -> None:
    page = opened(site)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_first_hold_is_on_the_first_screen_of_a_phone(site: Site) -> None:
    scene.play(site.premises)
    page = opened(site, viewport=chromium.PHONE)

    first = page.locator(".board .ref").first.bounding_box()

    assert first is not None
    assert first["y"] + first["height"] < chromium.PHONE["height"]


def test_reader_of_twelve_hours_is_told_in_twelve(site: Site) -> None:
    due_in(site, "OK-1", 30 * HOUR)

    page = opened(site, twelve_hour=True, language="es")

    expect(page.get_by_text("mar 3 mar 3:00 p. m. EST").first).to_be_visible()
    expect(page.locator(".now")).to_have_text("lun 2 mar 9:00 a. m. EST")


@pytest.mark.parametrize("language", ["en", "es"])
def test_first_paint_of_a_full_board_is_light(site: Site, language: str) -> None:
    """A thousand holds, a hundred shown, and each lacks every paper and has two limits."""
    policy = {"policy": "8-cfr-287.7d"}
    at = (site.premises.clock.now() - HOUR).isoformat()
    site.premises.register_many(1000, would_release_at=at, **policy)
    page = site.person(language=language)
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))

    page.goto("/", wait_until="load")

    expect(page.locator(".board .ref")).to_have_count(100)
    assert sum(sizes) < 100_000
