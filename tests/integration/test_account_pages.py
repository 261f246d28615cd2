"""One's own account: preferences, and the password, with the current one at hand."""

from __future__ import annotations

import pytest

from scheduler.accounts.sessions import form_token
from tests.support.browser import Page
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
