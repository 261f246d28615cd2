from __future__ import annotations

import pytest
from fastapi import Response

from web.cookies import SessionCookie


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://holds.example.gov", "__Host-holdclock"),
        ("https://127.0.0.1:8000", "__Host-holdclock"),
        ("http://127.0.0.1:8000", "holdclock"),
        ("http://localhost:8000", "holdclock"),
    ],
)
def test_cookie_is_bound_to_its_host_wherever_browsers_can_be_told_to(
    base_url: str, name: str
) -> None:
    answer = Response()

    SessionCookie(base_url).set(answer, "token")

    told = answer.headers["set-cookie"]
    assert told.startswith(f"{name}=token; ")
    assert ("Secure" in told) == name.startswith("__Host-")
    assert "HttpOnly" in told
    assert "SameSite=lax" in told
    assert "Domain" not in told
    assert "Max-Age" not in told
