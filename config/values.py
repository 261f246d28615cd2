"""Reads the text of one setting into the value the program uses.

Every reader takes text without surrounding blanks, never empty, and raises
`ValueError` with the words that finish the sentence "the value ...". What
would be allowed instead stands beside the setting, in `config.settings`.
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
import re
from email import policy
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

KEY_BYTES = 32
STANDARD_PORTS = frozenset({443, 8443})
"""Ports that a webhook may always use."""

_KEY_TEXT = re.compile(r"[A-Za-z0-9_-]{43}=?")
_PLACEHOLDER_WORDS = ("change", "example", "insecure", "placeholder", "replace", "secret")
# 32 random bytes hold about 30 different values; fewer than 16 once in 3 * 10**16 keys.
_FEWEST_DIFFERENT_BYTES = 16
_ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - compared and shown, bound only when asked for


class Bind(NamedTuple):
    """Where a listener waits: an address or host name, and a port."""

    host: str
    port: int


def key(text: str) -> bytes:
    """Return the 32 bytes of a secret, refusing what anyone could guess."""
    if any(word in text.lower() for word in _PLACEHOLDER_WORDS):
        raise ValueError("is a placeholder")
    if not _KEY_TEXT.fullmatch(text):
        raise ValueError(f"is not {KEY_BYTES} bytes in URL-safe base64 ({len(text)} characters)")
    # The alphabet is checked above because the decoder drops foreign characters in silence.
    value = base64.urlsafe_b64decode(text.rstrip("=") + "=")
    if _is_guessable(value):
        raise ValueError("is a placeholder: its bytes are not random")
    return value


def _is_guessable(value: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in itertools.pairwise(value)}
    return len(steps) == 1 or len(set(value)) < _FEWEST_DIFFERENT_BYTES


def database_url(text: str) -> str:
    """Check that a database address is one of the two kinds the store knows."""
    scheme, mark, rest = text.partition("://")
    if not mark:
        raise ValueError("is not an address")
    if scheme == "sqlite":
        return _sqlite_url(text, rest)
    if scheme not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError(f"begins with {scheme!r}")
    if not _split(text).path.strip("/"):
        raise ValueError("names no database")
    return text


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        # The cause may quote the address, password included.
        raise ValueError("is not an address") from None


def _sqlite_url(text: str, rest: str) -> str:
    path = rest.removeprefix("/").partition("?")[0]
    if path in {"", ":memory:"}:
        # Web and worker would each see a database of their own, gone at the next start.
        raise ValueError("names no file")
    if not rest.startswith("/"):
        raise ValueError("has two slashes where three are needed")
    return text


def base_url(text: str) -> str:
    """Return the address that links point to, without a slash at the end."""
    parts = _web_address(text)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("would send sign-ins in clear over a network")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("has something after the host")
    return text.rstrip("/")


def issuer(text: str) -> str:
    """Check the issuer of identities; it is compared letter by letter, so it stays as it is."""
    parts = _web_address(text)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("would send sign-ins in clear over a network")
    if parts.query or parts.fragment:
        raise ValueError("has a query or a fragment")
    return text


def count(text: str) -> int:
    """Return how often something may happen."""
    if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= 1_000_000:
        raise ValueError("is not such a number")
    return int(text)


def heartbeat_url(text: str) -> str:
    """Check the address that hears of every good tick."""
    _web_address(text)
    return text


def _web_address(text: str) -> SplitResult:
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not a web address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("carries a user name")
    if re.search(r"\s", text):
        raise ValueError("contains a blank")
    if not _has_good_port(parts):
        raise ValueError("has an impossible port")
    return parts


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, without asking a name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def port(text: str) -> int:
    """Return a port number."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError("is not a port")
    return int(text)


def ports(text: str) -> frozenset[int]:
    """Return the ports a webhook may use: the standard ones and those listed."""
    found = set(STANDARD_PORTS)
    for part in _items(text):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        try:
            start, end = port(first), port(last if dash else first)
        except ValueError as exc:
            raise ValueError(f"has {part!r}, which is no port") from exc
        if end < start:
            raise ValueError(f"has {part!r}, which runs backwards")
        found.update(range(start, end + 1))
    return frozenset(found)


def networks(text: str) -> tuple[Network, ...]:
    """Return the networks listed."""
    found = []
    for part in _items(text):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError as exc:
            raise ValueError(f"has {part!r}, which is no network") from exc
    return tuple(found)


def _items(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def host(text: str) -> str:
    """Check a host name or address."""
    if re.search(r"[\s/@,]", text) or "://" in text:
        raise ValueError("is not a host name")
    return text


def bind(text: str) -> Bind:
    """Return the listener's address; an IPv6 one stands in brackets."""
    name, colon, number = text.rpartition(":")
    if not colon:
        raise ValueError("has no port")
    bare = name.removeprefix("[").removesuffix("]")
    if ":" in bare and bare == name:
        raise ValueError("needs brackets around its IPv6 address")
    return Bind(host(bare) if bare else _ALL_INTERFACES, port(number))


def sender(text: str) -> str:
    """Check a From address, alone or as ``Name <address>``."""
    if any(ord(character) < 32 for character in text):
        raise ValueError("has a control character")
    try:
        header = policy.SMTP.header_factory("From", text)
    except IndexError:
        # The standard library's parser trips over "holds@".
        raise ValueError("is not one e-mail address") from None
    addresses = header.addresses
    if header.defects or len(addresses) != 1 or not addresses[0].domain:
        raise ValueError("is not one e-mail address")
    return text


def readable_file(text: str) -> Path:
    """Check that a file can be read now, not at the first hold that needs it."""
    path = Path(text).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as exc:
        raise ValueError(f"cannot be read: {exc.strerror}") from exc


def schemes(text: str) -> frozenset[str]:
    """Read the Apprise services that channels may use.

    Raises:
        ValueError: One is not the name of a scheme.
    """
    names = frozenset(item.lower() for item in _items(text))
    for name in sorted(names):
        if not name.isascii() or not name.replace("+", "").isalnum():
            raise ValueError(f"{name!r} is no name of a service")
    return names
