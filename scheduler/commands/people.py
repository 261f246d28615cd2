"""Who signs in and who asks: every use case of accounts, put together from an opened house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduler.accounts.api_keys import ApiKeys
from scheduler.accounts.attempts import Attempts
from scheduler.accounts.calendar_feeds import CalendarFeeds
from scheduler.accounts.invitations import Invitations
from scheduler.accounts.kept_forms import KeptForms
from scheduler.accounts.own_account import OwnAccount
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.refusals import Refusals
from scheduler.accounts.second_factor import SecondFactors
from scheduler.accounts.sessions import Sessions
from scheduler.accounts.sign_in import SignIn
from scheduler.accounts.users import Users
from scheduler.accounts.walls import Walls
from scheduler.links import InvitationLinks

if TYPE_CHECKING:
    from config.settings import Settings
    from scheduler.clock import Clock
    from scheduler.wiring import House


@dataclass(frozen=True, kw_only=True)
class People:
    """Every use case of accounts and keys."""

    users: Users
    sessions: Sessions
    sign_in: SignIn
    own_account: OwnAccount
    invitations: Invitations
    refusals: Refusals
    kept_forms: KeptForms
    api_keys: ApiKeys
    calendar_feeds: CalendarFeeds
    walls: Walls


def people(house: House, settings: Settings, *, clock: Clock | None = None) -> People:
    """Return the use cases of accounts.

    Args:
        house: Opened.
        settings: With keys.
        clock: Sessions run by it; the house's unless given.
    """
    # Not at the top: a plain `--help` must not load what reads mail.
    from config.fields import Lockout
    from notifiers.mail_message import check_address

    database, clock = house.database, clock or house.clock
    passwords, sessions = Passwords(settings.password_hash), Sessions(database, clock)
    second_factors = SecondFactors(settings.data_key)
    attempts = Attempts(lock_ends=settings.lockout is Lockout.TIMED)
    sign_in = SignIn(
        database,
        clock,
        passwords=passwords,
        second_factors=second_factors,
        sessions=sessions,
        attempts=attempts,
    )
    return People(
        users=Users(
            database,
            clock,
            passwords,
            check_email=lambda text: check_address(text, field="email"),
        ),
        sessions=sessions,
        sign_in=sign_in,
        own_account=OwnAccount(
            database,
            clock,
            passwords=passwords,
            sessions=sessions,
            attempts=attempts,
            second_factors=second_factors,
        ),
        invitations=Invitations(
            database,
            clock,
            links=InvitationLinks(settings.secret_key, settings.base_url),
            passwords=passwords,
            sign_in=sign_in,
        ),
        refusals=Refusals(database, clock),
        kept_forms=KeptForms(settings.data_key),
        api_keys=ApiKeys(database, clock),
        calendar_feeds=CalendarFeeds(database, clock, base_url=settings.base_url),
        walls=Walls(database, clock, base_url=settings.base_url),
    )
