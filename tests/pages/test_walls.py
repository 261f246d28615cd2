"""Screens on walls: they watch the board of their facilities, and nothing else."""

from __future__ import annotations

import re

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.errors import HoldNotFoundError, InvalidHoldError, NotAllowedError
from scheduler.store import walls
from tests.support import scene
from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, OPERATOR, Premises
from tests.support.office import Office


def hung(office: Office, *facilities: str) -> tuple[str, Browser]:
    """Hang up a screen; its id, and its browser, which has opened the address once."""
    made = office.people.walls.add(OPERATOR, name="Corridor B", facilities=facilities or [FACILITY])
    browser = Browser(office.app)
    answer = browser.get(made.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
    return made.id, browser


def test_screen_goes_on_for_weeks_without_anybody_touching_it(
    premises: Premises, office: Office
) -> None:
    scene.play(premises)
    _, screen = hung(office)

    premises.clock.tick(hours=24 * 30)
    wall, rows = screen.get("/wall"), screen.get("/wall/rows")

    assert (wall.status_code, rows.status_code) == (200, 200)
    assert "CR-2291" in wall.text
    assert "CR-2291" in rows.text


def test_screen_shows_the_board_of_its_facilities_alone(premises: Premises, office: Office) -> None:
    scene.play(premises)
    _, screen = hung(office, scene.PINE)

    text = screen.get("/wall?facility=OAK").text + screen.get("/wall").text

    assert set(re.findall(r"[A-Z]{2}-\d{4}", text)) == {"TR-0312"}


def test_screen_opens_nothing_but_the_wall(premises: Premises, office: Office) -> None:
    scene.play(premises)
    _, screen = hung(office)

    statuses = {
        path: screen.get(path).status_code
        for path in ("/", "/board/rows", "/events", "/holds/new", "/status", "/account", "/reports")
    }
    interface = screen.get("/api/v1/holds")
    posted = screen.post("/sign-out")

    assert set(statuses.values()) == {303}
    assert interface.status_code == 401
    assert posted.status_code in {303, 403}


def test_address_does_not_stay_in_sight_and_its_cookie_is_for_this_host_alone(
    premises: Premises, office: Office
) -> None:
    made = office.people.walls.add(OPERATOR, name="Corridor", facilities=[FACILITY])
    token = made.url.rpartition("/")[2]

    answer = Browser(office.app).get(made.url)

    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/wall"
    assert cookie.startswith("__Host-holdclock-wall=")
    for demand in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=34560000"):
        assert demand in cookie
    with premises.database.read() as connection:
        (row,) = walls.all_of(connection)
    assert token not in str(dict(row))
    assert token not in str(list(premises.house.event_log.events()))


def test_ended_screen_is_led_to_sign_in_and_its_address_is_gone(
    premises: Premises, office: Office
) -> None:
    made = office.people.walls.add(OPERATOR, name="Corridor", facilities=[FACILITY])
    screen = Browser(office.app)
    screen.get(made.url)

    office.people.walls.end(OPERATOR, made.id)

    assert screen.get("/wall").headers["location"] == "/sign-in?next=/wall"
    assert screen.get("/wall/rows").status_code == 303
    assert screen.get("/stream").status_code == 401
    assert Browser(office.app).get(made.url).status_code == 404
    with pytest.raises(HoldNotFoundError):
        office.people.walls.end(OPERATOR, made.id)


def test_whoever_is_signed_in_watches_as_themselves(premises: Premises, office: Office) -> None:
    scene.play(premises)
    person = office.person("facility", [FACILITY])
    made = office.people.walls.add(OPERATOR, name="Corridor", facilities=[scene.PINE])
    person.get(made.url)

    assert "CR-2291" in person.get("/wall").text
    premises.clock.tick(minutes=31)
    assert "CR-2291" not in person.get("/wall").text


def test_screen_speaks_the_language_of_its_browser(premises: Premises, office: Office) -> None:
    _, screen = hung(office)

    page = Page(screen.get("/wall", headers={"Accept-Language": "es-US"}))

    assert page.all("html", lang="es")


def test_making_and_ending_are_on_the_log_and_for_administrators(
    premises: Premises, office: Office
) -> None:
    made = office.people.walls.add(OPERATOR, name="Corridor B", facilities=[FACILITY])
    office.people.walls.end(OPERATOR, made.id)
    desk = Actor("user:DESK", Role.FACILITY, frozenset({FACILITY}))

    told = [
        (event["data"]["field"], event["data"]["new"])
        for event in premises.house.event_log.events()
        if event["data"].get("noun") == "wall"
    ]
    assert [field for field, _ in told] == ["name", "facility_codes", "disabled_at"]
    (row,) = office.people.walls.all()
    assert (row["name"], row["facility_codes"]) == ("Corridor B", [FACILITY])
    assert row["disabled_at"] is not None
    for act in (
        lambda: office.people.walls.add(desk, name="x", facilities=[FACILITY]),
        lambda: office.people.walls.end(desk, made.id),
    ):
        with pytest.raises(NotAllowedError):
            act()
    with pytest.raises(InvalidHoldError):
        office.people.walls.add(OPERATOR, name="x", facilities=[])
    with pytest.raises(HoldNotFoundError):
        office.people.walls.add(OPERATOR, name="x", facilities=["NONE"])
