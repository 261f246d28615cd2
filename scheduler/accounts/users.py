"""Accounts of people: made, changed and ended by administrators; each change is an event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from scheduler import directory_values as values_of
from scheduler.accounts import passwords as good
from scheduler.accounts.passwords import Passwords
from scheduler.accounts.scopes import read_scope
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.instants import known_zone, rfc3339
from scheduler.errors import ConflictError, HoldNotFoundError, InvalidHoldError, NotAllowedError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, failures, ids, invitation_mails, sessions
from scheduler.store.engine import Connection, Database, IntegrityError, RowMapping

UNUSED = timedelta(days=90)
"""An account that nobody signs in with for so long is switched off."""
LANGUAGES = ("en", "es")
NOUN = "account"
HIDDEN = frozenset({"password_hash", "totp_secret", "totp_step", "recovery_codes"})


class Account(NamedTuple):
    """Somebody who signs in, as pages and sessions know them.

    Attributes:
        twelve_hour: Times are shown with AM and PM.
        single_keys: Single keys of the keyboard are shortcuts.
        timezone: Their own, shown beside the jail's where it differs.
    """

    id: str
    name: str
    email: str
    role: str
    language: str
    twelve_hour: bool
    single_keys: bool
    timezone: str | None


def account_from(row: RowMapping) -> Account:
    """Return an account as pages know it."""
    return Account(*(row[field] for field in Account._fields))


class Users:
    """Every way to make, change and end accounts.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
        passwords: Hashes.
        check_email: Refuses what is no mail address.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        check_email: Callable[[str], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._check_email = check_email

    def add(
        self,
        actor: Actor,
        *,
        email: str,
        role: str,
        name: str | None = None,
        facilities: Collection[str] = (),
        offices: Collection[str] = (),
        password: str | None = None,
    ) -> str:
        """Make an account; returns its id. Without a password it needs an invitation.

        Args:
            actor: Who makes it.
            email: Where they are reached; they sign in by it.
            role: As `scopes.ROLES`.
            name: As pages show it; the address if not given.
            facilities: Codes, for facility staff.
            offices: Codes, for agents.
            password: Its first.

        Raises:
            InvalidHoldError: A value is wrong.
            HoldNotFoundError: There is no such facility or office.
            ConflictError: Another account has that address.
        """
        require_may(actor, Deed.ADMINISTER)
        address = self._email(email)
        shown = values_of.name(name or address)
        password_hash = None if password is None else self._hashed(password, (address, shown))
        now = self._database.now(self._clock)
        account_id = ids.speakable()
        with self._database.write() as connection:
            scope = read_scope(connection, role, facilities, offices)
            values: dict[str, Any] = {
                "id": account_id,
                "email": address,
                "name": shown,
                **accounts.columns(scope),
                "password_hash": password_hash,
                "created_at": now,
                "used_at": now,
            }
            _unless_taken(address, lambda: accounts.add_account(connection, values))
            for field in ("email", "role", "facility_codes", "office_codes"):
                self._tell(
                    connection, actor, now, Changed(NOUN, account_id, field, "", values[field])
                )
        return account_id

    def get(self, name: str) -> dict[str, Any]:
        """Return an account by its id or address, without what would let anybody in.

        With what became of the mail of its last invitation, if it had one.

        Raises:
            HoldNotFoundError: There is none.
        """
        with self._database.read() as connection:
            row = require_account(connection, name)
            return _shown(row) | invitation_mails.latest(connection, row["id"])

    def all(self) -> list[dict[str, Any]]:
        """Return every account as `get` does."""
        with self._database.read() as connection:
            invited = invitation_mails.latest_of_all(connection)
            rows = accounts.accounts(connection)
            return [_shown(row) | invited.get(row["id"], {}) for row in rows]

    def edit(self, actor: Actor, name: str, values: Mapping[str, Any]) -> None:
        """Change an account's `name`, `email`, `role`, `facilities`, `offices` or `timezone`.

        Another role or other places end its sessions.

        Raises:
            HoldNotFoundError: There is no such account, facility or office.
            InvalidHoldError: A value is wrong.
            ConflictError: Another account has that address.
        """
        require_may(actor, Deed.ADMINISTER)
        unknown = set(values) - {"name", "email", "role", "facilities", "offices", "timezone"}
        if unknown:
            raise InvalidHoldError(f"{min(unknown)}: it cannot be changed", field=min(unknown))
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            after: dict[str, Any] = _edited_places(connection, before, values)
            if "name" in values:
                after["name"] = values_of.name(values["name"])
            if "email" in values:
                after["email"] = self._email(values["email"])
            if "timezone" in values:
                zone = values["timezone"]
                after["timezone"] = known_zone(zone) if zone else None
            self._change(connection, actor, now, before=before, after=after)
            if any(before[field] != after.get(field, before[field]) for field in _SCOPE):
                _refuse_own(actor, before, "changes their own role")
                sessions.end_all(connection, before["id"], now)

    def disable(self, actor: Actor, name: str) -> None:
        """Switch an account off, and end its sessions; it stays on record.

        Raises:
            HoldNotFoundError: There is none.
            NotAllowedError: It is one's own.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            _refuse_own(actor, before, "switches their own account off")
            self._change(connection, actor, now, before=before, after={"disabled_at": now})
            sessions.end_all(connection, before["id"], now)

    def enable(self, actor: Actor, name: str) -> None:
        """Switch an account on again; its 90 days without use begin anew."""
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            accounts.change_account(connection, before["id"], {"used_at": now})
            self._change(connection, actor, now, before=before, after={"disabled_at": None})

    def unlock(self, actor: Actor, name: str) -> None:
        """Let somebody sign in by password again, after too many failures."""
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            failures.forget(connection, before["email"])
            self._change(connection, actor, now, before=before, after={"locked_at": None})

    def set_password(self, actor: Actor, name: str, password: str) -> None:
        """Give an account another password, and end its sessions.

        Raises:
            HoldNotFoundError: There is none.
            InvalidHoldError: The password is not good enough.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        found = self.get(name)
        password_hash = self._hashed(password, (found["email"], found["name"]))
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            put_password(connection, actor, now, before=before, password_hash=password_hash)

    def reset_second_factor(self, actor: Actor, name: str) -> None:
        """Take the second factor off: it is set up anew at the next sign-in. Ends its sessions."""
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        nothing = {
            "totp_secret": None,
            "totp_step": None,
            "second_factor_at": None,
            "recovery_codes": "[]",
        }
        with self._database.write() as connection:
            before = require_account(connection, name, lock=True)
            accounts.change_account(connection, before["id"], nothing)
            sessions.end_all(connection, before["id"], now)
            tell(
                connection, actor, now, Changed(NOUN, before["id"], "second_factor", "set", "none")
            )

    def set_preferences(
        self,
        actor: Actor,
        account_id: str,
        *,
        language: str | None = None,
        twelve_hour: bool | None = None,
        single_keys: bool | None = None,
        timezone: str | None = None,
    ) -> None:
        """Change how pages look to somebody; they do it themselves, or an administrator.

        Args:
            actor: Who changes it.
            account_id: Whose.
            language: One of `LANGUAGES`.
            twelve_hour: Show times with AM and PM.
            single_keys: Let single keys of the keyboard be shortcuts.
            timezone: Theirs, shown beside the jail's; empty shows the jail's alone.

        Raises:
            HoldNotFoundError: There is no such account.
            InvalidHoldError: There is no such language or zone.
        """
        if actor.name != accounts.USER_PREFIX + account_id:
            require_may(actor, Deed.ADMINISTER)
        if language is not None and language not in LANGUAGES:
            allowed = ", ".join(LANGUAGES)
            raise InvalidHoldError(
                f"language: '{language}' is unknown; use one of {allowed}", field="language"
            )
        told = {"language": language, "twelve_hour": twelve_hour, "single_keys": single_keys}
        after: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
        if timezone is not None:
            after["timezone"] = known_zone(timezone) if timezone else None
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = require_account(connection, account_id, lock=True)
            self._change(connection, actor, now, before=before, after=after)

    def _email(self, text: str) -> str:
        address = text.strip().casefold()
        self._check_email(address)
        return address

    def _hashed(self, password: str, about: Collection[str]) -> str:
        good.require_good(password, about)
        return self._passwords.hashed(password)

    def _change(
        self,
        connection: Connection,
        actor: Actor,
        now: datetime,
        *,
        before: RowMapping,
        after: Mapping[str, Any],
    ) -> None:
        """Write what differs, and tell each field of it."""
        changed = {field: value for field, value in after.items() if before[field] != value}
        if not changed:
            return
        account_id = before["id"]
        _unless_taken(
            str(changed.get("email", "")),
            lambda: accounts.change_account(connection, account_id, changed),
        )
        for field, value in changed.items():
            told = Changed(NOUN, account_id, field, _text(before[field]), _text(value))
            self._tell(connection, actor, now, told)

    @staticmethod
    def _tell(connection: Connection, actor: Actor, now: datetime, changed: Changed) -> None:
        if changed.old != changed.new:
            tell(connection, actor, now, changed)


_SCOPE = ("role", "facility_codes", "office_codes")


def put_password(
    connection: Connection,
    actor: Actor,
    now: datetime,
    *,
    before: RowMapping,
    password_hash: str,
) -> None:
    """Change a password in a transaction: it is told, unlocks, and ends every session."""
    account_id = before["id"]
    values = {"password_hash": password_hash, "locked_at": None}
    accounts.change_account(connection, account_id, values)
    failures.forget(connection, before["email"])
    sessions.end_all(connection, account_id, now)
    tell(connection, actor, now, Changed(NOUN, account_id, "password", "", ""))


def _edited_places(
    connection: Connection, before: RowMapping, values: Mapping[str, Any]
) -> dict[str, Any]:
    if not values.keys() & {"role", "facilities", "offices"}:
        return {}
    role = values.get("role", before["role"])
    # Places go with a role: another one has those that are given with it, or none.
    is_same = role == before["role"]
    facilities = orjson.loads(before["facility_codes"]) if is_same else ()
    offices = orjson.loads(before["office_codes"]) if is_same else ()
    scope = read_scope(
        connection, role, values.get("facilities", facilities), values.get("offices", offices)
    )
    return accounts.columns(scope)


def _refuse_own(actor: Actor, row: RowMapping, what: str) -> None:
    if actor.name == accounts.USER_PREFIX + row["id"]:
        raise NotAllowedError(f"account {row['id']}: nobody {what}; ask another administrator")


def require_account(connection: Connection, name: str, *, lock: bool = False) -> RowMapping:
    """Return an account by its id or address.

    Raises:
        HoldNotFoundError: There is none.
    """
    row = None
    if "@" in name:
        row = accounts.account_of(connection, name.strip().casefold())
        name = name if row is None else row["id"]
    if row is None or lock:
        row = accounts.account(connection, name, lock=lock)
    if row is None:
        raise HoldNotFoundError(f"account '{name}': there is none on record")
    return row


def _unless_taken(address: str, write: Callable[[], None]) -> None:
    try:
        write()
    except IntegrityError as exc:
        raise ConflictError(
            f"email: another account has '{address}'; use one account each"
        ) from exc


def _shown(row: RowMapping) -> dict[str, Any]:
    shown = {str(name): value for name, value in row.items() if name not in HIDDEN}
    for field in ("facility_codes", "office_codes"):
        shown[field] = orjson.loads(row[field])
    return shown | {"has_password": row["password_hash"] is not None}


def _text(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value
