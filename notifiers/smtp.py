"""Alerts as mail, through the administrator's own mail server.

smtplib in the delivery threads: its time-outs count anew at every read, so a
timer shuts the line when the whole attempt has had its time.

Source:
    RFC 5321 section 4.2.1 (what a reply code means).
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, Self

from notifiers import addresses, mail_message
from notifiers.base import Alert, Receipt, Target, first_kilobyte
from notifiers.limits import Budget
from notifiers.mail_message import Letter
from notifiers.resolver import Lookup, Resolver
from notifiers.tls import default_tls
from scheduler.errors import (
    ConfigError,
    InvalidHoldError,
    PermanentDeliveryError,
    TransientDeliveryError,
)

Security = Literal["starttls", "tls", "none"]
SECURITIES: tuple[Security, ...] = ("starttls", "tls", "none")
TIMEOUT_S = 15.0
CONNECT_S = 5.0


class SmtpNotifier:
    """Sends one mail to one recipient on one connection.

    Args:
        host: The mail server. It may be private, since only the administrator sets it.
        port: Usually 587 with ``starttls``, 465 with ``tls``.
        security: ``starttls`` and ``tls`` never fall back to an open line.
        username: Empty to send without signing in.
        password: Used over an encrypted line only.
        sender: A plain address, or ``Name <address>``.
        tls_context: For a private authority's certificates; verified in any case.
        timeout_s: For the whole of one attempt.
        lookup: How the server's name is looked up.

    Raises:
        ConfigError: The sender, the security or their combination cannot work.
    """

    kind = "email"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str = "",
        password: str = "",
        sender: str,
        tls_context: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        lookup: Lookup | None = None,
    ) -> None:
        if security not in SECURITIES:
            raise ConfigError([f"SMTP_SECURITY: {security!r}; use {', '.join(SECURITIES)}"])
        if security == "none" and username:
            raise ConfigError(
                ["SMTP_USERNAME: a password over an open line; use SMTP_SECURITY starttls or tls"]
            )
        if not (username + password).isascii():
            raise ConfigError(["SMTP_PASSWORD: it and the user name can hold ASCII only"])
        self._server = (host, port)
        self._security = security
        self._login = (username, password)
        self._sender = _sender(sender)
        self._tls = tls_context or default_tls()
        self._timeout_s = timeout_s
        self._resolver = Resolver(lookup)

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        """Mail an alert; see `Notifier.send`."""
        recipient = _recipient(target.address)
        message = mail_message.compose(alert, sender=self._sender, recipient=recipient, now=now)
        return self._deliver(recipient, message)

    def post(self, letter: Letter, address: str, now: datetime) -> Receipt:
        """Mail what is no alert; one attempt, as `send`."""
        recipient = _recipient(address)
        message = mail_message.compose_letter(
            letter, sender=self._sender, recipient=recipient, now=now
        )
        return self._deliver(recipient, message)

    def _deliver(self, recipient: Address, message: EmailMessage) -> Receipt:
        budget = Budget(self._timeout_s, 0)
        reply = self._attempt(recipient, message.as_bytes(), budget)
        return Receipt(status=reply[0], answer=reply[1], duration_ms=budget.spent_ms())

    def close(self) -> None:
        """Do nothing: no connection outlives its mail."""

    def _attempt(self, recipient: Address, message: bytes, budget: Budget) -> tuple[int, str]:
        stage = "connecting"
        try:
            with _Line(self._connect(budget), budget) as line:
                stage = "signing in"
                session = self._greet(line)
                stage = "sending"
                reply = _transmit(session, self._sender.addr_spec, recipient.addr_spec, message)
                # The mail is taken; what the server says to goodbye changes nothing.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    session.quit()
                return reply
        except (OSError, smtplib.SMTPException) as exc:
            raise self._failure(stage, exc, is_late=budget.left_s() <= 0) from exc

    def _failure(self, stage: str, exc: Exception, *, is_late: bool) -> TransientDeliveryError:
        if is_late:
            # Whatever smtplib made of a line that was cut. If the message was
            # already out, the server may have taken it; it is sent again all the
            # same, with the same Message-ID.
            return TransientDeliveryError(
                f"email: failed while {stage}, no end after {self._timeout_s:g} s"
            )
        if isinstance(exc, smtplib.SMTPResponseException):
            # About this house, not about the recipient: a wrong password, a sender
            # not allowed, a busy server. An administrator can mend it while the
            # alert is tried again, so even a 5xx is not the end.
            return TransientDeliveryError(
                f"email: the mail server answered {exc.smtp_code} while {stage}",
                status=exc.smtp_code,
                answer=_text(exc.smtp_error),
            )
        return TransientDeliveryError(f"email: failed while {stage}, {type(exc).__name__}: {exc}")

    def _connect(self, budget: Budget) -> socket.socket:
        host, port = self._server
        connecting = Budget(min(CONNECT_S, budget.left_s()), 0)
        found = self._resolver.addresses(host, port, timeout_s=connecting.left_s())
        error: OSError = OSError(f"{host}: the name has no address")
        for tried, address in enumerate(found):
            if addresses.is_metadata_text(address):
                raise OSError(f"{host} is {address}, a metadata or link-local address")
            share = connecting.left_s() / (len(found) - tried)
            if share <= 0:
                break
            try:
                return socket.create_connection((address, port), share)
            except OSError as exc:
                error = exc
        raise error

    def _greet(self, line: _Line) -> smtplib.SMTP:
        host, port = self._server
        if self._security == "tls":
            line.encrypt(self._tls, host)
        session = _Session(line.socket, host, port)
        line.close_with_it(session)
        session.ehlo_or_helo_if_needed()
        if self._security == "starttls":
            # Raises where the server does not offer it: never on in clear.
            session.starttls(context=self._tls)
            session.ehlo()
        if self._login[0]:
            session.login(*self._login)
        return session


class _Session(smtplib.SMTP):
    """smtplib over a line that is already open.

    Told no host, smtplib would not connect; asked to connect, it would look the
    name up a second time, and its own without a deadline. So the socket is
    handed over where smtplib makes one.
    """

    def __init__(self, line: socket.socket, host: str, port: int) -> None:
        self._line = line
        # Given, since smtplib would ask a name server for this machine's name.
        super().__init__(host, port, local_hostname=_own_name(line))

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line


class _Line:
    """A connection that is cut when its time is up.

    The timer holds a duplicate of the socket: STARTTLS replaces the object that
    smtplib holds, and the time must count during that greeting too.
    """

    def __init__(self, line: socket.socket, budget: Budget) -> None:
        self.socket = line
        line.settimeout(max(0.001, budget.left_s()))
        self._same = line.dup()
        self._timer = threading.Timer(max(0.0, budget.left_s()), self._cut)
        self._timer.daemon = True
        self._session: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        # Joined, so that it cannot shut a number that belongs to another socket by now.
        if self._timer.is_alive():
            self._timer.join()
        if self._session is not None:
            self._session.close()
        self.socket.close()
        self._same.close()

    def close_with_it(self, session: smtplib.SMTP) -> None:
        self._session = session

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname=host)

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._same.shutdown(socket.SHUT_RDWR)


def _transmit(
    session: smtplib.SMTP, sender: str, recipient: str, message: bytes
) -> tuple[int, str]:
    """Hand a message over and return the server's last reply.

    Command by command, since `sendmail` hides the reply and resets the session
    after a refusal, which costs a further round trip.
    """
    _expect(session.mail(sender))
    code, text = session.rcpt(recipient)
    if code not in (250, 251):
        _refuse("the recipient", code, text)
    try:
        code, text = session.data(message)
    except smtplib.SMTPDataError as exc:
        code, text = exc.smtp_code, _bytes(exc.smtp_error)
    if code != 250:
        _refuse("the message", code, text)
    return code, _text(text)


def _expect(reply: tuple[int, bytes]) -> None:
    code, text = reply
    if code != 250:
        raise smtplib.SMTPResponseException(code, text)


def _refuse(what: str, code: int, text: bytes) -> None:
    error = PermanentDeliveryError if 500 <= code < 600 else TransientDeliveryError
    raise error(
        f"email: the mail server refused {what} with {code}", status=code, answer=_text(text)
    )


def _text(reply: bytes | str) -> str:
    return first_kilobyte(_bytes(reply))


def _bytes(reply: bytes | str) -> bytes:
    return reply.encode() if isinstance(reply, str) else reply


def _recipient(text: str) -> Address:
    try:
        return mail_message.check_address(text)
    except InvalidHoldError as exc:
        raise PermanentDeliveryError(f"email: {exc}") from exc


def _sender(text: str) -> Address:
    name, _, rest = text.rpartition("<")
    spec = rest.removesuffix(">").strip() if name else text.strip()
    try:
        address = mail_message.check_address(spec, field="SMTP_FROM")
        return Address(display_name=name.strip().strip('"'), addr_spec=address.addr_spec)
    except (InvalidHoldError, ValueError) as exc:
        raise ConfigError([f"SMTP_FROM: {text!r}; use name@example.org"]) from exc


def _own_name(line: socket.socket) -> str:
    name = socket.gethostname()
    if "." in name:
        return name
    # RFC 5321 section 4.1.4: a client without a full name gives its address.
    address = str(line.getsockname()[0])
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
