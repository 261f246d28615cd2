"""Accounts of people, as an administrator makes, mends and ends them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from scheduler.accounts.users import UNUSED
from scheduler.domain.actors import Actor
from scheduler.errors import HoldNotFoundError, InvalidHoldError, NotAllowedError
from web.api import users as shapes
from web.api.schemas import At
from web.api.users import User
from web.frame import reader_from
from web.identity import Person
from web.languages import NAMES
from web.pages.administration.fields import ZONE, Choices
from web.pages.administration.nouns import (
    Act,
    Asked,
    Done,
    Noun,
    Row,
    is_off,
    is_on,
    require_as_it_was,
)
from web.parts import Parts
from web.voice import voice

ROLES: Final[Choices] = (
    ("facility", "Facility staff: every fact about the holds of their facilities"),
    ("agent", "Agent: acknowledges, reports transfers and cancels, for their offices"),
    ("auditor", "Auditor: reads everything, and writes nothing"),
    ("administrator", "Administrator: settings and accounts, and no fact about a hold"),
)
ROLE_WORDS: Final = {role: words.partition(":")[0] for role, words in ROLES}
Tell = Callable[[datetime], str]
"""Says an instant to the reader of a page."""


class Standing(BaseModel):
    """How an account stands, in words."""

    standing: list[str]
    invitation: str
    unused: str


class Account(User, Standing):
    """An account with all that its page tells; how it stands comes first."""

    last_signed_in_at: At | None
    calendar_feed_at: At | None


def users(parts: Parts) -> Noun:
    """Return what accounts are on pages."""

    def row(person: Person, found: dict[str, Any]) -> Row:
        is_locked = parts.sign_in.is_locked(found)
        return _account(found, parts.views.now(), person, is_locked=is_locked)

    def get(person: Person, name: str) -> Row:
        if "@" in name:
            # Never by their address: what is in an address of ours ends up in logs.
            raise HoldNotFoundError("account: there is none of that id on record")
        feed_at = parts.calendar_feeds.made_at(name)
        return {**row(person, parts.users.get(name)), "calendar_feed_at": feed_at}

    return Noun(
        path="users",
        title="People",
        one="user",
        told="Accounts: who signs in, as what, and for which facilities or offices.",
        key="id",
        shape=Account,
        columns=(
            "email",
            "role",
            "facility_codes",
            "office_codes",
            "last_signed_in_at",
            "standing",
        ),
        rows=lambda person: [row(person, found) for found in parts.users.all()],
        get=get,
        words={
            "standing": {"": "in order"},
            "invitation": {"": "never invited"},
            "unused": {"": "no"},
            "last_signed_in_at": {"": "never"},
            "locked_at": {"": "no"},
            "timezone": {"": "the jail's alone"},
            "language": NAMES,
            "role": ROLE_WORDS,
        },
        adds=[
            Act(
                name="user",
                title="New account",
                told="Its owner gets a mail with a link, good for three days, by which they choose "
                "a password; then they set up a second factor.",
                body=shapes.NewUser,
                choices={"role": roles},
                do=lambda asked: Done(shapes.new_user(parts, asked.actor, asked.body)),
            )
        ],
        acts=[*_edits(parts), *_letting_in(parts), *_feeds(parts)],
    )


def roles(_: Person) -> Choices:
    """Return what somebody may be to the record."""
    return ROLES


def _edits(parts: Parts) -> list[Act]:
    def edit(asked: Asked) -> Done:
        found = shapes.shown(parts.users.get(asked.name))
        require_as_it_was(found, asked.was)
        try:
            shapes.change_user(parts, asked.actor, asked.name, asked.body)
        except NotAllowedError as exc:
            told = "role: nobody changes their own role or places; ask another administrator"
            raise InvalidHoldError(told, field="role") from exc
        return Done(asked.name)

    return [
        Act(
            name="edit",
            title="Change",
            told="Another role or other places end their sessions.",
            body=shapes.UserEdit,
            choices={"role": roles},
            is_edit=True,
            do=edit,
        )
    ]


def _letting_in(parts: Parts) -> list[Act]:
    """Return what lets somebody in, or keeps them out."""

    def act(do: Callable[[Actor, str], object]) -> Callable[[Asked], Done]:
        def done(asked: Asked) -> Done:
            do(asked.actor, asked.name)
            return Done(asked.name)

        return done

    return [
        Act(
            name="invite",
            title="Send an invitation",
            told="A mail with a link, good for three days, by which they choose a password. "
            "Links that were sent before end.",
            is_offered=is_on,
            do=act(parts.invitations.invite),
        ),
        Act(
            name="unlock",
            title="Unlock",
            told="They may sign in by password again at once. The wrong tries so far are forgotten.",
            is_offered=lambda row: row["locked_at"] is not None,
            do=act(parts.users.unlock),
        ),
        Act(
            name="reset-second-factor",
            title="Reset the second factor",
            told="Their sessions end. The authenticator and the recovery codes that they have are "
            "good for nothing any more; a new one is set up at the next sign-in.",
            is_offered=lambda row: row["second_factor_at"] is not None,
            do=act(parts.users.reset_second_factor),
        ),
        Act(
            name="disable",
            title="Switch off",
            told="Their sessions end, and they cannot sign in. The account stays on record.",
            is_offered=lambda row: is_on(row) and not row["is_own"],
            do=act(parts.users.disable),
        ),
        Act(
            name="enable",
            title="Switch on",
            told="They may sign in again. Its 90 days without use begin anew.",
            is_offered=is_off,
            do=act(parts.users.enable),
        ),
    ]


def _feeds(parts: Parts) -> list[Act]:
    def make(asked: Asked) -> Done:
        feed = parts.calendar_feeds.add(asked.actor, asked.name)
        return Done(asked.name, secret=feed.url, what="Address of the calendar feed")

    def end(asked: Asked) -> Done:
        parts.calendar_feeds.end(asked.actor, asked.name)
        return Done(asked.name)

    return [
        Act(
            name="calendar-feed",
            title="Make a calendar feed",
            told="A secret address, shown once, at which a calendar program reads the deadlines of "
            "this account. Whoever has it can read them. The feed that the account had ends.",
            is_offered=is_on,
            do=make,
        ),
        Act(
            name="end-calendar-feed",
            title="End the calendar feed",
            told="Its address answers nothing any more.",
            is_offered=lambda row: row["calendar_feed_at"] is not None,
            do=end,
        ),
    ]


def _account(found: dict[str, Any], now: datetime, person: Person, *, is_locked: bool) -> Row:
    said = voice(reader_from(person).manner)

    def tell(instant: datetime) -> str:
        return said.when(instant, ZONE, year=True)

    return {
        **shapes.shown(found),
        "is_own": found["id"] == person.account.id,
        "standing": _standing(found, now, is_locked=is_locked),
        "invitation": invitation_told(found, now, tell),
        "unused": _unused(found, now, tell),
    }


def _standing(found: Row, now: datetime, *, is_locked: bool) -> list[str]:
    """Return what keeps somebody from signing in, or soon will, in a word or two each."""
    if is_off(found):
        return []
    told = ["locked"] if is_locked else []
    if _is_unused(found, now):
        told.append("unused for 90 days")
    # Whom a provider vouches for needs none.
    if not found["has_password"] and found["oidc_subject"] is None:
        told.append(_waiting_for(found, now))
    return told


def _waiting_for(found: Row, now: datetime) -> str:
    """Return what an account without a password waits for."""
    if found.get("invited_at") is None or found["invitation_used_at"] is not None:
        return "no password"
    if found["invitation_ends_at"] <= now:
        return "invitation ended unanswered"
    if found["invitation_sent_at"] is not None:
        return "invited, no answer yet"
    return "invitation not sent" if found["invitation_failed_because"] else "invitation on its way"


def invitation_told(found: Row, now: datetime, tell: Tell) -> str:
    """Return what became of somebody's last invitation; nothing if they never had one."""
    if found.get("invited_at") is None:
        return ""
    ends, sent = found["invitation_ends_at"], found["invitation_sent_at"]
    if found["invitation_used_at"] is not None:
        return f"Accepted {tell(found['invitation_used_at'])}"
    if ends <= now:
        return f"Ended {tell(ends)} without an answer"
    if sent is not None:
        return f"Sent {tell(sent)}; good until {tell(ends)}"
    because, again = found["invitation_failed_because"], found["invitation_attempt_at"]
    if not because:
        return f"On its way since {tell(found['invited_at'])}"
    if again is None:
        return f"Failed, and not tried again: {because}. Mend that, then send another"
    tries = found["invitation_attempts"]
    return f"Failed so far, tries: {tries}: {because}. Next try {tell(again)}"


def _is_unused(found: Row, now: datetime) -> bool:
    is_idle: bool = is_on(found) and found["used_at"] <= now - UNUSED
    return is_idle


def _unused(found: Row, now: datetime, tell: Tell) -> str:
    if not _is_unused(found, now):
        return ""
    # Nothing runs by itself here: it happens at somebody's sign-in (scheduler/accounts/unused.py).
    return f"Since {tell(found['used_at'])}: switched off as soon as anybody signs in"
