"""Alerts as signed webhooks. The only module that uses httpx.

Source:
    Standard Webhooks 1.0.0 (headers, signature, what a status means).
"""

from __future__ import annotations

import contextlib
import logging
import ssl
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import standardwebhooks
from standardwebhooks.webhooks import EmptyWebhookSecretError

from notifiers import render, tls
from notifiers.base import Alert, Receipt, Target, first_kilobyte
from notifiers.guard import Guard, connection_pool, passage
from notifiers.limits import Budget
from notifiers.shared import Shared
from scheduler.errors import InvalidHoldError, PermanentDeliveryError, TransientDeliveryError

TIMEOUT_S = 15.0
CONNECT_S = 5.0
ANSWER_S = 2.0
"""How long the rest of an answer is read once its status is known. The status
decides; the rest is for the record, and a drip must not hold a sending thread."""
ANSWER_LIMIT = 64 * 1024
IDLE_S = 4.0
"""How long a connection is kept: less than the 5 s after which common servers
close theirs, or the next alert would meet a closing connection and fail."""
LONGEST_WAIT = timedelta(days=7)
ENDPOINTS = 64
"""How many endpoints keep connections."""

_GONE = 410
_PLAIN = {"accept-encoding": "identity", "user-agent": "Holdclock/1"}
"""Unpacking could turn 64 KiB into gigabytes."""


