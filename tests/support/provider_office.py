"""The application where people sign in through a provider, and who the provider says they are."""

from __future__ import annotations

from pathlib import Path

from tests.support.browser import Browser
from tests.support.house import Premises
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET
from tests.support.office import Office

LEAVE, RETURN = "/sign-in/provider", "/sign-in/provider/return"
RULES = """
[[required]]
claim = "amr"
value = "mfa"

[[role]]
claim = "groups"
value = "oak-booking"
role = "facility"
facilities = ["OAK"]

[[role]]
claim = "groups"
value = "auditors"
role = "auditor"
"""
PERSON = {
    "sub": "8f2c",
    "email": "Sergeant@example.gov",
    "email_verified": True,
    "name": "Night sergeant",
    "groups": ["everybody", "oak-booking"],
    "amr": ["pwd", "mfa"],
}


def office_with(
    premises: Premises, tmp_path: Path, issuer: str, client_secret: str | None = CLIENT_SECRET
) -> Office:
    """Return an application that sends people to this issuer."""
    rules = tmp_path / "roles.toml"
    rules.write_text(RULES, encoding="utf-8")
    told = {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": client_secret,
        "oidc_roles": rules,
    }
    premises.settings = premises.settings.model_copy(update=told)
    return Office(premises)


def is_in(browser: Browser) -> bool:
    """Say whether a browser is signed in."""
    return browser.get("/api/v1/holds").status_code == 200
