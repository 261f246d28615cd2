from __future__ import annotations

import ipaddress

import pytest
from fastapi import Request

from web.source import UNKNOWN, Sources

PROXIES = (ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8"))


def asked(client: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", text.encode()) for text in forwarded]
    scope = {"type": "http", "headers": headers, "client": (client, 1) if client else None}
    return Request(scope)


@pytest.mark.parametrize(
    ("client", "forwarded", "source"),
    [
        pytest.param("203.0.113.7", [], "203.0.113.7", id="the socket"),
        pytest.param(
            "203.0.113.7", ["198.51.100.1"], "203.0.113.7", id="anybody may write a header"
        ),
        pytest.param("10.20.0.7", ["198.51.100.1"], "198.51.100.1", id="a known proxy's word"),
        pytest.param(
            "10.20.0.7", ["1.2.3.4, 198.51.100.1"], "198.51.100.1", id="not what came before it"
        ),
        pytest.param(
            "10.20.0.7",
            ["1.2.3.4, 198.51.100.1, 10.20.0.8"],
            "198.51.100.1",
            id="two proxies of ours",
        ),
        pytest.param("10.20.0.7", ["1.2.3.4", "198.51.100.1"], "198.51.100.1", id="two headers"),
        pytest.param("10.20.0.7", [], "10.20.0.7", id="a proxy that says nothing"),
        pytest.param("10.20.0.7", ["not an address"], "10.20.0.7", id="nonsense"),
        pytest.param("fd00::1", ["2001:db8::1"], "2001:db8::1", id="IPv6"),
        pytest.param("::ffff:203.0.113.7", [], "203.0.113.7", id="mapped"),
        pytest.param(None, [], UNKNOWN, id="no socket"),
        pytest.param("testclient", [], UNKNOWN, id="no address"),
    ],
)
def test_source_is_the_sockets_word_or_a_known_proxys(
    client: str | None, forwarded: list[str], source: str
) -> None:
    assert Sources(PROXIES).of(asked(client, *forwarded)) == source


def test_without_known_proxies_no_header_counts() -> None:
    assert Sources().of(asked("10.20.0.7", "198.51.100.1")) == "10.20.0.7"
