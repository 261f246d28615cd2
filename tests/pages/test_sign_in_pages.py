"""Signing in by the pages: what lets in, what does not, what carries through."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Form

from scheduler.accounts.sessions import Stage, form_token
from tests.support.browser import Page
from tests.support.house import OPERATOR, Premises
from tests.support.office import COOKIE, Office
from tests.support.signing_in import PASSWORD, Visitor
from web.identity import Sends, SignedIn

WRONG = "The e-mail, password or code is wrong."


@pytest.fixture
def office(sqlite_premises: Premises) -> Office:
    return Office(sqlite_premises)


@pytest.fixture
def notes(office: Office) -> list[str]:
    """What a page that records one field has recorded."""
    kept: list[str] = []
    app = office.alone()

    @app.get("/notes")
    def show(_: SignedIn) -> list[str]:
        return kept

    @app.post("/notes")
    def note(_: Sends, note: Annotated[str, Form()]) -> str:
        kept.append(note)
        return note

    return kept


@pytest.fixture
def visitor(office: Office) -> Visitor:
    return Visitor(office)


def test_first_sign_in_sets_a_second_factor_up_and_shows_recovery_codes_once(
    visitor: Visitor,
) -> None:
    asked = visitor.try_password()
    picture = visitor.get("/second-factor/qr.svg")
    done = visitor.enrol()

    assert (asked.status_code, asked.headers["location"]) == (303, "/second-factor")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in picture.content
    assert done.status_code == 200
    assert len(visitor.recovery_codes) == 10
    assert visitor.is_in
    # The step is over: the key and the codes are nowhere any more.
    assert visitor.get("/second-factor").status_code == 303


def test_password_and_code_let_in_at_once(visitor: Visitor) -> None:
    visitor.begin()

    answer = visitor.try_password(code=visitor.code())

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor.is_in


def test_code_may_come_after_the_password(visitor: Visitor) -> None:
    visitor.begin()

    asked = visitor.try_password()
    page = visitor.get(asked.headers["location"])
    before = visitor.is_in
    answer = visitor.fill(page, "/sign-in/code", code=visitor.code())

    assert asked.headers["location"] == "/sign-in/code"
    assert not before
    assert answer.status_code == 303
    assert visitor.is_in


def test_code_that_was_taken_is_refused_the_second_time(visitor: Visitor) -> None:
    visitor.begin()
    code = visitor.code()
    visitor.try_password(code=code)
    visitor.cookies.clear()

    again = visitor.try_password(code=code)

    assert again.status_code == 401
    assert WRONG in Page(again).text
    assert not visitor.is_in


def test_code_before_one_that_was_taken_is_refused_too(visitor: Visitor) -> None:
    visitor.begin()
    earlier = visitor.code()
    visitor.try_password(code=visitor.next_code())
    visitor.cookies.clear()

    assert visitor.try_password(code=earlier).status_code == 401


def test_recovery_code_lets_in_once(visitor: Visitor) -> None:
    visitor.begin()
    code = visitor.recovery_codes[3]

    first = visitor.try_password(code=code.lower().replace("-", " "))
    visitor.cookies.clear()
    second = visitor.try_password(code=code)

    assert (first.status_code, second.status_code) == (303, 401)


def test_every_failure_reads_the_same(office: Office, visitor: Visitor) -> None:
    visitor.begin()
    off = Visitor(office)
    off.begin()
    office.people.users.disable(OPERATOR, off.account_id)

    said = [
        visitor.try_password("not the password at all"),
        visitor.try_password(code="000000"),
        off.try_password(code=off.code()),
    ]
    visitor.email = "nobody@example.gov"
    said.append(visitor.try_password())

    assert {answer.status_code for answer in said} == {401}
    texts = {Page(answer).text for answer in said}
    assert len(texts) == 1


def test_token_is_new_at_every_step_and_the_old_ones_are_good_for_nothing(
    office: Office, visitor: Visitor
) -> None:
    visitor.begin()
    seen = []
    visitor.get("/sign-in")
    seen.append(visitor.cookies[COOKIE])
    page = visitor.get(visitor.try_password().headers["location"])
    seen.append(visitor.cookies[COOKIE])
    visitor.fill(page, "/sign-in/code", code=visitor.code())
    seen.append(visitor.cookies[COOKIE])

    assert len(set(seen)) == 3
    assert office.people.sessions.whose(seen[0]) is None
    assert not office.people.sign_in.is_at(seen[1], Stage.CODE)


def test_token_fixed_by_somebody_else_is_not_the_one_that_signs_in(visitor: Visitor) -> None:
    visitor.begin()
    fixed = "chosen-by-somebody-who-waits-for-it"
    visitor.cookies.set(COOKIE, fixed, domain="holds.example.gov", path="/")

    visitor.try_password(code=visitor.code())
    own = visitor.cookies[COOKIE]
    visitor.cookies.set(COOKIE, fixed, domain="holds.example.gov", path="/")

    assert own != fixed
    assert not visitor.is_in


def test_cookie_is_for_this_host_https_and_no_script(visitor: Visitor) -> None:
    set_cookie = visitor.get("/sign-in").headers["set-cookie"]

    name, _, rest = set_cookie.partition("=")
    assert name == "__Host-holdclock"
    assert {part.strip().lower() for part in rest.split(";")[1:]} == {
        "path=/",
        "secure",
        "httponly",
        "samesite=lax",
    }


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}],
    ids=["fetch metadata", "origin"],
)
def test_form_of_another_site_signs_nobody_in(visitor: Visitor, headers: dict[str, str]) -> None:
    form = Page(visitor.get("/sign-in")).form(email=visitor.email, password=PASSWORD)

    assert visitor.post("/sign-in", form, headers=headers).status_code == 403


def test_form_without_the_browsers_own_token_signs_nobody_in(visitor: Visitor) -> None:
    form = Page(visitor.get("/sign-in")).form(email=visitor.email, password=PASSWORD)

    assert visitor.post("/sign-in", {**form, "csrf": ""}).status_code == 403
    visitor.cookies.clear()
    assert visitor.post("/sign-in", form).status_code == 403


def test_sign_out_ends_the_session_not_only_the_cookie(visitor: Visitor) -> None:
    visitor.sign_in()
    token = visitor.cookies[COOKIE]

    left = visitor.post("/sign-out", {"csrf": form_token(token)})
    kept = dict(visitor.cookies)
    visitor.cookies.set(COOKIE, token, domain="holds.example.gov", path="/")

    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert kept == {}
    assert not visitor.is_in


@pytest.mark.usefixtures("notes")
def test_whoever_is_not_in_is_led_to_sign_in_and_from_there_where_they_wanted_to_go(
    office: Office, visitor: Visitor
) -> None:
    visitor.begin()
    led = visitor.get("/notes?kind=hold_expired&since=1")
    page = visitor.get(led.headers["location"])

    answer = visitor.fill(
        page, "/sign-in", email=visitor.email, password=PASSWORD, code=visitor.code()
    )

    assert led.status_code == 303
    assert answer.headers["location"] == "/notes?kind=hold_expired&since=1"


def test_step_after_the_password_is_over_in_ten_minutes(office: Office, visitor: Visitor) -> None:
    visitor.begin()
    page = visitor.get(visitor.try_password().headers["location"])
    office.premises.clock.tick(minutes=10)

    answer = visitor.fill(page, "/sign-in/code", code=visitor.code())

    assert answer.status_code == 401
    assert "Begin again" in Page(answer).text
    assert not visitor.is_in


# A session that ends in the middle of a form.


def test_form_that_comes_after_the_session_is_not_recorded_and_offered_again(
    office: Office, notes: list[str], visitor: Visitor
) -> None:
    visitor.sign_in()
    csrf = form_token(visitor.cookies[COOKIE])
    office.premises.clock.tick(minutes=31)

    late = visitor.post("/notes", {"csrf": csrf, "note": "gate 2, 06:30", "as_of": "x"})
    before = list(notes)
    offered = visitor.fill(
        late, "/sign-in", email=visitor.email, password=PASSWORD, code=visitor.code()
    )
    not_yet = list(notes)
    visitor.fill(offered, "/notes")

    assert late.status_code == 401
    assert "gate 2" not in late.text
    assert "gate 2, 06:30" in Page(offered).text
    assert (before, not_yet, notes) == ([], [], ["gate 2, 06:30"])


@pytest.mark.usefixtures("notes")
def test_what_was_typed_survives_the_step_of_the_code_too(office: Office, visitor: Visitor) -> None:
    visitor.sign_in()
    csrf = form_token(visitor.cookies[COOKIE])
    office.premises.clock.tick(hours=12)
    late = visitor.post("/notes", {"csrf": csrf, "note": "gate 2"})

    asked = visitor.fill(late, "/sign-in", email=visitor.email, password=PASSWORD, code="")
    wrong = visitor.fill(asked, "/sign-in/code", code="000000")
    offered = visitor.fill(wrong, "/sign-in/code", code=visitor.code())

    assert "gate 2" in Page(offered).text


@pytest.mark.usefixtures("notes")
def test_what_was_typed_is_not_shown_to_the_next_who_signs_in_at_that_desk(
    office: Office, visitor: Visitor
) -> None:
    visitor.sign_in()
    other = Visitor(office)
    other.begin()
    csrf = form_token(visitor.cookies[COOKIE])
    office.premises.clock.tick(minutes=31)
    late = visitor.post("/notes", {"csrf": csrf, "note": "gate 2"})

    answer = visitor.fill(late, "/sign-in", email=other.email, password=PASSWORD, code=other.code())

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