class WebhookNotifier:
    """Posts alerts, each in one signed request.

    Args:
        guard: Says where requests may go.
        tls_context: What targets without an authority of their own trust; the
            machine's trust by default. Verified in any case.
        timeout_s: For the whole of one attempt.
        connect_s: For the name, the connection, and again for the TLS greeting.
        answer_s: For the rest of an answer whose status has come.
        connections: How many at once, at least the number of sending threads.
    """

    kind = "webhook"

    def __init__(
        self,
        guard: Guard,
        *,
        tls_context: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        connect_s: float = CONNECT_S,
        answer_s: float = ANSWER_S,
        connections: int = 64,
    ) -> None:
        # These two write whole URLs and headers into the log; a receiver's URL
        # is often its password.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._guard = guard
        self._timeout_s = timeout_s
        self._answer_s = answer_s
        self._timeouts = httpx.Timeout(timeout_s, connect=connect_s).as_dict()
        self._connections = connections
        self._tls_context = tls_context or tls.default_tls()
        # A pool tells connections apart by host and port only, and one that a certificate
        # opened must serve no other channel. It also looks through all it has for every
        # request, twice: with fifty at once that is half of what a request takes.
        self._transports: Shared[httpx.HTTPTransport] = Shared(at_most=ENDPOINTS)

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Post an alert; see `Notifier.send`."""
        url = self._checked_url(target)
        body = render.webhook_body(alert)
        headers = {
            "content-type": "application/json",
            **_PLAIN,
            "user-agent": "Holdclock-Webhooks/1",
            **signature_headers(alert.id, body, target.secrets, now=now),
        }
        budget = Budget(self._timeout_s, ANSWER_LIMIT)
        try:
            with self._ask(
                target, "POST", url, headers=headers, body=body, budget=budget
            ) as response:
                budget.shorten(self._answer_s)
                answer = _read(response)
        except InvalidHoldError as exc:
            # The endpoint's own authority or certificate: an edit mends it.
            raise PermanentDeliveryError(f"webhook: {exc}") from exc
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise TransientDeliveryError(f"webhook: not delivered, {_cause(exc)}") from exc
        return _judge(response.status_code, response.headers, answer, budget=budget, now=now)

    def ping(self, url: str) -> None:
        """Ask for a page, as a sign of life to whoever keeps it.

        Raises:
            DeliveryError: It did not arrive.
        """
        status, _ = self.fetch("GET", url)
        if not httpx.codes.is_success(status):
            raise TransientDeliveryError(f"heartbeat: answered {status}", status=status)

    def fetch(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, bytes]:
        """Ask somebody on the product's own behalf, behind the same guard and limits.

        Returns:
            The status, whatever it is, and the body: 64 KiB at most.

        Raises:
            DeliveryError: It may not be asked, or there was no whole answer.
        """
        target = Target(channel_id="fetch", kind=self.kind, address=url)
        address = self._checked_url(target)
        budget = Budget(self._timeout_s, ANSWER_LIMIT)
        sent = {**_PLAIN, **(headers or {})}
        try:
            with self._ask(
                target, method, address, headers=sent, body=body, budget=budget
            ) as response:
                return response.status_code, b"".join(response.iter_raw())
        except (httpx.HTTPError, httpx.StreamError) as exc:
            raise TransientDeliveryError(f"fetch: no answer, {_cause(exc)}") from exc

    def close(self) -> None:
        """Close the idle connections."""
        self._transports.close()

    def _new_transport(self, target: Target) -> httpx.HTTPTransport:
        own = (target.ca_pem, target.client_pem)
        is_own = tls.identity(*own) is not None
        context = tls.endpoint_tls(*own) if is_own else self._tls_context
        transport = httpx.HTTPTransport(verify=context, trust_env=False)
        # httpx has no public way to set where connections are made. Its own pool has
        # not connected yet, so nothing is left open by replacing it.
        transport._pool = connection_pool(  # noqa: SLF001 -- no public way, as said above
            self._guard, context, connections=self._connections, idle_s=IDLE_S
        )
        return transport

    # Without `httpx.Client`, which takes a third to a half as long again for what no delivery
    # may use: cookies, redirects, proxies, stored credentials.
    @contextlib.contextmanager
    def _ask(
        self,
        target: Target,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str],
        body: bytes,
        budget: Budget,
    ) -> Iterator[httpx.Response]:
        request = httpx.Request(
            method, url, headers=headers, content=body, extensions={"timeout": self._timeouts}
        )
        key = f"{tls.identity(target.ca_pem, target.client_pem)} {url.scheme}://{url.netloc!r}"
        with (
            passage(budget, is_plain=url.scheme == "http"),
            self._transports.using(key, lambda: self._new_transport(target)) as transport,
            contextlib.closing(transport.handle_request(request)) as response,
        ):
            yield response

    def _checked_url(self, target: Target) -> httpx.URL:
        # Judged as httpx reads it, so that no second parser can disagree.
        try:
            url = httpx.URL(target.address)
            self._guard.check_parts(
                scheme=url.scheme,
                host=url.host,
                port=url.port,
                has_user_info=bool(url.userinfo),
            )
        except (httpx.InvalidURL, InvalidHoldError) as exc:
            # Nothing but an edit mends it, so there is no point in trying again.
            raise PermanentDeliveryError(f"webhook: {exc}") from exc
        return url


def signature_headers(
    key: str, body: bytes, secrets: tuple[str, ...], *, now: datetime
) -> dict[str, str]:
    """Return the three headers, with one signature for each secret.

    Args:
        key: The same for every attempt.
        body: The very bytes that are sent.
        secrets: ``whsec_`` secrets, the newest first.
        now: Aware, real time: receivers refuse a timestamp minutes off.

    Raises:
        PermanentDeliveryError: A secret is missing or cannot be read.
    """
    if not secrets:
        raise PermanentDeliveryError("webhook: the channel has no secret; make it a new one")
    # The package takes the clock face of a datetime for UTC, whatever its zone.
    at = now.astimezone(UTC)
    try:
        signatures = [
            standardwebhooks.Webhook(secret).sign(key, at, body.decode()) for secret in secrets
        ]
    except (Base64Error, EmptyWebhookSecretError) as exc:
        raise PermanentDeliveryError(
            "webhook: the channel's secret cannot be read; make it a new one"
        ) from exc
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _read(response: httpx.Response) -> str:
    """Return the start of an answer, reading it to its end where that is near."""
    kept = b""
    try:
        for part in response.iter_raw():
            kept += part[: ANSWER_LIMIT - len(kept)]
    except httpx.HTTPError:
        # The status has come, and it decides. Treating a taken alert as failed
        # because its answer dripped would send it again every few minutes.
        pass
    return first_kilobyte(kept)


def _judge(
    status: int, headers: httpx.Headers, answer: str, *, budget: Budget, now: datetime
) -> Receipt:
    if 200 <= status < 300:
        return Receipt(status=status, answer=answer, duration_ms=budget.spent_ms())
    if status == _GONE:
        raise PermanentDeliveryError(
            "webhook: answered 410, the receiver wants no more", status=status, answer=answer
        )
    # Everything else may work later. 408, 425, 429 and 5xx say so themselves.
    # 400, 401, 403 and 404 are what a receiver says while somebody mends it: an
    # alert must outlive ten minutes of that. A redirect is not followed, since
    # it would send a signed alert where nobody configured it to go.
    followed = ", and redirects are not followed" if 300 <= status < 400 else ""
    raise TransientDeliveryError(
        f"webhook: answered {status}{followed}",
        status=status,
        answer=answer,
        retry_after=retry_after(headers.get("retry-after"), now=now),
    )


def retry_after(text: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header, in seconds or as a date.

    Returns:
        Between nothing and a week; None where it is missing or unreadable.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        # Nine figures are far beyond the longest wait, and safe to convert.
        return min(timedelta(seconds=int(text.lstrip("0")[:9] or "0")), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def _cause(exc: Exception) -> str:
    text = str(exc)
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__
