"""What must do no harm in a browser: a script in a text, a double click, a session that ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.demo.inbox import Finding
from tests.browser import keyboard, reading
from tests.browser.book import LEAVES, Leaf
from tests.browser.reading import Readers
from tests.browser.test_days import sign_in, somebody
from tests.support.chromium import Site
from tests.support.house import FACILITY, OFFICE, OPERATOR
from tests.support.signing_in import PASSWORD

SCRIPT = '"><img src=x onerror="window.harmed=1"><script>window.harmed=1</script>'
"""What would run, if any page took it for more than a text; our policy would refuse it aloud."""

MOST_TEXT = frozenset(
    {"board-all", "wall", "hold-expired", "packet", "events", "deliveries", "acknowledge"}
    | {"record-transfer", "facility", "demo-mailbox"}
)


@pytest.fixture(scope="module")
def readers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """Readers of a house in which every text that people type is a script."""
    with reading.readers(browser, tmp_path_factory.mktemp("house")) as opened:
        _poison(opened)
        yield opened


def _poison(readers: Readers) -> None:
    premises, names = readers.site.premises, readers.names
    told = premises.administration
    told.edit(OPERATOR, "facility", FACILITY, {"name": SCRIPT})
    told.edit(OPERATOR, "office", OFFICE, {"name": SCRIPT})
    told.edit(OPERATOR, "contact", names["contact"], {"name": SCRIPT})
    readers.site.office.people.users.edit(OPERATOR, names["user"], {"name": SCRIPT})
    started = premises.clock.now().isoformat()
    hostile = premises.register("SCRIPT", would_release_at=started, subject_name=SCRIPT).hold.id
    names["hostile"] = hostile
    for name in (hostile, names["CR-2291"], names["OK-1190"]):
        premises.registry.log_call(name, premises.entry(note=SCRIPT))
        premises.execute(
            "UPDATE hold SET hold_ref = :ref WHERE id = :id", ref=SCRIPT + name, id=name
        )
    premises.tick()
    premises.deliver()
    readers.site.inbox.put(
        "e-mail", SCRIPT, key="1", says=SCRIPT, finding=Finding("TLS + AUTH", is_good=True)
    )


@pytest.mark.parametrize(
    "leaves",
    [
        pytest.param([leaf for leaf in LEAVES if leaf.name in MOST_TEXT], id="most texts"),
        pytest.param(LEAVES, id="every page", marks=pytest.mark.nightly),
    ],
)
def test_script_in_a_text_is_a_text(readers: Readers, leaves: Sequence[Leaf]) -> None:
    said: list[str] = []
    made = []
    for leaf in leaves:
        page = readers.page(leaf.role)
        page.once("console", lambda message: said.append(message.text))
        readers.open(leaf)
        foreign = page.locator("img[src=x], script:not([src])").count()
        made += [leaf.name] * bool(foreign or page.evaluate("window.harmed"))

    assert made == []
    assert [each for each in said if "Security Policy" in each] == []


def test_person_whose_name_is_a_script_is_shown_by_it(readers: Readers) -> None:
    page = readers.page("facility")
    page.goto(f"/holds/{readers.names['hostile']}")

    page.get_by_role("button", name="Show the person").click()

    expect(page.get_by_text(SCRIPT).last).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_double_click_registers_and_records_once(site: Site) -> None:
    page = site.person("facility")
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-77")
    page.get_by_role("button", name="Register").dblclick()
    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    page.get_by_role("link", name="Notice to the agency").first.click()

    page.get_by_role("button", name="Notice to the agency").dblclick()

    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    assert site.premises.kinds() == ["hold_registered", "notice_recorded"]


def test_double_click_without_a_script_registers_and_records_once(site: Site) -> None:
    page = site.person("facility", java_script_enabled=False)
    page.goto("/holds/new")
    page.get_by_label("Reference").fill("OK-77")
    page.get_by_role("button", name="Register").dblclick()
    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    page.get_by_role("link", name="Released", exact=True).first.click()

    page.get_by_role("button", name="Released", exact=True).dblclick()

    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    kinds = site.premises.kinds()
    assert (kinds.count("hold_registered"), kinds.count("release_recorded")) == (1, 1)


class Returned:
    """Somebody whose session ends while a form is open, and who signs in again."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.email = somebody(site, "facility")
        self.page = site.visitor()
        self.secret = sign_in(self.page, site, self.email)

    def too_late(self, button: str) -> Page:
        """Press a button half an hour later, sign in, and send what was typed."""
        self.site.premises.clock.tick(minutes=31)
        page = self.page
        page.get_by_role("button", name=button, exact=True).press("Enter")
        keyboard.fill(page, "Work e-mail", self.email)
        keyboard.fill(page, "Password", PASSWORD)
        code = pyotp.TOTP(self.secret).at(self.site.premises.clock.now())
        keyboard.fill(page, "6-digit code", code)
        page.keyboard.press("Enter")
        expect(page.get_by_text("What you typed is not recorded yet")).to_be_visible()
        return page


def test_new_hold_typed_before_the_session_ended_survives_the_sign_in(site: Site) -> None:
    desk = Returned(site)
    desk.page.goto("/holds/new")
    desk.page.get_by_label("Reference").fill("OK-77")

    page = desk.too_late("Register")
    before = site.premises.kinds()
    expect(page.get_by_text("OK-77")).to_be_visible()
    keyboard.press(page, "Send it now")

    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    assert (before, site.premises.kinds()) == ([], ["hold_registered"])


def test_fact_typed_before_the_session_ended_survives_the_sign_in(site: Site) -> None:
    desk, hold_id = Returned(site), site.premises.register("OK-77").hold.id
    desk.page.goto(f"/holds/{hold_id}/record?fact=notice")
    desk.page.get_by_label("Note").fill("Told the duty desk")

    page = desk.too_late("Notice to the agency")
    before = site.premises.kinds()
    expect(page.get_by_text("Told the duty desk")).to_be_visible()
    keyboard.press(page, "Send it now")

    expect(page.get_by_role("heading", name="Hold OK-77")).to_be_visible()
    assert before == ["hold_registered"]
    assert site.premises.events(hold_id, "notice_recorded")[0]["data"]["note"] == (
        "Told the duty desk"
    )
