"""The page behind an alert's link, as a recipient with a phone and no scripts uses it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from scheduler import clock as clocks
from scheduler.domain.hold import Outcome
from tests.support import house
from tests.support.browser import Page
from tests.support.phone import HOUR, NOW, Phone
from web import guards


@pytest.fixture(scope="module")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "template.db"
    house.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def phone(migrated_file: Path, tmp_path: Path) -> Iterator[Phone]:
    file = tmp_path / "holdclock.db"
    shutil.copyfile(migrated_file, file)
    clock = clocks.SettableClock(NOW - 4 * HOUR)
    with house.premises(f"sqlite:///{file}", clock, tmp_path) as premises:
        yield Phone(premises)


# Opening.


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_records_nothing(phone: Phone, method: str) -> None:
    written = phone.premises.events()

    answers = [phone.browser.request(method, phone.link) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert phone.premises.events() == written
    assert all(each.acknowledged_at is None for each in phone.premises.deliveries())


def test_page_says_what_is_at_stake_and_who_can_be_called(phone: Phone) -> None:
    page = phone.open()

    assert "3\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}59" in phone.browser.get(phone.link).text
    for told in (
        f"Hold {phone.hold_id}, ref OK-1190 · Oakmont jail, NC",
        "Deadline Mon 2 Mar 13:00 EST",
        "Within 1 hour, by 10:00 EST",
        "Within 2 hours, by 11:00 EST",
        "I can\N{RIGHT SINGLE QUOTATION MARK}t come. Alert the next person.",
        "Opening this page has recorded nothing.",
        "As of 09:00:08 EST.",
    ):
        assert told in page.text
    assert page.all("a", href="tel:+19195550142")
    assert "Jo Doe" not in page.text


def test_nothing_is_chosen_for_anybody_and_every_field_has_its_label(phone: Phone) -> None:
    page = phone.open()

    assert not any("checked" in radio for radio in page.all("input", type="radio"))
    labelled = {label["for"] for label in page.all("label")}
    fields = [field for field in page.all("input") if field.get("type") != "hidden"]
    assert {field["id"] for field in fields} == labelled
    ids = [held["id"] for _, held in page.elements if "id" in held]
    assert len(ids) == len(set(ids))
    assert [held.get("lang") for held in page.all("html")] == ["en"]
    assert (len(page.all("main")), len(page.all("h1")), len(page.all("fieldset"))) == (1, 1, 1)


def test_page_has_no_script_and_nothing_inline(phone: Phone) -> None:
    page = phone.open()

    assert not page.all("script")
    assert not page.all("style")
    assert not [
        held
        for _, held in page.elements
        if "style" in held or any(name.startswith("on") for name in held)
    ]
    style = phone.browser.get("/static/holdclock.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text


def test_every_answer_is_guarded(phone: Phone) -> None:
    answers = [
        phone.browser.get(phone.link),
        phone.browser.get("/acknowledge/forged"),
        phone.browser.get("/static/holdclock.css"),
        phone.browser.get("/livez"),
        phone.browser.get("/readyz"),
        phone.browser.get("/"),
        phone.press(choice="9h"),
        phone.press(),
    ]

    wanted = {name.lower(): text for name, text in (guards.HEADERS | guards.HTTPS_ONLY).items()}
    assert [answer.status_code for answer in answers] == [200, 404, 200, 200, 200, 303, 422, 303]
    assert all(answer.headers.items() >= wanted.items() for answer in answers)


def test_no_documentation_is_served_that_loads_from_elsewhere(phone: Phone) -> None:
    # The framework's own pages; what `/docs` shows is ours, and declared in web/rules.py.
    assert phone.browser.get("/redoc").status_code == 404
    assert "https://" not in phone.browser.get("/docs").text


# Answering.


def test_button_acknowledges_once_and_leads_to_a_page_that_says_so(phone: Phone) -> None:
    pressed = phone.press(choice="1h", note="Two agents, <white> van")

    assert (pressed.status_code, pressed.headers["location"]) == (303, httpx.URL(phone.link).path)
    hold = phone.premises.hold(phone.hold_id)
    assert hold.acknowledged_at == NOW + timedelta(seconds=8)
    assert hold.arrival_at == NOW + HOUR
    page = phone.open()
    for told in (
        "Acknowledged",
        "Mon 2 Mar 09:00 EST, by Duty.",
        "The jail sees you due by Mon 2 Mar 10:00 EST.",
        "Note: Two agents, <white> van",
        "Next reminder: Mon 2 Mar 11:00 EST, 2",
        "before the deadline.",
        "This link is used up. To change your answer, call the jail.",
    ):
        assert told in page.text
    assert not page.all("form")


def test_arrival_is_optional(phone: Phone) -> None:
    phone.press()

    assert phone.premises.hold(phone.hold_id).arrival_at is None
    assert "The jail sees that you have it, and no time of arrival." in phone.open().text


def test_other_time_is_read_at_the_jail_and_read_back_in_full(phone: Phone) -> None:
    phone.press(choice="other", at="11:30 am")

    assert phone.premises.hold(phone.hold_id).arrival_at == NOW + 2.5 * HOUR
    assert "due by Mon 2 Mar 11:30 EST." in phone.open().text


def test_arrival_after_the_deadline_is_taken_and_said_to_be_late(phone: Phone) -> None:
    phone.press(at="13:00")

    assert "That is after authority to hold ends." in phone.open().text


def test_choice_that_comes_after_the_deadline_says_so_before_it_is_made(phone: Phone) -> None:
    phone.premises.tick(hours=2, minutes=30)

    page = phone.open()

    assert page.text.count("After authority to hold has ended") == 1
    assert "Within 2 hours, by 13:30 EST After authority" in page.text.replace("EST", "EST ", 3)


def test_double_click_is_harmless(phone: Phone) -> None:
    form = phone.open().form(choice="2h")

    first, second = (phone.browser.post(phone.link, form) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert phone.kinds().count("alert_acknowledged") == 1


def test_second_use_is_refused_and_says_who_was_first_and_what_was_typed(phone: Phone) -> None:
    late = phone.open().form(choice="2h", note="from a tab left open")
    phone.press(choice="1h")

    refused = phone.browser.post(phone.link, late)

    assert refused.status_code == 409
    said = Page(refused).text
    assert "Your entry was not saved" in said
    assert "You entered: Within 2 hours; from a tab left open." in said
    assert "Mon 2 Mar 09:00 EST, by Duty." in said
    assert "due by Mon 2 Mar 10:00 EST." in said
    assert phone.kinds().count("alert_acknowledged") == 1


def test_whoever_cannot_come_alerts_the_next_at_once(phone: Phone) -> None:
    phone.press(choice="cannot")

    assert phone.premises.deliveries(type="hold.escalated")
    assert phone.premises.hold(phone.hold_id).acknowledged_at is None
    page = phone.open()
    assert "Passed on" in page.text
    assert "The next person on the list was alerted at once." in page.text


def test_next_recipient_sees_what_others_answered(phone: Phone) -> None:
    phone.press(choice="1h")
    phone.premises.tick(hours=2)
    phone.link = phone.link_of("hold.reminder")

    assert "Acknowledged Mon 2 Mar 09:00 EST by Duty. Due at the jail by" in phone.open().text


# What is wrong.


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param(
            {"choice": "other", "at": "25:40"},
            "25:40 is not a time of day. Hours go from 00 to 23, minutes from 00 to 59.",
            id="no time",
        ),
        pytest.param({"choice": "other"}, "No time was typed.", id="nothing"),
        pytest.param(
            {"choice": "1h", "at": "10:15"}, "“Within 1 hour” was chosen, and 10:15", id="both"
        ),
    ],
)
def test_error_says_what_is_allowed_and_keeps_what_was_typed(
    phone: Phone, typed: dict[str, str], said: str
) -> None:
    refused = phone.press(**typed, note="bring <papers>")

    assert refused.status_code == 422
    page = Page(refused)
    assert "Error: Acknowledge the alert" in page.text
    assert page.text.count(said) == 2
    assert [link["href"] for link in page.all("a") if "#" in str(link["href"])] == ["#at"]
    (field,) = page.all("input", id="at")
    assert (field["value"], field["aria-invalid"]) == (typed.get("at", ""), "true")
    assert page.all("input", name="note")[0]["value"] == "bring <papers>"
    assert [radio["value"] for radio in page.all("input", type="radio") if "checked" in radio] == [
        typed["choice"]
    ]
    assert "alert_acknowledged" not in phone.kinds()


def test_choice_that_has_passed_is_offered_anew_and_chosen_for_nobody(phone: Phone) -> None:
    form = phone.open().form(choice="1h")
    phone.premises.tick(hours=1, minutes=2)

    refused = phone.browser.post(phone.link, form)

    page = Page(refused)
    assert refused.status_code == 422
    assert "10:00 EST has passed; it is 10:02 EST now. Choose again." in page.text
    assert "Within 1 hour, by 11:02 EST" in page.text
    assert not any("checked" in radio for radio in page.all("input", type="radio"))


def test_note_that_is_too_long_is_refused_at_its_field(phone: Phone) -> None:
    refused = phone.press(note="x" * 301)

    assert refused.status_code == 422
    assert "301 characters are too many. At most 300 are taken." in Page(refused).text
    assert phone.premises.hold(phone.hold_id).acknowledged_at is None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["forged", "../livez", "x" * 4000])
def test_link_that_was_not_made_here_leads_nowhere(phone: Phone, method: str, token: str) -> None:
    answer = phone.browser.request(method, f"/acknowledge/{token.replace('/', '%2F')}")

    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_altered_link_says_what_to_do(phone: Phone) -> None:
    altered = phone.browser.post(phone.link[:-1])

    assert altered.status_code == 404
    assert "This link leads nowhere" in altered.text
    assert "Open it from the message itself, whole." in altered.text


def test_form_of_another_site_is_refused_and_records_nothing(phone: Phone) -> None:
    refused = phone.browser.post(phone.link, headers={"sec-fetch-site": "cross-site"})

    assert refused.status_code == 403
    assert "another site" in refused.text
    assert "alert_acknowledged" not in phone.kinds()


def test_too_large_a_form_is_refused(phone: Phone) -> None:
    refused = phone.browser.post(phone.link, {"note": "x" * guards.BODY_LIMIT})

    assert refused.status_code == 413
    assert "alert_acknowledged" not in phone.kinds()


def test_file_in_place_of_a_text_is_refused_in_plain_words(phone: Phone) -> None:
    refused = phone.browser.request("POST", phone.link, files={"note": ("x.txt", b"text")})

    assert refused.status_code == 422
    assert "This form could not be read" in refused.text


def test_closed_hold_shows_how_it_ended_and_takes_no_answer(phone: Phone) -> None:
    form = phone.open().form(choice="1h")
    phone.premises.registry.record_outcome(
        phone.hold_id, phone.premises.entry(), Outcome.TRANSFERRED
    )

    page, refused = phone.open(), phone.browser.post(phone.link, form)

    assert "Transferred" in page.text
    assert "this alert needs no answer any more" in page.text
    assert not page.all("form")
    assert refused.status_code == 409
    assert "You entered: Within 1 hour." in refused.text
    assert phone.premises.hold(phone.hold_id).acknowledged_at is None


def test_past_the_deadline_the_page_says_so_and_promises_nothing_it_cannot_do(
    phone: Phone,
) -> None:
    phone.premises.tick(hours=4, minutes=7)
    phone.link = phone.link_of("hold.release_without_notification")

    page = phone.open()
    phone.press(choice="cannot")

    assert re.search(r"EXPIRED 0.h.07.min ago", page.text)
    assert "No transfer or release is on record." in page.text
    assert "Every alarm still comes, until an outcome is on record." in page.text
    assert "Alert the next person" not in page.text
    assert "Nobody further could be alerted. Call the jail." in phone.open().text
