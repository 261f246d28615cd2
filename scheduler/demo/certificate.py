"""A certificate that this machine makes for itself, so that loopback mail is encrypted too."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "127.0.0.1"
EITHER_WAY = timedelta(days=30)
"""Before and after the instant it is made: a demo that is left on must not outlive it soon."""


def server_and_client(folder: Path, *, now: datetime) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context, and a client's that trusts that server and no other.

    Args:
        folder: For the key's file; the ssl module reads keys from files only.
        now: Real time.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, now).public_bytes(serialization.Encoding.PEM)
    path = folder / "mail.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        certificate
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=certificate.decode())


def _self_signed(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Holdclock demo mail")])
    public = key.public_key()
    address = x509.IPAddress(ipaddress.ip_address(ADDRESS))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EITHER_WAY)
        .not_valid_after(now + EITHER_WAY)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
