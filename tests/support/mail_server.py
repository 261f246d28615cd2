"""A loopback mail server with STARTTLS and AUTH that keeps what it is sent."""

from __future__ import annotations

import asyncio
import email
import ssl
import threading
from collections import deque
from email import policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USERNAME = "holdclock"
PASSWORD = "a mail password"

TAKEN = "250 2.0.0 taken"
NO_ANSWER = ""
"""Instead of a reply to the message: none before the server is closed."""


class Mail(NamedTuple):
    """One mail as it was taken from the line."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    was_encrypted: bool
    was_signed_in: bool

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=policy.default)


class MailServer:
    """Listens on a loopback port from `with` to its end.

    Args:
        tls: A server's context; STARTTLS is offered, and needed, if it is given.
        is_tls_from_start: Encrypted from the first byte instead.
        needs_login: Takes mail only after AUTH, with `USERNAME` and `PASSWORD`.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        is_tls_from_start: bool = False,
        needs_login: bool = True,
    ) -> None:
        self.port = 0
        self._tls = tls
        self._is_tls_from_start = is_tls_from_start
        self._needs_login = needs_login
        self._recipient_replies: deque[str] = deque()
        self._sender_replies: deque[str] = deque()
        self._message_replies: deque[str] = deque()
        self._mails: list[Mail] = []
        self._arrived = threading.Condition()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10.0), "the mail server did not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    @property
    def mails(self) -> list[Mail]:
        """What has been taken so far, also where the reply said otherwise."""
        with self._arrived:
            return list(self._mails)

    def refuse_recipient(self, *replies: str) -> None:
        """Give these replies to the next recipients, as `550 5.1.1 unknown`."""
        self._recipient_replies.extend(replies)

    def refuse_sender(self, *replies: str) -> None:
        """Give these replies to the next senders."""
        self._sender_replies.extend(replies)

    def answer_message(self, *replies: str) -> None:
        """Give these replies to the next messages; `NO_ANSWER` for none at all."""
        self._message_replies.extend(replies)

    def wait_for(self, count: int, *, timeout_s: float = 10.0) -> list[Mail]:
        """Wait until that many mails have been taken, and return them.

        Raises:
            AssertionError: They were not in time.
        """
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self._mails) >= count, timeout_s)
            assert came, f"{len(self._mails)} mails instead of {count} in {timeout_s} s"
            return list(self._mails)

    # The hooks of aiosmtpd, which finds them by these names.

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._needs_login and not session.authenticated:
            return "530 5.7.0 sign in first"
        if self._sender_replies:
            return self._sender_replies.popleft()
        envelope.mail_from = address
        return "250 2.1.0 go on"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._recipient_replies:
            return self._recipient_replies.popleft()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        reply = self._message_replies.popleft() if self._message_replies else TAKEN
        mail = Mail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=cast("bytes", envelope.content),
            was_encrypted=session.ssl is not None or self._is_tls_from_start,
            was_signed_in=bool(session.authenticated),
        )
        with self._arrived:
            self._mails.append(mail)
            self._arrived.notify_all()
        if reply == NO_ANSWER:
            await self._closing.wait()
        return reply or TAKEN

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        tls = self._tls if self._is_tls_from_start else None
        server = await self._loop.create_server(self._session, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._closing.wait()
        server.close()

    def _session(self) -> SMTP:
        offers_starttls = self._tls is not None and not self._is_tls_from_start
        return SMTP(
            self,
            hostname="loopback",
            loop=self._loop,
            tls_context=self._tls if offers_starttls else None,
            require_starttls=offers_starttls,
            auth_required=self._needs_login and offers_starttls,
            # aiosmtpd knows of encryption by STARTTLS only, so where a line is
            # encrypted from the start `handle_MAIL` asks for the sign-in.
            auth_require_tls=offers_starttls,
            authenticator=_authenticate,
        )


def _authenticate(
    server: Any, session: Any, envelope: Any, mechanism: str, data: Any
) -> AuthResult:
    wanted = (USERNAME.encode(), PASSWORD.encode())
    given = (data.login, data.password) if isinstance(data, LoginPassword) else None
    # Not handled: aiosmtpd is to write the reply that belongs to it.
    return AuthResult(success=given == wanted, handled=False)
