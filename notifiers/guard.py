"""The only way out for webhooks: where a delivery may connect, and what it may spend there.

A receiver's address is typed by a user, so it could name a machine inside the
house. The guard looks the name up once, refuses if any answer is bad, and
connects to the very address it checked: a second look-up could be answered
differently. The name stays in the request, for SNI and the certificate.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore

from notifiers import addresses
from notifiers.limits import Budget
from notifiers.resolver import Lookup, LookupTimeoutError, Resolver
from scheduler.errors import InvalidHoldError, TransientDeliveryError

HTTPS_PORTS = frozenset({443, 8443})
HTTP_PORT = 80
WRITE_BYTES = 16_384


class RefusedError(httpcore.ConnectError):
    """The name leads to an address that deliveries must not reach."""


@dataclass(frozen=True)
class _Passage:
    """One delivery on its way: what it may spend, and whether it goes unencrypted."""

    budget: Budget
    is_plain: bool


_passage: ContextVar[_Passage] = ContextVar("passage")


class Guard:
    """Judges URLs, ports and addresses.

    Args:
        allowed_networks: The agency's own networks, as ``10.20.0.0/16``. They
            may be private, and plain http may go there.
        allowed_ports: Ports besides 443 and 8443.
        lookup: How names are looked up; the operating system's way by default.
    """

    def __init__(
        self,
        *,
        allowed_networks: Iterable[str | addresses.Network] = (),
        allowed_ports: Collection[int] = (),
        lookup: Lookup | None = None,
    ) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in allowed_networks)
        self._ports = HTTPS_PORTS | frozenset(allowed_ports)
        self._resolver = Resolver(lookup)

    def check_url(self, url: str) -> None:
        """Refuse a URL that no delivery could use, when somebody adds it.

        Asks no name server: a name is judged at every connection, since its
        answer may change.

        Raises:
            InvalidHoldError: With `field` ``url``; it names what is allowed.
        """
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise _bad_url("it may hold printable ASCII only, without spaces and backslashes")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as exc:
            raise _bad_url(f"it cannot be read ({exc})") from exc
        user_info = "@" in parts.netloc
        self.check_parts(
            scheme=parts.scheme, host=parts.hostname or "", port=port, has_user_info=user_info
        )
        self._check_literal(parts.hostname or "", is_plain=parts.scheme == "http")

    def check_parts(self, *, scheme: str, host: str, port: int | None, has_user_info: bool) -> None:
        """Refuse a scheme, a port or user information that deliveries do not use.

        Raises:
            InvalidHoldError: With `field` ``url``.
        """
        if scheme != "https" and not (scheme == "http" and self._networks):
            raise _bad_url(
                f"its scheme is {scheme or 'missing'!r}; use https, or plain http within "
                "WEBHOOK_ALLOWED_NETWORKS"
            )
        if not host:
            raise _bad_url("it names no host")
        if has_user_info:
            raise _bad_url("it carries a user name; deliveries are signed instead")
        if not self._is_port_open(port, is_plain=scheme == "http"):
            ports = ", ".join(map(str, sorted(self._ports)))
            raise _bad_url(f"its port is {port}; use one of {ports} (WEBHOOK_ALLOWED_PORTS)")

    def addresses(self, host: str, port: int, *, is_plain: bool, timeout_s: float) -> list[str]:
        """Return the addresses a delivery may connect to: every one of the name's.

        Raises:
            RefusedError: One of the addresses, or the port, is not allowed.
            httpcore.ConnectError: There is no such name.
            httpcore.ConnectTimeout: The name server did not answer.
        """
        if not self._is_port_open(port, is_plain=is_plain):
            raise RefusedError(f"port {port} is not allowed")
        try:
            found = self._resolver.addresses(host, port, timeout_s=timeout_s)
        except LookupTimeoutError as exc:
            raise httpcore.ConnectTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore.ConnectError(f"{host}: {exc}") from exc
        for address in found:
            self._check_address(host, address, is_plain=is_plain)
        if not found:
            raise httpcore.ConnectError(f"{host}: the name has no address")
        return found

    def check_host(self, host: str, port: int, *, is_plain: bool, timeout_s: float) -> None:
        """Judge where a name leads, for whoever makes the connection without the guard.

        The name can lead elsewhere by the time it is asked again.

        Raises:
            TransientDeliveryError: As at a connection: names are mended, and
                sometimes broken, within minutes.
        """
        try:
            self.addresses(host, port, is_plain=is_plain, timeout_s=timeout_s)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
            raise TransientDeliveryError(f"not delivered, {exc}") from exc

    def _check_literal(self, host: str, *, is_plain: bool) -> None:
        try:
            # Reads 2130706433 and 0x7f.1 as the connection would, and asks nobody.
            found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            return
        try:
            for entry in found:
                self._check_address(host, str(entry[4][0]), is_plain=is_plain)
        except RefusedError as exc:
            raise _bad_url(str(exc)) from exc

    def _check_address(self, host: str, address: str, *, is_plain: bool) -> None:
        reason = addresses.refusal(address, self._networks)
        if reason is not None:
            raise RefusedError(f"{host} is {address}, {reason}; see WEBHOOK_ALLOWED_NETWORKS")
        if is_plain and not addresses.is_allowed(address, self._networks):
            raise RefusedError(f"{host} is outside WEBHOOK_ALLOWED_NETWORKS; use https")

    def _is_port_open(self, port: int | None, *, is_plain: bool) -> bool:
        if port is None or port in self._ports:
            return True
        return is_plain and port == HTTP_PORT


def _bad_url(why: str) -> InvalidHoldError:
    # The URL itself stays out: for many receivers it is the password.
    return InvalidHoldError(f"url: {why}", field="url")


@contextmanager
def passage(budget: Budget, *, is_plain: bool) -> Iterator[None]:
    """Let the connections used inside spend this budget, and no other."""
    token = _passage.set(_Passage(budget, is_plain))
    try:
        yield
    finally:
        _passage.reset(token)


def connection_pool(
    guard: Guard, tls: ssl.SSLContext, *, connections: int, idle_s: float
) -> httpcore.ConnectionPool:
    """Return a pool whose connections go where the guard lets them. Works inside a `passage`."""
    return httpcore.ConnectionPool(
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=idle_s,
        network_backend=_GuardedBackend(guard),
    )


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore.SyncBackend()

    def connect_tcp(  # noqa: PLR0917 (the base class's signature)
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a name that takes the call."""
        is_plain = _passage.get().is_plain
        # Looking up and connecting share one time-out, so two clocks cannot add up.
        connecting = Budget(_seconds(timeout), 0)
        found = self._guard.addresses(host, port, is_plain=is_plain, timeout_s=connecting.left_s())
        error: Exception = httpcore.ConnectTimeout(f"{host}: no time left to connect")
        for tried, address in enumerate(found):
            # An equal share for each: a dead first address must not use up the rest's.
            share = connecting.left_s() / (len(found) - tried)
            if share <= 0:
                break
            try:
                return _SpendingStream(
                    self._inner.connect_tcp(address, port, share, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                error = exc
        raise error

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Refuse: deliveries leave over the network."""
        raise RefusedError("deliveries do not use local sockets")

    def sleep(self, seconds: float) -> None:
        """Refuse: whoever calls the notifier decides when to try again."""
        raise NotImplementedError("no retries inside the transport")


class _SpendingStream(httpcore.NetworkStream):
    """A pooled connection; each read and write spends the budget of the delivery using it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, _seconds(timeout))
        if not _passage.get().budget.take(len(data)):
            raise httpcore.ReadError("the answer is too large")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In parts, since the inner write starts its time-out anew with each piece it sends.
        for start in range(0, len(buffer), WRITE_BYTES):
            self._inner.write(buffer[start : start + WRITE_BYTES], _seconds(timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _seconds(timeout)
        return _SpendingStream(self._inner.start_tls(ssl_context, server_hostname, seconds))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _seconds(cap: float | None) -> float:
    left = _passage.get().budget.left_s()
    if left <= 0:
        raise httpcore.ReadTimeout("the delivery's time is up")
    return left if cap is None else min(left, cap)
