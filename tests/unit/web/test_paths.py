from __future__ import annotations

import pytest

from web.auth.paths import next_path, sign_in_url


@pytest.mark.parametrize(
    "path",
    ["/", "/holds/7Q3KM4", "/events?kind=hold_expired&since=1", "/holds/a%20b", "/a?next=//b"],
)
def test_path_of_ours_is_where_sign_in_leads(path: str) -> None:
    assert next_path(path) == path


@pytest.mark.parametrize(
    "told",
    [
        "",
        "holds",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/%2fevil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/\nSet-Cookie: x",
        "/%0d%0aSet-Cookie: x",
        "javascript:alert(1)",
        " /holds",
        "/" + "a" * 2000,
    ],
)
def test_anything_else_leads_home(told: str) -> None:
    assert next_path(told) == "/"


def test_address_of_sign_in_carries_the_whole_path_as_one_value() -> None:
    assert sign_in_url("/events?a=1&b=2") == "/sign-in?next=/events%3Fa%3D1%26b%3D2"
    assert sign_in_url("//evil.example") == "/sign-in"
