"""Signing in through a provider of identities: whom it lets in, and everything that it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from scheduler.clock import SettableClock
from tests.support import identity_provider
from tests.support.browser import ORIGIN, Browser
from tests.support.house import FACILITY, OPERATOR, Premises
from tests.support.identity_provider import CLIENT_SECRET, IdentityProvider
from tests.support.office import Office
from tests.support.provider_office import LEAVE, PERSON, RETURN, RULES, is_in, office_with


@pytest.fixture
def premises(sqlite_premises: Premises) -> Premises:
    """On one kind of database: what differs between the two is not the protocol."""
    return sqlite_premises


@pytest.fixture
def provider(clock: SettableClock) -> Iterator[IdentityProvider]:
    with identity_provider.running(clock, ORIGIN + RETURN) as running:
        running.person = dict(PERSON)
        yield running


@pytest.fixture
def office(premises: Premises, provider: IdentityProvider, tmp_path: Path) -> Office:
    return office_with(premises, tmp_path, provider.issuer)


@pytest.fixture
def browser(office: Office) -> Browser:
    return Browser(office.app)


def back(browser: Browser, provider: IdentityProvider, wanted: str = "/") -> str:
    """Send a browser to the provider; return the address it is sent back to."""
    left = browser.get(f"{LEAVE}?{urlencode({'next': wanted})}")
    assert left.status_code == 303
    return provider.code_for(left.headers["location"])


def sign_in(browser: Browser, provider: IdentityProvider) -> httpx.Response:
    return browser.get(back(browser, provider))


def refusals(premises: Premises) -> list[str]:
    return [each["data"]["because"] for each in premises.events(kind="sign_in_failed")]


def assert_refused(answer: httpx.Response, browser: Browser, premises: Premises, what: str) -> None:
    assert answer.status_code == 401
    assert "did not work" in answer.text
    assert not is_in(browser)
    assert refusals(premises) == [what]
    assert premises.scalar("SELECT count(*) FROM account") == 0


# Who is let in.


def test_first_sign_in_makes_the_account_that_the_rules_give(
    office: Office, browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    answer = browser.get(back(browser, provider, "/holds/7Q3KM4X?tab=log"))

    (account,) = office.people.users.all()
    assert (answer.status_code, answer.headers["location"]) == (303, "/holds/7Q3KM4X?tab=log")
    assert is_in(browser)
    assert (account["email"], account["name"]) == ("sergeant@example.gov", "Night sergeant")
    assert (account["role"], account["facility_codes"]) == ("facility", [FACILITY])
    assert not account["has_password"]
    (event,) = premises.events(kind="user_signed_in")
    assert event["actor"] == f"user:{account['id']}"
    assert event["data"]["how"] == "provider"
    told = {
        (each["data"]["field"], each["data"]["new"])
        for each in premises.events(kind="setting_changed")
        if each["actor"] == "provider"
    }
    assert ("role", "facility") in told
    assert ("email", "(not shown)") in told


def test_name_that_cannot_be_shown_gives_way_to_the_address(
    office: Office, browser: Browser, provider: IdentityProvider
) -> None:
    provider.person["name"] = "\0 \u202e"

    sign_in(browser, provider)

    assert [each["name"] for each in office.people.users.all()] == ["sergeant@example.gov"]


def test_second_sign_in_finds_the_account_by_its_subject_whatever_its_address(
    office: Office, browser: Browser, provider: IdentityProvider
) -> None:
    sign_in(browser, provider)
    provider.person["email"] = "renamed@example.gov"

    sign_in(Browser(office.app), provider)

    assert len(office.people.users.all()) == 1


def test_role_follows_the_claims_and_what_was_open_under_the_old_one_ends(
    office: Office, browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    sign_in(browser, provider)
    provider.person["groups"] = ["auditors"]
    again = Browser(office.app)

    sign_in(again, provider)

    assert [each["role"] for each in office.people.users.all()] == ["auditor"]
    assert (is_in(browser), is_in(again)) == (False, True)
    changed = [
        (each["data"]["old"], each["data"]["new"])
        for each in premises.events(kind="setting_changed")
        if each["data"]["field"] == "role" and each["data"]["old"]
    ]
    assert changed == [("facility", "auditor")]


def test_sign_in_page_offers_the_provider(browser: Browser) -> None:
    assert 'href="/sign-in/provider?next=/' in browser.get("/sign-in").text


def test_house_without_a_provider_has_no_such_way(premises: Premises) -> None:
    browser = Browser(Office(premises).app)

    assert LEAVE not in browser.get("/sign-in").text
    assert browser.get(LEAVE).status_code == 404
    assert browser.get(RETURN).status_code == 404


def test_cookies_are_kept_from_scripts_and_other_sites(
    browser: Browser, provider: IdentityProvider
) -> None:
    left = browser.get(LEAVE).headers["set-cookie"]
    returned = sign_in(browser, provider).headers.get_list("set-cookie")

    assert left.startswith("__Host-holdclock-provider=")
    for cookie in (left, *returned):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" in cookie
    assert any("Max-Age=0" in each for each in returned)


def test_address_to_go_on_to_is_one_of_ours(browser: Browser, provider: IdentityProvider) -> None:
    answer = browser.get(back(browser, provider, "//elsewhere.example.com/"))

    assert answer.headers["location"] == "/"


# What is refused.


@pytest.mark.parametrize(
    ("person", "what"),
    [
        pytest.param({"groups": ["everybody"]}, "claims", id="unknown group"),
        pytest.param({"sub": "8f2c\0"}, "sub", id="subject that no database takes"),
        pytest.param({"email_verified": False}, "email", id="address not verified"),
        pytest.param({"email_verified": "true"}, "email", id="verified in words only"),
        pytest.param({"email": None}, "email", id="no address"),
        pytest.param({"email": "a@b, c@d"}, "email", id="two addresses"),
    ],
)
def test_person_whose_claims_give_nothing_is_refused(
    browser: Browser,
    provider: IdentityProvider,
    premises: Premises,
    person: dict[str, Any],
    what: str,
) -> None:
    provider.person |= person

    answer = sign_in(browser, provider)

    assert_refused(answer, browser, premises, f"provider, {what}")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"state": "of another browser"}, "state", id="wrong state"),
        pytest.param({"state": ""}, "state", id="no state"),
        pytest.param({"iss": "https://id.example.com"}, "iss", id="another provider answers"),
        pytest.param({"code": "guessed"}, "provider", id="guessed code"),
        pytest.param({"error": "access_denied", "code": ""}, "provider", id="person says no"),
    ],
)
def test_answer_that_was_changed_on_its_way_is_refused(
    browser: Browser,
    provider: IdentityProvider,
    premises: Premises,
    change: dict[str, str],
    what: str,
) -> None:
    url = back(browser, provider)
    told = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    answer = browser.get(f"{RETURN}?{urlencode(told | change)}")

    assert_refused(answer, browser, premises, f"provider, {what}")


def test_token_that_is_not_what_it_must_be_is_refused(
    browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    """What else a token must be is in the tests of the protocol."""
    provider.overrides = {"nonce": "of another browser"}

    answer = sign_in(browser, provider)

    assert_refused(answer, browser, premises, "provider, ID token")


def test_answer_that_was_used_is_refused_in_the_same_browser(
    browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    url = back(browser, provider)
    kept = httpx.Cookies(browser.cookies)
    browser.get(url)
    browser.cookies = kept

    again = browser.get(url)

    assert again.status_code == 401
    assert not is_in(browser)
    assert refusals(premises) == ["provider, provider"]


def test_answer_of_another_browser_is_refused(
    office: Office, browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    """Else a stranger could have somebody sign in to the stranger's account."""
    url = back(browser, provider)
    other = Browser(office.app)
    back(other, provider)

    answer = other.get(url)

    assert_refused(answer, other, premises, "provider, state")


