from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notifiers import tls
from scheduler.errors import InvalidHoldError
from tests.support.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), now=datetime(2026, 3, 9, tzinfo=UTC))


def key_pem(*, password: bytes | None = None) -> str:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password is not None
        else serialization.NoEncryption()
    )
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def certificate_only(pem: str) -> str:
    return pem.partition("-----BEGIN PRIVATE KEY-----")[0]


def test_endpoint_verifies_names_and_certificates_from_tls_1_2(authority: Authority) -> None:
    pem = authority.client_pem("caller.example.gov")

    for context in (
        tls.default_tls(),
        tls.endpoint_tls(authority.path.read_text(), None),
        tls.endpoint_tls(None, pem),
    ):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_named_authority_is_the_only_one(authority: Authority) -> None:
    context = tls.endpoint_tls(authority.path.read_text(), None)

    [trusted] = context.get_ca_certs()
    assert trusted["subject"] == ((("commonName", "Loopback authority"),),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("no certificate", id="no certificate"),
        pytest.param("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="junk"),
        pytest.param("é", id="not ASCII"),
        pytest.param("x" * 65_537, id="too long"),
    ],
)
def test_authority_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidHoldError) as caught:
        tls.endpoint_tls(text, None)

    assert caught.value.field == "ca_pem"


def test_receiver_s_own_certificate_is_no_authority(authority: Authority) -> None:
    with pytest.raises(InvalidHoldError, match="no authority"):
        tls.endpoint_tls(authority.server_file("hooks.example.gov").read_text(), None)


def test_client_certificate_without_its_own_unencrypted_key_is_refused(
    authority: Authority,
) -> None:
    certificate = certificate_only(authority.client_pem("caller.example.gov"))

    for key in ("", key_pem(), key_pem(password=b"a word"), "junk", "x" * 65_537):
        with pytest.raises(InvalidHoldError) as caught:
            tls.endpoint_tls(None, certificate + key)

        assert caught.value.field == "client_pem"


def test_client_certificate_leaves_no_file_behind(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pem = authority.client_pem("caller.example.gov")

    tls.endpoint_tls(None, pem)
    monkeypatch.delattr("os.memfd_create", raising=False)
    tls.endpoint_tls(None, pem)

    assert list(tmp_path.iterdir()) == []


def test_only_the_same_authority_and_certificate_make_the_same_identity() -> None:
    known = [
        tls.identity(ca, client) for ca in (None, "a", "b", "a\0") for client in (None, "a", "b")
    ]

    assert known[0] is None
    assert len(set(known)) == len(known)
