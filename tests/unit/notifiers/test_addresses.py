"""Which addresses a delivery may reach. The first two tables are the promise of SECURITY.md."""

from __future__ import annotations

import ipaddress

import pytest

from notifiers import addresses

REFUSED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "100.100.100.200",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:db8::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "not an address",
]

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

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::a9fe:a9fe",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    # Teredo keeps the client's address with its bits inverted.
    "2001:0:101:101::5601:5601",
]

EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@pytest.mark.parametrize("address", REFUSED)
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
