"""Which addresses a delivery may reach. What is refused is listed in tests/support."""

from __future__ import annotations

import ipaddress

import pytest

from notifiers import addresses
from tests.support.refused_addresses import METADATA, REFUSED

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:1.1.1.1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00::1",
]

EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@pytest.mark.parametrize("address", [*REFUSED, "not an address"])
def test_address_off_the_public_network_is_refused(address: str) -> None:
    assert addresses.refusal(address) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_may_be_reached(address: str) -> None:
    assert addresses.refusal(address) is None


@pytest.mark.parametrize("address", METADATA)
def test_metadata_address_stays_refused_when_everything_is_allowed(address: str) -> None:
    assert addresses.refusal(address, EVERYTHING) is not None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.20.0.5", "10.20.0.0/16"),
        ("::ffff:10.20.0.5", "10.20.0.0/16"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("fd12::5", "fd12::/16"),
        ("64:ff9b::a14:5", "64:ff9b::/96"),
    ],
)
def test_own_network_is_opened_by_configuration(address: str, network: str) -> None:
    own = (ipaddress.ip_network(network),)

    assert addresses.refusal(address) is not None
    assert addresses.refusal(address, own) is None


def test_opening_one_network_opens_no_other() -> None:
    own = (ipaddress.ip_network("10.20.0.0/16"),)

    assert addresses.refusal("10.21.0.1", own) is not None
