"""Keys by which machines ask: scoped, expiring, shown once, kept as a hash.

A key reads `hc_live_<8>_<43>`: eight characters that name it, and 256 bits of chance.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from scheduler import directory_values as values_of
from scheduler.accounts.scopes import read_scope
from scheduler.accounts.sessions import digest
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.instants import rfc3339
from scheduler.errors import HoldNotFoundError, InvalidHoldError, NotSignedInError
from scheduler.setting_changes import Changed, tell
from scheduler.store import accounts, ids
from scheduler.store.engine import Connection, Database, RowMapping

NOUN = "api-key"
ID_LENGTH = 8
LASTS = timedelta(days=365)
"""Of a key for which nothing else was said."""
LONGEST = timedelta(days=730)
_SHAPE = re.compile(rf"hc_live_([{ids.SPEAKABLE}]{{{ID_LENGTH}}})_([A-Za-z0-9_-]{{43}})")


class NewKey(NamedTuple):
    """A key as it was made; it is shown this once."""

    id: str
    key: str
    expires_at: datetime


class Known(NamedTuple):
    """Who asks by a key, and when by the clock of the holds (UTC)."""

    actor: Actor
    at: datetime


class ApiKeys:
    """Every way to make, use and end keys.

    Args:
        database: Where they are kept.
        clock: Asked once a call.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        actor: Actor,
        *,
        name: str,
        role: str,
        facilities: Collection[str] = (),
        offices: Collection[str] = (),
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Make a key.

        Args:
            actor: Who makes it.
            name: What it is for.
            role: As `scopes.ROLES`.
            facilities: Codes, for facility staff's systems.
            offices: Codes, for agents' systems.
            expires_at: UTC, within two years; a year from now if not given.

        Raises:
            InvalidHoldError: A value is wrong.
            HoldNotFoundError: There is no such facility or office.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        expires_at = _end(expires_at or now + LASTS, now)
        key_id, secret = ids.speakable(ID_LENGTH), secrets.token_urlsafe(32)
        with self._database.write() as connection:
            scope = read_scope(connection, role, facilities, offices)
            values: dict[str, Any] = {
                "id": key_id,
                "name": values_of.name(name),
                **accounts.columns(scope),
                "secret_hash": digest(secret),
                "created_at": now,
                "expires_at": expires_at,
            }
            accounts.add_api_key(connection, values)
            for field in ("name", "role", "facility_codes", "office_codes"):
                tell(connection, actor, now, Changed(NOUN, key_id, field, "", str(values[field])))
        return NewKey(key_id, f"hc_live_{key_id}_{secret}", expires_at)

    def edit(
        self,
        actor: Actor,
        key_id: str,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Give a key another name, or another end; what it may do stays.

        Args:
            actor: Who changes it.
            key_id: Of the key.
            name: What it is for.
            expires_at: UTC, within two years.

        Raises:
            HoldNotFoundError: There is none of that id.
            InvalidHoldError: A value is wrong.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = values_of.name(name)
        if expires_at is not None:
            values["expires_at"] = _end(expires_at, now)
        with self._database.write() as connection:
            before = _require(connection, key_id)
            changed = {field: value for field, value in values.items() if before[field] != value}
            if changed:
                accounts.change_api_key(connection, key_id, changed)
            for field, value in changed.items():
                told = Changed(NOUN, key_id, field, _told(before[field]), _told(value))
                tell(connection, actor, now, told)

    def disable(self, actor: Actor, key_id: str) -> None:
        """End a key now.

        Raises:
            HoldNotFoundError: There is none of that id.
        """
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            _require(connection, key_id)
            accounts.change_api_key(connection, key_id, {"disabled_at": now})
            tell(connection, actor, now, Changed(NOUN, key_id, "disabled_at", "", rfc3339(now)))

    def get(self, key_id: str) -> dict[str, Any]:
        """Return a key, without what would let anybody use it."""
        with self._database.read() as connection:
            return _shown(_require(connection, key_id))

    def all(self) -> list[dict[str, Any]]:
        """Return every key, without what would let anybody use it."""
        with self._database.read() as connection:
            return [_shown(row) for row in accounts.api_keys(connection)]

    def who(self, key: str) -> Known:
        """Return who asks by this key.

        Raises:
            NotSignedInError: It is no key of ours, or not good any more.
        """
        found = _SHAPE.fullmatch(key)
        if found is None:
            raise NotSignedInError("key: it is not one of ours; a key reads hc_live_..._...")
        with self._database.glance() as connection:
            row, read_at = accounts.api_key_and_now(connection, found[1])
        now = read_at if read_at is not None and self._clock.is_real else self._clock.now()
        # Digested in either case: how long an answer takes tells nothing.
        asked = digest(found[2])
        if row is None or not hmac.compare_digest(row["secret_hash"], asked):
            raise NotSignedInError("key: it is not one of ours; ask an administrator for one")
        if row["disabled_at"] is not None:
            raise NotSignedInError(f"key {row['id']}: it was switched off")
        if row["expires_at"] is not None and row["expires_at"] <= now:
            raise NotSignedInError(f"key {row['id']}: it ended {rfc3339(row['expires_at'])}")
        return Known(accounts.actor(row, accounts.KEY_PREFIX), now)


def _end(expires_at: datetime, now: datetime) -> datetime:
    if not now < expires_at <= now + LONGEST:
        raise InvalidHoldError(
            f"expires_at: {rfc3339(expires_at)} is refused; use an instant within two years from "
            "now",
            field="expires_at",
        )
    return expires_at


def _told(value: Any) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value or "")


def _require(connection: Connection, key_id: str) -> RowMapping:
    row = accounts.api_key(connection, key_id)
    if row is None:
        raise HoldNotFoundError(f"api-key '{key_id}': there is none on record")
    return row


def _shown(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items() if name != "secret_hash"}
