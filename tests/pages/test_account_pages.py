"""One's own account: preferences, and the password, with the current one at hand."""

from __future__ import annotations

import httpx
import pytest

from scheduler.accounts.sessions import form_token
from tests.support.browser import Browser, Page
from tests.support.house import FACILITY, OFFICE, Premises
from tests.support.office import COOKIE, Office
from tests.support.signing_in import PASSWORD, Visitor

OTHER = "green tractors eat nine clouds"
PATH = "/account/password"


@pytest.fixture
def office(premises: Premises) -> Office:
    return Office(premises)


@pytest.fixture
def visitor(office: Office) -> Visitor:
    """Somebody of the facility, signed in by the pages."""
    visitor = Visitor(office, "facility", facilities=[FACILITY])
    visitor.sign_in()
    return visitor


def change(visitor: Visitor, current: str, password: str, again: str | None = None) -> Page:
    typed = {"current": current, "password": password, "again": again or password}
    answer = visitor.fill(visitor.get(PATH), PATH, **typed)
    assert answer.status_code == 422
    for each in typed.values():
        assert each not in answer.text
    return Page(answer)


def is_wrong(page: Page, field: str) -> bool:
    """Say whether a field says that it is wrong, and by which words."""
    held = page.all("input", name=field)[0]
    is_described = f"{field}-p" in str(held.get("aria-describedby")).split()
    return held.get("aria-invalid") == "true" and is_described


def test_password_is_changed_by_the_current_one_and_goes_on_in_this_browser_alone(
    visitor: Visitor, office: Office
) -> None:
    elsewhere = office.token(visitor.account_id)
    before = visitor.cookies[COOKIE]
    typed = {"current": PASSWORD, "password": OTHER, "again": OTHER}

    answer = visitor.fill(visitor.get(PATH), PATH, **typed)
    shown = visitor.get(answer.headers["location"])

    assert answer.status_code == 303
    assert "Your password was changed." in Page(shown).text
    assert visitor.cookies[COOKIE] != before
    for token in (elsewhere, before):
        visitor.cookies.clear()
        visitor.cookies.set(COOKIE, token, domain="holds.example.gov", path="/")
        assert not visitor.is_in
    visitor.cookies.clear()
    assert visitor.try_password(PASSWORD).status_code == 401
    assert visitor.try_password(OTHER).headers["location"] == "/sign-in/code"


def test_double_click_changes_it_once(visitor: Visitor) -> None:
    page = visitor.get(PATH)
    typed = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    visitor.fill(page, PATH, **typed)

    # The form is of the session that ended with the first.
    again = visitor.fill(page, PATH, **typed)

    assert again.status_code == 403
    assert visitor.is_in


@pytest.mark.parametrize(
    ("current", "password", "again", "field", "said"),
    [
        pytest.param("gantry7", OTHER, OTHER, "current", "current password is wrong", id="current"),
        pytest.param(PASSWORD, OTHER, OTHER + "x", "again", "are not the same", id="again"),
        pytest.param(PASSWORD, "plo5e", "plo5e", "password", "5 of at least 15", id="too short"),
        pytest.param(PASSWORD, "x" * 129, "x" * 129, "password", "at most 128", id="too long"),
        pytest.param(PASSWORD, "abc" * 6, "abc" * 6, "password", "tried first", id="guessable"),
    ],
)
def test_refusal_stands_at_its_field_and_no_password_in_the_page(
    visitor: Visitor, current: str, password: str, again: str, field: str, said: str
) -> None:
    page = change(visitor, current, password, again)

    assert is_wrong(page, field)
    assert said in page.text
    assert [each["href"] for each in page.all("a", href=f"#{field}")]
    visitor.cookies.clear()
    assert visitor.try_password().status_code == 303