def test_cookie_that_was_changed_fits_no_answer(
    browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    url = back(browser, provider)
    name = "__Host-holdclock-provider"
    browser.cookies = httpx.Cookies({name: browser.cookies[name][:-2] + "AA"})

    assert_refused(browser.get(url), browser, premises, "provider, state")


def test_answer_that_took_too_long_is_refused(
    browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    url = back(browser, provider)
    premises.clock.tick(minutes=10)

    assert_refused(browser.get(url), browser, premises, "provider, state")


def test_address_of_an_account_made_otherwise_is_not_taken_over(
    office: Office, browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    office.people.users.add(OPERATOR, email="sergeant@example.gov", role="administrator")

    answer = sign_in(browser, provider)

    assert answer.status_code == 401
    assert not is_in(browser)
    assert refusals(premises) == ["provider, email"]


def test_account_that_was_switched_off_stays_out(
    office: Office, browser: Browser, provider: IdentityProvider, premises: Premises
) -> None:
    sign_in(browser, provider)
    office.people.users.disable(OPERATOR, "sergeant@example.gov")
    again = Browser(office.app)

    answer = sign_in(again, provider)

    assert answer.status_code == 401
    assert not is_in(again)


def test_place_in_the_rules_that_is_not_on_record_lets_nobody_in(
    premises: Premises, provider: IdentityProvider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = office_with(premises, tmp_path, provider.issuer)
    rules = premises.settings.oidc_roles
    assert rules is not None
    rules.write_text(RULES.replace('"OAK"', '"ELM"'), encoding="utf-8")
    browser = Browser(Office(premises).app)

    answer = sign_in(browser, provider)

    assert office is not None
    assert_refused(answer, browser, premises, "provider, HOLDCLOCK_OIDC_ROLES")
    assert "facility 'ELM'" in caplog.text


def test_provider_in_a_network_that_is_not_allowed_is_not_asked(
    premises: Premises, provider: IdentityProvider, tmp_path: Path
) -> None:
    premises.settings = premises.settings.model_copy(update={"webhook_allowed_networks": ()})
    browser = Browser(office_with(premises, tmp_path, provider.issuer).app)

    answer = browser.get(LEAVE)

    assert answer.status_code == 401
    assert provider.asked == []


def test_refusal_tells_the_log_of_the_process_and_no_code_or_token(
    browser: Browser, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.person["groups"] = []
    url = back(browser, provider)
    code = parse_qs(urlsplit(url).query)["code"][0]

    browser.get(url)

    (record,) = [
        each for each in caplog.records if getattr(each, "action", "") == "provider_refused"
    ]
    assert "claims: they give the role none" in record.getMessage()
    for secret in (code, CLIENT_SECRET, "sergeant@example.gov", "eyJ"):
        assert secret not in caplog.text
