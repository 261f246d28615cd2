"""One alert as one mail to one recipient.

Source:
    RFC 5322 (identification fields), RFC 3834 (automatic messages), RFC 6047
    (calendar entries in mail).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple

from notifiers import calendar_invite, mail_page, render
from notifiers.base import Alert
from scheduler.errors import InvalidHoldError

# No server is known to take every 8-bit body, so none is sent.
WIRE = policy.SMTP.clone(cte_type="7bit")

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_ID_TEXT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def check_address(text: str, *, field: str = "address") -> Address:
    """Return a mail address if it is one, and one only.

    A comma, a line break or a quote in it could add a recipient or a header, so
    the plain form is the only one taken.

    Raises:
        InvalidHoldError: With `field` set.
    """
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise InvalidHoldError(
            f"{field}: {text[:80]!r} is not one plain mail address; use name@example.org",
            field=field,
        )
    try:
        return Address(addr_spec=text)
    except ValueError as exc:
        raise InvalidHoldError(f"{field}: {text[:80]!r} is refused; {exc}", field=field) from exc


class Letter(NamedTuple):
    """A mail that is no alert.

    Attributes:
        key: Makes the message's id: the same for every attempt.
        html: Says what the text says.
    """

    key: str
    subject: str
    text: str
    html: str


def compose(alert: Alert, *, sender: Address, recipient: Address, now: datetime) -> EmailMessage:
    """Return the mail, the same for every attempt but for its date.

    Args:
        alert: What to say.
        sender: Its domain also makes the message's id unique.
        recipient: The only one.
        now: Aware, real time.
    """
    letter = Letter(alert.id, render.subject(alert), render.text(alert), mail_page.html(alert))
    message = compose_letter(letter, sender=sender, recipient=recipient, now=now)
    thread = _unique(f"hold-{alert.hold_id}", sender.domain)
    if alert.hold_id:
        # All mails of a hold answer a message that was never sent: whichever of
        # them arrives first, a mail program shows them as one thread.
        message["In-Reply-To"] = f"<{thread}>"
        message["References"] = f"<{thread}>"
    _attach_entry(message, alert, uid=thread, organizer=sender.addr_spec, now=now)
    return message


def compose_letter(
    letter: Letter, *, sender: Address, recipient: Address, now: datetime
) -> EmailMessage:
    """Return a mail, the same for every attempt but for its date; see `compose`."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = recipient
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_unique(letter.key, sender.domain)}>"
    message["Auto-Submitted"] = "auto-generated"
    # For mail servers that send absence notes in spite of the line above.
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _attach_entry(
    message: EmailMessage, alert: Alert, *, uid: str, organizer: str, now: datetime
) -> None:
    invite = calendar_invite.invite(alert, uid=uid, organizer=organizer, now=now)
    if invite is None:
        return
    message.add_attachment(
        invite.text,
        subtype="calendar",
        params={"method": invite.method},
        filename="hold.ics",
    )


def _unique(key: str, domain: str) -> str:
    name = key if _ID_TEXT.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
    return f"{name}@{domain}"
