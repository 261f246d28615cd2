"""Which network addresses a delivery may connect to.

The standard library's own judgement is not used: `is_private` leaves out
100.64.0.0/10, and `is_global` lets through multicast, addresses that carry an
IPv4 address inside, and a cloud's metadata service on a public address.

Source:
    IANA IPv4 and IPv6 special-purpose address registries; the metadata
    addresses from the cloud providers' manuals.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METADATA = tuple(
    map(
        ipaddress.ip_network,
        (
            # The whole of link-local: the clouds keep adding services there,
            # and no agency's receiver lives on it.
            "169.254.0.0/16",
            "fe80::/10",
            "168.63.129.16/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:c1::a9fe:a9fe/128",
            "fd00:42::42/128",
        ),
    )
)
"""Machines hand out their own credentials here. Configuration cannot open these."""

_REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is handed out for the public network. What lies outside is refused."""
_REFUSED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
_V4_IN_LAST_BITS = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
)


def refusal(text: str, allowed: Iterable[Network] = ()) -> str | None:
    """Say why a delivery must not connect to an address, or None if it may.

    Args:
        text: An address as a resolver gives it.
        allowed: The agency's own networks. They open what is refused by
            default, but never a metadata address.
    """
    try:
        address = _unmapped(ipaddress.ip_address(text))
    except ValueError:
        return "not an address"
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return "bound to one link"
    if is_metadata(address):
        return "a metadata or link-local address, which no setting can open"
    if is_within(address, allowed):
        return None
    return None if _is_public(address) else "not a public address"


def is_allowed(text: str, allowed: Iterable[Network]) -> bool:
    """Say whether an address lies in one of the agency's own networks."""
    return is_within(_unmapped(ipaddress.ip_address(text)), allowed)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Say whether one of the networks holds the address."""
    return any(address in network for network in networks if network.version == address.version)


def is_metadata(address: Address) -> bool:
    """Say whether a machine's credentials may be had there, in whatever disguise."""
    return any(is_within(inner, METADATA) for inner in (address, *_embedded(address)))


def is_metadata_text(text: str) -> bool:
    """Say the same of an address as a resolver gives it."""
    return is_metadata(_unmapped(ipaddress.ip_address(text)))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not is_within(address, _REFUSED_V4)
    return address in _UNICAST_V6 and not is_within(address, _REFUSED_V6)


def _unmapped(address: Address) -> Address:
    # The kernel connects ::ffff:10.0.0.1 to 10.0.0.1, so it is judged as that.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _embedded(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that a translator or tunnel would read out of this one."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if is_within(address, _V4_IN_LAST_BITS):
        yield ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
