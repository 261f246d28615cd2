"""Each role does its day's work, by keyboard alone."""

from __future__ import annotations

import re

import pyotp
from playwright.sync_api import Page, expect

from scheduler import wiring
from tests.browser import keyboard
from tests.browser.furnishing import furnish
from tests.support import scene
from tests.support.chromium import PLACES, Site
from tests.support.house import OPERATOR
from tests.support.signing_in import PASSWORD

RECORDING = re.compile("/(record|new|resend|correct|administration)")
"""Addresses below which something is recorded. Who looks at a person's name is told as well,
but whoever may read it may ask."""


def somebody(site: Site, role: str) -> str:
    """Put an account with a password on record; its address."""
    email = f"{role}@example.gov"
    site.office.people.users.add(
        OPERATOR, email=email, role=role, name="Duty desk", password=PASSWORD, **PLACES[role]
    )
    return email


def sign_in(page: Page, site: Site, email: str) -> str:
    """Sign in for the first time, with a second factor to set up; return its key."""
    page.goto("/")
    keyboard.fill(page, "Work e-mail", email)
    keyboard.fill(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    said = page.locator("main").inner_text()
    key = re.search(r"Key: ([A-Z2-7 ]+)", said)
    assert key is not None
    secret = key[1].replace(" ", "")
    keyboard.fill(page, "6-digit code", pyotp.TOTP(secret).at(site.premises.clock.now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    keyboard.follow(page, "Go on")
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    return secret


def test_somebody_signs_in_out_and_in_again(site: Site) -> None:
    scene.look(site.premises)
    email = somebody(site, "facility")
    page = site.visitor()

    secret = sign_in(page, site, email)
    keyboard.press(page, "Sign out")
    site.premises.clock.tick(minutes=1)
    keyboard.fill(page, "Work e-mail", email)
    keyboard.fill(page, "Password", PASSWORD)
    keyboard.fill(page, "6-digit code", pyotp.TOTP(secret).at(site.premises.clock.now()))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    assert [each["kind"] for each in site.premises.events() if each["hold_id"] is None][-3:] == [
        "user_signed_in",
        "user_signed_out",
        "user_signed_in",
    ]


def test_deputy_keeps_a_hold_from_its_entry_to_the_release(site: Site) -> None:
    scene.look(site.premises)
    page = site.person("facility")
    page.goto("/")

    page.keyboard.press("n")
    expect(page.get_by_label("Reference")).to_be_focused()
    page.keyboard.type("OK-77")
    page.keyboard.press("Enter")
    for fact in ("Copy served on the person", "Notice to the agency", "Released"):
        expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
        keyboard.follow(page, fact)
        expect(page.get_by_role("heading", name=fact)).to_be_visible()
        keyboard.press(page, fact)

    expect(page.get_by_role("link", name="Copy served on the person")).to_have_count(0)
    assert site.premises.kinds()[:4] == [
        "hold_registered",
        "detainer_served",
        "notice_recorded",
        "release_recorded",
    ]


def test_deputy_finds_a_hold_by_its_reference_and_hands_it_over(site: Site) -> None:
    names = scene.play(site.premises)
    page = site.person("facility")
    page.goto("/")

    page.keyboard.press("/")
    page.keyboard.type("lk-0417")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/holds/{names['LK-0417']}")
    keyboard.follow(page, "Transferred to the agency")
    page.wait_for_url("**/record?fact=transfer")
    keyboard.press(page, "Transferred to the agency")

    page.wait_for_url(f"**/holds/{names['LK-0417']}")
    assert "transfer_recorded" in site.premises.kinds(names["LK-0417"])


def test_agent_answers_an_alert_and_reports_the_transfer(site: Site) -> None:
    site.premises.add_webhook()
    names = scene.play(site.premises)
    email, page = somebody(site, "agent"), site.visitor()
    alert = site.premises.deliveries(hold_id=names["LK-0417"])[-1]
    link = wiring.acknowledge_links(site.premises.settings).url(alert.id)

    page.goto("/acknowledge/" + link.rpartition("/")[2])
    keyboard.choose(page, "At another time")
    keyboard.fill(
        page, "Other time, as the jail\N{RIGHT SINGLE QUOTATION MARK}s clock shows it", "10:30"
    )
    keyboard.press(page, "Acknowledge")
    expect(page.get_by_text("The jail sees you due by Mon 2 Mar 10:30 EST.")).to_be_visible()
    sign_in(page, site, email)
    keyboard.follow(page, "LK-0417")
    expect(page.get_by_text("10:30 EST").first).to_be_visible()
    keyboard.follow(page, "Transferred to the agency")
    page.wait_for_url("**/record?fact=transfer")
    keyboard.press(page, "Transferred to the agency")

    page.wait_for_url(f"**/holds/{names['LK-0417']}")
    assert site.premises.kinds(names["LK-0417"])[-2:] == ["alert_acknowledged", "transfer_recorded"]


def test_auditor_reads_everything_and_is_offered_nothing_that_records(site: Site) -> None:
    site.premises.add_webhook()
    names = scene.play(site.premises)
    page = site.person("auditor")
    page.goto("/")
    offered: list[str] = []

    for place in ("Event log", "Reports", "Deliveries", "Status", "Board"):
        keyboard.follow(page, place)
        expect(page.get_by_role("link", name=place, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        offered += recording(page)
    page.goto(f"/holds/{names['CR-2291']}")
    offered += recording(page)
    page.goto("/reports")
    with page.expect_download() as taken:
        keyboard.follow(page, "CSV")

    assert offered == []
    assert b"Pine Ridge Detention Center" in taken.value.path().read_bytes()


def recording(page: Page) -> list[str]:
    """Return the controls of a page that would record something about a hold or a setting."""
    links = page.locator("main a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    forms = page.locator("main form[method=post]").evaluate_all(
        "all => all.map(form => form.action)"
    )
    return [href for href in [*links, *forms] if RECORDING.search(href)]


def test_administrator_reads_the_log_and_sees_to_alerts_people_and_jails(site: Site) -> None:
    names = furnish(site)
    page = site.person("administrator")
    page.goto("/")

    keyboard.follow(page, "Event log")
    keyboard.fill(page, "Hold: reference or id", "CR-2291")
    page.keyboard.press("Enter")
    page.wait_for_url("**/events?*hold=CR-2291*")
    with page.expect_download() as taken:
        keyboard.follow(page, "CSV")
    keyboard.follow(page, "Deliveries")
    again = page.get_by_role("link", name="Send again").first
    keyboard.reach(page, again)
    page.keyboard.press("Enter")
    keyboard.press(page, "Send again")
    page.wait_for_url("**/deliveries?state=waiting")
    add_person(page, "clerk@example.gov")
    add_facility(page, "ASH")

    assert names["CR-2291"] in taken.value.path().read_text(encoding="utf-8")
    assert [each.id for each in site.premises.deliveries(state="waiting")] == [names["dead"]]
    asked = site.premises.scalar
    assert asked("SELECT role FROM account WHERE email = 'clerk@example.gov'") == "auditor"
    assert asked("SELECT name FROM facility WHERE code = 'ASH'") == "Ash jail"


def add_person(page: Page, email: str) -> None:
    keyboard.follow(page, "Administration")
    keyboard.follow(page, "People")
    keyboard.follow(page, "New account")
    keyboard.fill(page, "Email", email)
    keyboard.reach(page, page.get_by_label("Role"))
    page.keyboard.type("Auditor")
    keyboard.press(page, "Add")
    expect(page.get_by_role("heading", name="New account")).to_have_count(0)
    expect(page.get_by_text(email).first).to_be_visible()


def add_facility(page: Page, code: str) -> None:
    keyboard.follow(page, "Administration")
    keyboard.follow(page, "Facilities")
    keyboard.follow(page, "New facility")
    told = {"Code": code, "Name": "Ash jail", "State": "NC", "Time zone": "America/New_York"}
    for label, text in told.items():
        keyboard.fill(page, label, text)
    keyboard.press(page, "Add")
    expect(page.get_by_role("heading", name="Ash jail")).to_be_visible()
