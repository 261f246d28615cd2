"""A loopback webhook receiver that checks every signature, as a customer's would.

Source:
    Standard Webhooks 1.0.0; checked with that project's own library.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from scheduler.demo.inbox import Finding, Inbox

WAY = "webhook"
VERIFIED = "VERIFIED"
NOT_VERIFIED = "NOT VERIFIED"
REFUSED = "answered 503"
LARGEST_BODY = 64 * 1024


class Subscriber(NamedTuple):
    """Whose path it is, and the secret that was shown when the channel was made."""

    name: str
    secret: str


class WebhookReceiver:
    """Listens on a loopback port from `start` to `stop`.

    Args:
        inbox: Where arrivals go.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._subscribers: dict[str, Subscriber] = {}
        self._lock = threading.Lock()
        self._to_refuse: str | None = None
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="webhooks",
            daemon=True,
        )

    def url(self, path: str) -> str:
        """Return the address of a path, as a channel needs it."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def subscribe(self, path: str, subscriber: Subscriber) -> None:
        """Take alerts at a path."""
        self._subscribers[f"/{path}"] = subscriber

    def refuse_next(self, hold_ref: str) -> None:
        """Answer the next alert about a hold as a receiver in trouble would."""
        with self._lock:
            self._to_refuse = hold_ref

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Judge one request, keep it, and return the status to answer."""
        subscriber = self._subscribers.get(path)
        if subscriber is None:
            return 404
        is_verified = _is_verified(subscriber.secret, headers, body)
        is_refused = is_verified and self._is_in_trouble(body)
        verdict = VERIFIED if is_verified else NOT_VERIFIED
        finding = Finding(
            verdict=f"{verdict}, {REFUSED}" if is_refused else verdict,
            is_good=is_verified and not is_refused,
            is_refused=is_refused,
        )
        key = headers.get("webhook-id", "")
        self._inbox.put(
            WAY,
            subscriber.name,
            key=key,
            says=summary(body),
            finding=finding,
            body=readable(body),
        )
        if is_refused:
            return 503
        return 204 if is_verified else 401

    def _is_in_trouble(self, body: bytes) -> bool:
        with self._lock:
            if self._to_refuse is None or f'"{self._to_refuse}"'.encode() not in body:
                return False
            self._to_refuse = None
            return True


def _is_verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError:
        return False
    return True


def summary(body: bytes) -> str:
    """Say in a line what a body tells; a body that is none of ours says so."""
    try:
        told: dict[str, Any] = orjson.loads(body)
        data = told["data"]
        parts = [data["facility_code"], data["hold_ref"], told["type"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "not a body of ours"
    if data.get("lead"):
        parts.append(f"due {data['lead']} before")
    if data.get("confirmed") is not None:
        parts.append("confirmed" if data["confirmed"] else "unconfirmed")
    if data.get("also"):
        parts.append(f"(also {', '.join(data['also'])})")
    return " ".join(parts)


def readable(body: bytes) -> str:
    """Return a body as it is read: a field a line."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    receiver: WebhookReceiver

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        status = 413
        if size <= LARGEST_BODY:
            body = self.rfile.read(size)
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = self.receiver.take(self.path, headers, body)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Keep quiet: what arrives is shown by whoever reads the inbox."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Idle connections are the sender's to keep: closing must not wait for them.
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about connections that the sender closes."""
