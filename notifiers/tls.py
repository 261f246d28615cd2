"""Whom an encrypted line trusts, and as whom it signs in: verified always, TLS 1.2 or later.

A receiver inside an agency may have a certificate from the agency's own authority,
and may ask for one in return. Both belong to that one endpoint: an authority that
one office added must never vouch for another office's receiver.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scheduler.errors import InvalidHoldError

LONGEST_PEM = 64 * 1024
_END = "\0"


def default_tls() -> ssl.SSLContext:
    """Return the machine's own trust: an agency adds its authority there."""
    return _at_least_1_2(ssl.create_default_context())


def identity(ca_pem: str | None, client_pem: str | None) -> str | None:
    """Return a key that two endpoints share only if they may share connections.

    None for those that use the machine's trust and no certificate. Hashed, so
    that it can be kept and shown where the key itself must not be.
    """
    if ca_pem is None and client_pem is None:
        return None
    return hashlib.sha256(f"{ca_pem or ''}{_END}{client_pem or ''}".encode()).hexdigest()


def endpoint_tls(ca_pem: str | None, client_pem: str | None) -> ssl.SSLContext:
    """Return the context of one endpoint.

    Args:
        ca_pem: The only authorities to trust there; None for the machine's own.
            In place of those, not beside them: whoever names the authority of a
            receiver does not want any other to vouch for it.
        client_pem: A certificate, what leads to its authority, and its
            unencrypted key, one after the other.

    Raises:
        InvalidHoldError: With `field` ``ca_pem`` or ``client_pem``. The text is
            not repeated: it may hold a key.
    """
    context = default_tls() if ca_pem is None else _trusting(ca_pem)
    if client_pem is not None:
        _sign_in_with(context, client_pem)
    return context


def _trusting(ca_pem: str) -> ssl.SSLContext:
    if len(ca_pem) > LONGEST_PEM:
        raise _bad("ca_pem", f"it has {len(ca_pem)} characters", f"at most {LONGEST_PEM}")
    # Not `create_default_context`: with an empty text it would trust the machine's.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca_pem.encode("ascii").decode())
    except (ssl.SSLError, ValueError) as exc:
        raise _bad("ca_pem", "it cannot be read", "certificates in PEM form") from exc
    if not context.get_ca_certs():
        # A server's own certificate is no authority; nothing it signs exists.
        raise _bad("ca_pem", "it holds no authority's certificate", "the issuing authority's")
    return _at_least_1_2(context)


def _sign_in_with(context: ssl.SSLContext, client_pem: str) -> None:
    if len(client_pem) > LONGEST_PEM:
        raise _bad("client_pem", f"it has {len(client_pem)} characters", f"at most {LONGEST_PEM}")
    try:
        with _as_file(client_pem.encode()) as path:
            context.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError) as exc:
        raise _bad(
            "client_pem",
            "it is not a certificate with the unencrypted key that belongs to it",
            "the certificate and then the key, in PEM form",
        ) from exc


def _no_password() -> str:
    # Without this, OpenSSL would ask at the terminal and wait for an answer.
    raise ValueError("the key is encrypted")


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[Path]:
    """Lend a path to what `ssl` reads from files only, without a key on a disk if possible."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield Path(file.name)
        return
    descriptor = os.memfd_create("client certificate")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _at_least_1_2(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _bad(field: str, what: str, allowed: str) -> InvalidHoldError:
    return InvalidHoldError(f"{field}: {what}; use {allowed}", field=field)
