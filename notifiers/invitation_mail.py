"""The mail by which somebody sets their password: one button, and nothing about any hold."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from notifiers import mail_page
from notifiers.mail_message import Letter
from scheduler.domain.instants import local_text

SUBJECT = "[Holdclock] Set your password"
TITLE = "Set your password"
ONCE = "The link works once. Opening it uses nothing up; setting the password does."
UNEXPECTED = "If you did not expect this mail, do nothing: without the link nobody gets in."


def letter(invitation_id: str, url: str, *, expires_at: datetime, base_url: str) -> Letter:
    """Return the mail of an invitation.

    Args:
        invitation_id: Makes the message's id, as a digest.
        url: The link.
        expires_at: Aware; after it the link is of no use.
        base_url: Where the pages are.
    """
    invited = f"You are invited to Holdclock at {base_url}."
    until = f"Until {local_text(expires_at, 'UTC', year=True)}."
    text = "\n\n".join((TITLE, invited, f"{TITLE}: {url}\n{ONCE}", until, UNEXPECTED)) + "\n"
    paragraphs = "".join(mail_page.paragraph(each) for each in (until, UNEXPECTED))
    page = mail_page.page(
        SUBJECT,
        f"{mail_page.title(TITLE)}{mail_page.paragraph(invited)}"
        f"{mail_page.button(TITLE, url, ONCE)}{paragraphs}",
    )
    key = f"invitation-{sha256(invitation_id.encode()).hexdigest()[:32]}"
    return Letter(key, SUBJECT, text, page)
