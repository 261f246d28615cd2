"""How often somebody may ask: by the address a request comes from, by account, by key.

Fixed windows of the `limits` library: a machine may use up its minute in one burst.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from scheduler.clock import Clock
from scheduler.errors import TooManyRequestsError

SIGN_INS_OF_ACCOUNT = RateLimitItemPerMinute(20, 15, namespace="sign-in account")
"""Wrong passwords lock an account long before; this bounds the hashing for one."""
SIGN_INS_OF_SOURCE = RateLimitItemPerMinute(100, 15, namespace="sign-in source")
"""A jail's whole shift may come from one address."""
LINKS_OF_SOURCE = RateLimitItemPerMinute(60, 15, namespace="link source")
"""Invitations: nobody guesses a signature at this rate, or any."""
PROVIDER_OF_SOURCE = RateLimitItemPerMinute(300, 15, namespace="provider source")
"""Two requests a sign-in, and the provider counts tries itself."""

HOST_PREFIX_V6 = 64
"""A machine has that many bits of addresses to itself."""


class RateLimits:
    """Counts what is asked, and refuses what is asked too often.

    Args:
        exact: Where what people do is counted.
        settled: Where what machines do is counted.
        clock: That of both.
        api_per_minute: Requests of one key.
    """

    def __init__(
        self, exact: Storage, settled: Storage, clock: Clock, *, api_per_minute: int
    ) -> None:
        self._exact = FixedWindowRateLimiter(exact)
        self._settled = FixedWindowRateLimiter(settled)
        self._clock = clock
        self._api = RateLimitItemPerMinute(api_per_minute, namespace="api key")

    def sign_in(self, source: str, account: str) -> None:
        """Count an attempt to sign in, before anything is looked at.

        Args:
            source: The address the request comes from.
            account: The mail address as typed, whether or not somebody has it.

        Raises:
            TooManyRequestsError: Of the account or from the source.
        """
        self._count(self._exact, SIGN_INS_OF_SOURCE, _host(source), "sign-ins from this address")
        named = account.strip().casefold()
        self._count(self._exact, SIGN_INS_OF_ACCOUNT, named, "sign-ins with this account")

    def link(self, source: str) -> None:
        """Count a use of an invitation.

        Raises:
            TooManyRequestsError: From the source.
        """
        self._count(self._exact, LINKS_OF_SOURCE, _host(source), "uses of links from this address")

    def provider(self, source: str) -> None:
        """Count a step of signing in through a provider: each may cost a request to it.

        Raises:
            TooManyRequestsError: From the source.
        """
        told = "sign-ins from this address"
        self._count(self._exact, PROVIDER_OF_SOURCE, _host(source), told)

    def api(self, key: str) -> None:
        """Count a request made with a key that is good.

        Args:
            key: Its name, `key:...`; never the secret.

        Raises:
            TooManyRequestsError: Of the key.
        """
        self._count(self._settled, self._api, key, "requests with this key")

    def _count(
        self, limiter: FixedWindowRateLimiter, item: RateLimitItem, who: str, told: str
    ) -> None:
        # Looked at first: who is over the limit must not cost a commit each time.
        if limiter.test(item, who) and limiter.hit(item, who):
            return
        resets_at = datetime.fromtimestamp(limiter.get_window_stats(item, who).reset_time, UTC)
        wait = max(resets_at - self._clock.now(), timedelta(seconds=1))
        raise TooManyRequestsError(f"too many {told}: {_limit(item)}", retry_after=wait)


def _limit(item: RateLimitItem) -> str:
    span = "a minute" if item.multiples == 1 else f"in {item.multiples} minutes"
    return f"at most {item.amount} {span}"


def _host(source: str) -> str:
    """Return what stands for one host: of IPv6 the network that it has to itself."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, HOST_PREFIX_V6), strict=False))
