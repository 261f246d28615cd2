"""A loopback mail server that insists on STARTTLS and a sign-in, and keeps what it is sent."""

from __future__ import annotations

import asyncio
import email
import logging
import secrets
import ssl
import threading
from email import policy
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from scheduler.demo.inbox import Finding, Inbox

WAY = "e-mail"
USERNAME = "holdclock"
STARTS_WITHIN_S = 10.0
TAKEN = "250 2.0.0 taken"
ENCRYPTED = "TLS + AUTH"
OPEN = "NOT ENCRYPTED"


class MailServer:
    """Listens on a loopback port from `start` to `stop`.

    Args:
        inbox: Where arrivals go.
        tls: The server's context.
    """

    def __init__(self, inbox: Inbox, *, tls: ssl.SSLContext) -> None:
        self.port = 0
        self.password = secrets.token_urlsafe(16)
        self._inbox = inbox
        self._tls = tls
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: It did not come up in time.
        """
        # aiosmtpd warns, at every sign-in, of a field of its own that it will drop.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._thread.start()
        if not self._listening.wait(STARTS_WITHIN_S):
            raise OSError(f"the demo's mail server did not start in {STARTS_WITHIN_S:g} s")

    def stop(self) -> None:
        """Listen no more."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    # aiosmtpd finds its hooks by their names.

    async def handle_DATA(  # noqa: N802 (aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        message = email.message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
        letter = message.get_body(("plain",))
        is_encrypted = session.ssl is not None and bool(session.authenticated)
        self._inbox.put(
            WAY,
            ", ".join(envelope.rcpt_tos),
            key=str(message["message-id"]),
            says=str(message["subject"]),
            finding=Finding(ENCRYPTED if is_encrypted else OPEN, is_encrypted),
            body="" if letter is None else str(letter.get_content()),
        )
        return TAKEN

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        server = await self._loop.create_server(self._session, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._closing.wait()
        server.close()

    def _session(self) -> SMTP:
        return SMTP(
            self,
            hostname="demo.example",
            loop=self._loop,
            tls_context=self._tls,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticate,
        )

    def _authenticate(  # noqa: PLR0917 (aiosmtpd's)
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login, data.password) if isinstance(data, LoginPassword) else None
        wanted = (USERNAME.encode(), self.password.encode())
        # Not handled: aiosmtpd is to write the reply that belongs to it.
        return AuthResult(success=given == wanted, handled=False)