def test_refusal_is_in_the_readers_language(visitor: Visitor) -> None:
    visitor.post("/account", {"csrf": form_token(visitor.cookies[COOKIE]), "language": "es"})

    short = change(visitor, PASSWORD, "plo5e")
    wrong = change(visitor, "gantry7", OTHER)

    assert "demasiado corta: 5 caracteres, de 15 como mínimo" in short.text
    assert "La contraseña actual no es correcta" in wrong.text


def test_fifth_wrong_current_password_locks_and_the_right_one_does_not_help(
    visitor: Visitor, office: Office
) -> None:
    for _ in range(5):
        change(visitor, "gantry7", OTHER)

    change(visitor, PASSWORD, OTHER)

    assert len(office.premises.events(kind="sign_in_locked")) == 1


def test_passwords_are_not_carried_through_the_end_of_a_session(
    visitor: Visitor, office: Office
) -> None:
    page = visitor.get(PATH)
    office.premises.clock.tick(minutes=31)
    typed = {"current": PASSWORD, "password": OTHER, "again": OTHER}

    late = visitor.fill(page, PATH, **typed)
    back = visitor.fill(
        late, "/sign-in", email=visitor.email, password=PASSWORD, code=visitor.code()
    )

    assert late.status_code == 401
    assert (back.status_code, back.headers["location"]) == (303, "/")


def test_account_without_a_password_is_offered_none(office: Office) -> None:
    asks = office.person("agent", offices=[OFFICE])

    shown, form = Page(asks.get("/account")), Page(asks.get(PATH))

    assert "Through your agency." in shown.text
    assert not form.all("input", name="current")
    assert asks.send(PATH, {"current": "x", "password": OTHER, "again": OTHER}).status_code == 422


def test_markup_in_a_name_is_escaped(office: Office) -> None:
    asks = office.person("auditor")
    name = "<script>alert(1)</script>"
    office.premises.execute(
        "UPDATE account SET name = :name WHERE id = :id", name=name, id=asks.account_id
    )

    answer = asks.get("/account")

    assert name not in answer.text
    assert name in Page(answer).text


# The second factor.

ANEW = "/account/second-factor"


def test_second_factor_is_set_up_anew_by_password_and_a_fresh_code(
    visitor: Visitor, office: Office
) -> None:
    elsewhere, old = office.token(visitor.account_id), list(visitor.recovery_codes)
    typed = {"current": PASSWORD, "code": visitor.next_code()}

    led = visitor.fill(visitor.get(ANEW), ANEW, **typed)
    between = visitor.is_in
    visitor.enrol()
    after = visitor.is_in
    visitor.cookies.clear()
    visitor.cookies.set(COOKIE, elsewhere, domain="holds.example.gov", path="/")

    assert (led.status_code, led.headers["location"]) == (303, "/second-factor")
    assert (between, after, visitor.is_in) == (False, True, False)
    assert len(visitor.recovery_codes) == 10
    assert not set(old) & set(visitor.recovery_codes)
    told = office.premises.events(kind="setting_changed")
    # Set at the first sign-in, taken off, and set again; never what it is.
    assert [each["data"]["field"] for each in told].count("second_factor") == 3
    visitor.cookies.clear()
    assert visitor.try_password(code=old[0]).status_code == 401
    assert visitor.try_password(code=visitor.recovery_codes[0]).headers["location"] == "/"


def test_recovery_code_will_do_where_the_telephone_is_lost(visitor: Visitor) -> None:
    typed = {"current": PASSWORD, "code": visitor.recovery_codes[0]}

    assert visitor.fill(visitor.get(ANEW), ANEW, **typed).headers["location"] == "/second-factor"


