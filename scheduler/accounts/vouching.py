"""Accounts of people whom a provider of identities vouches for.

They are known by issuer and subject, never by their address: addresses are given to
others. Their role and places are the provider's to say, and are taken anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from scheduler import directory_values as values_of
from scheduler.accounts import attempts
from scheduler.accounts.attempts import ANONYMOUS, Attempt
from scheduler.accounts.scopes import read_scope
from scheduler.accounts.users import NOUN
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Grant, Role
from scheduler.domain.events import Kind
from scheduler.errors import HoldNotFoundError, InvalidHoldError, NotSignedInError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, ids, sessions
from scheduler.store.engine import Connection, Database, IntegrityError, RowMapping

PROVIDER = Actor("provider", Role.OPERATOR)
"""Who changes an account by its word."""
LONGEST_NAME = 120


class Vouched(NamedTuple):
    """Somebody, as a provider says; its repr shows nothing of them.

    Attributes:
        subject: Issuer and subject.
        email: In small letters, and verified.
        grant: What they are to the record.
    """

    subject: str
    email: str
    name: str
    grant: Grant

    def __repr__(self) -> str:
        return f"Vouched({self.grant.role})"


class Vouching:
    """Finds and makes the accounts.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        check_email: Refuses what is no mail address.
    """

    def __init__(
        self, database: Database, clock: Clock, check_email: Callable[[str], object]
    ) -> None:
        self._database = database
        self._clock = clock
        self._check_email = check_email

    def account(self, who: Vouched) -> str:
        """Return the id of somebody's account: made at their first sign-in, else brought up to date.

        Raises:
            NotSignedInError: Their address is another account's, or the rules give them a
                place that is not on record.
        """
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            scope = _scope(connection, who.grant)
            found = accounts.account_through(connection, who.subject)
            if found is None:
                return self._made(connection, who, scope, now)
            self._changed(connection, found, scope, now)
            account_id: str = found["id"]
            return account_id

    def refused(self, because: str, *, source: str) -> None:
        """Record that somebody came from the provider and was not let in.

        Args:
            because: In words of ours: nothing that a stranger sent.
            source: Where the request came from.
        """
        attempt = Attempt("", self._database.now(self._clock), source)
        with self._database.write() as connection:
            attempts.tell(connection, Kind.SIGN_IN_FAILED, ANONYMOUS, attempt, because=because)

    def _made(
        self, connection: Connection, who: Vouched, scope: dict[str, str], now: datetime
    ) -> str:
        try:
            self._check_email(who.email)
        except InvalidHoldError as exc:
            raise NotSignedInError("email: the provider's is no address") from exc
        if accounts.account_of(connection, who.email) is not None:
            # Not joined by itself: whoever has the address at the provider might not be
            # whoever has it here.
            raise NotSignedInError("email: another account has this address")
        account_id = ids.speakable()
        values: dict[str, Any] = {
            "id": account_id,
            "email": who.email,
            "name": _name(who),
            **scope,
            "oidc_subject": who.subject,
            "created_at": now,
            "used_at": now,
        }
        try:
            accounts.add_account(connection, values)
        except IntegrityError as exc:
            raise NotSignedInError("account: it was made this moment; sign in again") from exc
        for field in ("email", *scope):
            tell(connection, PROVIDER, now, Changed(NOUN, account_id, field, "", values[field]))
        return account_id

    @staticmethod
    def _changed(
        connection: Connection, found: RowMapping, scope: dict[str, str], now: datetime
    ) -> None:
        changed = {field: value for field, value in scope.items() if found[field] != value}
        if not changed:
            return
        accounts.change_account(connection, found["id"], changed)
        # What they could do before ends with what they were.
        sessions.end_all(connection, found["id"], now)
        for field, value in changed.items():
            tell(connection, PROVIDER, now, Changed(NOUN, found["id"], field, found[field], value))


def _scope(connection: Connection, grant: Grant) -> dict[str, str]:
    try:
        scope = read_scope(connection, grant.role, grant.facility_codes, grant.office_codes)
    except (HoldNotFoundError, InvalidHoldError) as exc:
        raise NotSignedInError(f"HOLDCLOCK_OIDC_ROLES: {exc}") from exc
    return accounts.columns(scope)


def _name(who: Vouched) -> str:
    try:
        return values_of.name(who.name[:LONGEST_NAME])
    except InvalidHoldError:
        return who.email
