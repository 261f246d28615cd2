"""A certificate authority of our own, and certificates from it, for tests and loopback."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=2)


class Authority:
    """Signs certificates into a folder; trusted by whoever uses `client_tls`.

    Args:
        folder: Where the files go; the keys are readable by whoever reads it.
        now: Certificates are valid from a day before this instant to a day after.
    """

    def __init__(self, folder: Path, *, now: datetime) -> None:
        self._folder = folder
        self._now = now.astimezone(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Loopback authority")
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self.path = folder / "authority.pem"
        self.path.write_bytes(self._own().public_bytes(serialization.Encoding.PEM))

    def client_tls(self) -> ssl.SSLContext:
        """Return a context that trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.path))

    def server_tls(
        self, *names: str, expired: bool = False, asks_callers: bool = False
    ) -> ssl.SSLContext:
        """Return a server's context with a certificate for the names and addresses.

        Args:
            names: What it is certified for.
            expired: Its time ended before `now`.
            asks_callers: Takes only callers with a certificate of this authority.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file(*names, expired=expired))
        if asks_callers:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.path)
        return context

    def server_file(self, *names: str, expired: bool = False) -> Path:
        """Return a file with a server's certificate and its key."""
        use = ExtendedKeyUsageOID.SERVER_AUTH
        path = self._folder / f"{x509.random_serial_number()}.pem"
        path.write_bytes(self._certified(*names, use=use, expired=expired))
        return path

    def client_pem(self, name: str) -> str:
        """Return a caller's certificate and its key."""
        return self._certified(name, use=ExtendedKeyUsageOID.CLIENT_AUTH).decode()

    def _certified(self, *names: str, use: x509.ObjectIdentifier, expired: bool = False) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        certificate = (
            self._begin(_name(names[0]), key.public_key(), expired=expired)
            .add_extension(alternatives, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def _own(self) -> x509.Certificate:
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            self._begin(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _begin(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, expired: bool = False
    ) -> x509.CertificateBuilder:
        ends = self._now - LIFETIME / 4 if expired else self._now + LIFETIME / 2
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - LIFETIME / 2)
            .not_valid_after(ends)
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
