"""The protocol with a provider of identities: what its tokens must be, and what it may publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from scheduler import wiring
from scheduler.clock import SettableClock
from scheduler.errors import NotSignedInError
from tests.support import house, identity_provider
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from web.auth.flow import Flows
from web.auth.provider import Provider, Registration

RETURN = "https://holds.example.gov/sign-in/provider/return"
NOW = 1_772_460_000
ABOUT = "/.well-known/openid-configuration"

SignIn = Callable[[], Mapping[str, Any]]


@pytest.fixture
def told(clock: SettableClock) -> Iterator[IdentityProvider]:
    with identity_provider.running(clock, RETURN) as running:
        running.person = {"sub": "8f2c"}
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return house.read_settings(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)


def signing_in(
    told: IdentityProvider, settings: Settings, clock: SettableClock, secret: str | None
) -> SignIn:
    registration = Registration(told.issuer, CLIENT_ID, secret, RETURN)
    provider = Provider(registration, wiring.build_fetch(settings), clock)
    flows = Flows(settings.secret_key, clock)

    def sign_in() -> Mapping[str, Any]:
        flow = flows.begin("/")
        answer = told.code_for(provider.sign_in_url(flow))
        return provider.claims(answer.partition("code=")[2].partition("&")[0], flow)

    return sign_in


@pytest.fixture
def sign_in(told: IdentityProvider, settings: Settings, clock: SettableClock) -> SignIn:
    return signing_in(told, settings, clock, CLIENT_SECRET)


def test_clock_of_these_tests_stands_where_their_tokens_say(clock: SettableClock) -> None:
    assert clock.now().timestamp() == NOW


# Tokens.


@pytest.mark.parametrize(
    ("overrides", "header"),
    [
        pytest.param({"nonce": "of another browser"}, {}, id="wrong nonce"),
        pytest.param({"nonce": None}, {}, id="no nonce"),
        pytest.param({"aud": "somebody else"}, {}, id="wrong audience"),
        pytest.param({"aud": [CLIENT_ID, "somebody else"]}, {}, id="two audiences, no party"),
        pytest.param({"azp": "somebody else"}, {}, id="another party"),
        pytest.param({"aud": None}, {}, id="no audience"),
        pytest.param({"aud": []}, {}, id="empty audience"),
        pytest.param({"iss": "https://id.example.com"}, {}, id="wrong issuer"),
        pytest.param({"iss": None}, {}, id="no issuer"),
        pytest.param({"exp": NOW - 60}, {}, id="expired"),
        pytest.param({"exp": None}, {}, id="never ends"),
        pytest.param({"exp": "tomorrow"}, {}, id="ends in words"),
        pytest.param({"iat": NOW - 601}, {}, id="made too long ago"),
        pytest.param({"iat": NOW + 61}, {}, id="made in time to come"),
        pytest.param({"iat": None}, {}, id="made at no time"),
        pytest.param({"nbf": NOW + 61}, {}, id="not good yet"),
        pytest.param({"sub": None}, {}, id="no subject"),
        pytest.param({"sub": ""}, {}, id="empty subject"),
        pytest.param({"sub": 7}, {}, id="subject in figures"),
        pytest.param({}, {"alg": "none"}, id="not signed"),
        pytest.param({}, {"kid": "unknown"}, id="unknown key"),
    ],
)
def test_token_that_is_not_what_it_must_be_is_refused(
    sign_in: SignIn,
    told: IdentityProvider,
    overrides: dict[str, Any],
    header: dict[str, Any],
) -> None:
    told.overrides, told.header = overrides, header

    with pytest.raises(NotSignedInError, match=r"^ID token: it is refused, [A-Za-z]+$"):
        sign_in()


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({"exp": NOW - 59}, id="within the leeway after its end"),
        pytest.param({"iat": NOW + 60}, id="within the leeway before its making"),
        pytest.param({"iat": NOW - 600}, id="ten minutes old"),
        pytest.param({"aud": [CLIENT_ID]}, id="one audience in a list"),
        pytest.param({"aud": [CLIENT_ID, "else"], "azp": CLIENT_ID}, id="we are the party"),
    ],
)
def test_token_that_is_just_good_enough_is_taken(
    sign_in: SignIn, told: IdentityProvider, overrides: dict[str, Any]
) -> None:
    told.overrides = overrides

    assert sign_in()["sub"] == "8f2c"


def test_token_signed_by_a_secret_that_both_know_is_refused(
    sign_in: SignIn, told: IdentityProvider
) -> None:
    told.share_a_secret()

    with pytest.raises(NotSignedInError):
        sign_in()


def test_token_signed_by_a_key_that_is_not_published_is_refused(
    sign_in: SignIn, told: IdentityProvider
) -> None:
    told.rotate(publish=False)

    with pytest.raises(NotSignedInError, match="ID token"):
        sign_in()


# Keys, and what else is published.


def test_new_keys_are_fetched_when_a_token_needs_them(
    sign_in: SignIn, told: IdentityProvider
) -> None:
    sign_in()
    told.rotate()

    assert sign_in()["sub"] == "8f2c"
    assert told.asked == [ABOUT, "/token", "/keys", "/token", "/keys"]


def test_what_is_published_is_asked_for_once_an_hour(
    sign_in: SignIn, told: IdentityProvider, clock: SettableClock
) -> None:
    sign_in()
    sign_in()
    first = list(told.asked)
    clock.tick(hours=1)
    sign_in()

    assert first == [ABOUT, "/token", "/keys", "/token"]
    assert told.asked[len(first) :] == [ABOUT, "/token", "/keys"]


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        pytest.param({"issuer": "https://id.example.com"}, "another issuer", id="another issuer"),
        pytest.param({"issuer": None}, "another issuer", id="no issuer"),
        pytest.param({"jwks_uri": "http://id.example.com/"}, "jwks_uri", id="keys in clear"),
        pytest.param({"token_endpoint": 7}, "token_endpoint", id="no address"),
        pytest.param({"authorization_endpoint": "javascript:0"}, "authorization", id="no web page"),
        pytest.param({"x": "y" * 70_000}, "no answer", id="more than 64 KiB"),
    ],
)
def test_provider_that_publishes_something_odd_is_not_gone_to(
    sign_in: SignIn, told: IdentityProvider, discovery: dict[str, Any], said: str
) -> None:
    told.discovery = discovery

    with pytest.raises(NotSignedInError, match=said):
        sign_in()


def test_page_to_sign_in_at_may_have_a_query_of_its_own(
    sign_in: SignIn, told: IdentityProvider
) -> None:
    told.discovery = {"authorization_endpoint": f"{told.issuer}/authorize?tenant=oak"}

    assert sign_in()["sub"] == "8f2c"


@pytest.mark.parametrize(
    ("discovery", "secret"),
    [
        pytest.param({}, CLIENT_SECRET, id="in the header"),
        pytest.param(
            {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
            CLIENT_SECRET,
            id="in the form",
        ),
        pytest.param({}, None, id="none at all"),
    ],
)
def test_secret_goes_the_way_that_the_provider_takes(
    told: IdentityProvider,
    settings: Settings,
    clock: SettableClock,
    discovery: dict[str, Any],
    secret: str | None,
) -> None:
    told.discovery, told.secret = discovery, secret

    assert signing_in(told, settings, clock, secret)()["sub"] == "8f2c"


def test_wrong_secret_is_told_without_it(
    told: IdentityProvider, settings: Settings, clock: SettableClock
) -> None:
    with pytest.raises(NotSignedInError, match="/token answered 400") as refused:
        signing_in(told, settings, clock, "a wrong secret")()

    assert "wrong secret" not in str(refused.value)
    assert "secret" not in repr(Registration("i", "c", "a wrong secret", "r"))


def test_verifier_of_another_way_is_refused(
    told: IdentityProvider, settings: Settings, clock: SettableClock
) -> None:
    registration = Registration(told.issuer, CLIENT_ID, CLIENT_SECRET, RETURN)
    provider = Provider(registration, wiring.build_fetch(settings), clock)
    flows = Flows(settings.secret_key, clock)
    answer = told.code_for(provider.sign_in_url(flows.begin("/")))

    with pytest.raises(NotSignedInError, match="/token answered 400"):
        provider.claims(answer.partition("code=")[2].partition("&")[0], flows.begin("/"))
