"""Where a request came from, for the log and for limits: the socket's word, or a known proxy's."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Final

from fastapi import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN: Final = "an unknown address"
_FORWARDED: Final = "x-forwarded-for"


class Sources:
    """Tells where requests come from.

    Args:
        proxies: Whose `X-Forwarded-For` is believed; anybody else may write what they like there.
    """

    def __init__(self, proxies: Sequence[Network] = ()) -> None:
        self._proxies = tuple(proxies)

    def of(self, request: Request) -> str:
        """Return the address that a request came from."""
        source = _address(request.client.host) if request.client else None
        for told in reversed(",".join(request.headers.getlist(_FORWARDED)).split(",")):
            if source is None or not self._is_proxy(source):
                break
            # Each proxy puts at the end what it saw; before that stands what it was told.
            before = _address(told)
            if before is None:
                break
            source = before
        return UNKNOWN if source is None else str(source)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in network for network in self._proxies)


def source_of(request: Request) -> str:
    """Return the address that a request came from, by what the application was made with."""
    sources: Sources = request.app.state.sources
    return sources.of(request)


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    # One address, one name: a dual socket tells IPv4 in the clothes of IPv6.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
