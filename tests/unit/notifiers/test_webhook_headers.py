from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest

from notifiers import webhook
from scheduler.errors import PermanentDeliveryError
from tests.support.alerts import OLD_SECRET, SECRET

NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


def by_hand(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def test_signature_covers_id_timestamp_and_body() -> None:
    headers = webhook.signature_headers("dlv-1", b'{"a":"\xc3\xa9"}', (SECRET,), now=NOW)

    stamp = str(int(NOW.timestamp()))
    assert headers == {
        "webhook-id": "dlv-1",
        "webhook-timestamp": stamp,
        "webhook-signature": by_hand(SECRET, f"dlv-1.{stamp}.".encode() + b'{"a":"\xc3\xa9"}'),
    }


def test_rotation_signs_with_both_secrets_the_newest_first() -> None:
    headers = webhook.signature_headers("dlv-1", b"{}", (SECRET, OLD_SECRET), now=NOW)

    content = f"dlv-1.{headers['webhook-timestamp']}.{{}}".encode()
    assert headers["webhook-signature"].split(" ") == [
        by_hand(SECRET, content),
        by_hand(OLD_SECRET, content),
    ]


def test_timestamp_is_the_instant_whatever_zone_now_is_given_in() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=-5)))

    assert webhook.signature_headers("k", b"{}", (SECRET,), now=local) == (
        webhook.signature_headers("k", b"{}", (SECRET,), now=NOW)
    )


@pytest.mark.parametrize(
    "secrets",
    [
        pytest.param((), id="none"),
        pytest.param(("whsec_",), id="empty"),
        pytest.param(("whsec_a",), id="not base64"),
        pytest.param((SECRET, "whsec_a"), id="the old one is broken"),
    ],
)
def test_secret_that_cannot_sign_is_permanent_and_not_quoted(secrets: tuple[str, ...]) -> None:
    with pytest.raises(PermanentDeliveryError) as caught:
        webhook.signature_headers("dlv-1", b"{}", secrets, now=NOW)

    assert "whsec_" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("0", timedelta(0)),
        ("007", timedelta(seconds=7)),
        (" 120 ", timedelta(seconds=120)),
        ("86400", timedelta(days=1)),
        ("9" * 5000, timedelta(days=7)),
        ("Mon, 09 Mar 2026 17:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 09 Mar 2026 13:02:00 -0400", timedelta(minutes=2)),
        ("Mon, 09 Mar 2026 16:00:00 GMT", timedelta(0)),
        ("Mon, 09 Mar 9026 16:00:00 GMT", timedelta(days=7)),
        ("Mon, 99 Mar 2026 16:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(text: str | None, wait: timedelta | None) -> None:
    assert webhook.retry_after(text, now=NOW) == wait
