"""Settings that only make sense together, whether or not each is well formed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config import fields, sources, values

_PARTNERS = (
    ("smtp_host", "smtp_from"),
    ("smtp_from", "smtp_host"),
    ("smtp_username", "smtp_password"),
    ("smtp_password", "smtp_username"),
    ("smtp_username", "smtp_host"),
    ("oidc_issuer", "oidc_client_id"),
    ("oidc_issuer", "oidc_roles"),
    ("oidc_client_id", "oidc_issuer"),
    ("oidc_client_secret", "oidc_client_id"),
    ("oidc_roles", "oidc_issuer"),
)
"""A setting, and another that it needs."""


def problems(texts: Mapping[str, sources.Text]) -> Iterator[str]:
    """Find what is missing beside what is given, and a password that would be sent in clear."""
    given = {name: text.value for name, text in texts.items()}
    for name, partner in _PARTNERS:
        if name in given and partner not in given:
            yield f"{sources.variable(partner)}: is missing; {sources.variable(name)} needs it"
    if _sends_password_in_clear(given):
        yield (
            f"{sources.variable('smtp_security')}: 'none' would send the password in clear to "
            f"{given['smtp_host']}; use `starttls` or `tls`"
        )


def _sends_password_in_clear(given: Mapping[str, str]) -> bool:
    return (
        "smtp_password" in given
        and given.get("smtp_security", "").lower() == fields.SmtpSecurity.NONE
        and "smtp_host" in given
        and not values.is_loopback(given["smtp_host"])
    )