@pytest.mark.parametrize(
    ("current", "code", "field", "said"),
    [
        pytest.param("gantry7", None, "current", "current password is wrong", id="password"),
        pytest.param(PASSWORD, "000000", "code", "The code is wrong, or was used", id="code"),
        pytest.param(PASSWORD, "", "code", "The code is wrong, or was used", id="no code"),
    ],
)
def test_second_factor_stays_where_either_is_wrong(
    visitor: Visitor, current: str, code: str | None, field: str, said: str
) -> None:
    typed = {"current": current, "code": visitor.next_code() if code is None else code}

    answer = visitor.fill(visitor.get(ANEW), ANEW, **typed)

    page = Page(answer)
    assert answer.status_code == 422
    assert said in page.text
    assert is_wrong(page, field)
    assert visitor.is_in
    visitor.cookies.clear()
    assert visitor.try_password().headers["location"] == "/sign-in/code"


def test_wrong_codes_count_as_failed_sign_ins_do(visitor: Visitor, office: Office) -> None:
    for _ in range(5):
        visitor.fill(visitor.get(ANEW), ANEW, current=PASSWORD, code="000000")

    right = {"current": PASSWORD, "code": visitor.next_code()}
    answer = visitor.fill(visitor.get(ANEW), ANEW, **right)

    assert answer.status_code == 422
    assert len(office.premises.events(kind="sign_in_locked")) == 1


# Sessions.


def test_other_sessions_are_listed_and_ended_and_this_one_goes_on(
    visitor: Visitor, office: Office
) -> None:
    elsewhere = office.token(visitor.account_id)
    office.premises.clock.tick(minutes=5)
    before = Page(visitor.get("/account"))
    csrf = form_token(visitor.cookies[COOKIE])

    answers = [visitor.post("/account/end-other-sessions", {"csrf": csrf}) for _ in range(2)]
    after = Page(visitor.get("/account"))

    assert before.text.count("last used Mon 2 Mar") == 2
    assert before.text.count("(this browser)") == 1
    assert {answer.headers["location"] for answer in answers} == {"/account?saved=sessions"}
    assert after.text.count("last used Mon 2 Mar") == 1
    assert not after.all("form", action="/account/end-other-sessions")
    is_in = visitor.is_in
    visitor.cookies.set(COOKIE, elsewhere, domain="holds.example.gov", path="/")
    assert (is_in, visitor.is_in) == (True, False)
    assert len(office.premises.events(kind="user_signed_out")) == 1


def test_session_that_ran_out_is_neither_listed_nor_told_of(
    visitor: Visitor, office: Office
) -> None:
    office.premises.clock.tick(minutes=29)
    visitor.get("/account")
    office.token(office.account("auditor"))
    office.premises.clock.tick(minutes=2)
    office.token(visitor.account_id)
    office.premises.clock.tick(minutes=20)
    visitor.get("/account")
    office.premises.clock.tick(minutes=11)

    assert Page(visitor.get("/account")).text.count("last used") == 1
    csrf = form_token(visitor.cookies[COOKIE])
    visitor.post("/account/end-other-sessions", {"csrf": csrf})
    assert office.premises.events(kind="user_signed_out") == []


# The calendar feed.

FEED = "/account/calendar-feed"


def test_own_calendar_feed_is_shown_once_replaced_and_ended(
    visitor: Visitor, office: Office
) -> None:
    made = visitor.fill(visitor.get(FEED), FEED)
    first = address(made)
    reads = Browser(office.app)
    was_read = reads.get(first).status_code

    again = visitor.fill(visitor.get(FEED), FEED)
    shown = visitor.get("/account")
    csrf = form_token(visitor.cookies[COOKIE])
    ended = [visitor.post(f"{FEED}/end", {"csrf": csrf}) for _ in range(2)]

    assert was_read == 200
    assert first != address(again)
    assert reads.get(first).status_code == 404
    assert "You have one since Mon 2 Mar 2026" in Page(shown).text
    assert address(again) not in shown.text
    assert {answer.headers["location"] for answer in ended} == {"/account?saved=feed"}
    assert reads.get(address(again)).status_code == 404
    assert "You have none." in Page(visitor.get("/account")).text


def address(answer: httpx.Response) -> str:
    """Return the address that an answer shows."""
    return answer.text.partition('<code id="secret">')[2].partition("</code>")[0]
