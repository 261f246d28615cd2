"""Facilities, offices, contacts and channels: who holds, who is told, and how.

Every change is an event with the old and the new value. Secrets are shown once,
when they are made, and are encrypted from then on.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.events import Event, Kind, Value
from scheduler.domain.instants import duration_text, known_zone, rfc3339
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import InvalidHoldError
from scheduler.intake import plain_text
from scheduler.store import directory, ids, journal
from scheduler.store.cipher import Cipher, secrets_context
from scheduler.store.engine import Connection, Database, RowMapping
from scheduler.store.journal import Moment, Nothing
from scheduler.store.rules import ladder_from

SECRET_BYTES = 32
CODE_LENGTH = 32

CheckUrl = Callable[[str], None]
CheckAddress = Callable[[str], object]


class NewChannel(NamedTuple):
    """A channel as it was made; its secret is shown this once."""

    id: str
    secret: str | None


class Administration:
    """Every way to change who is told.

    Args:
        database: Where it is kept.
        clock: Asked once a call.
        book: The policies on record.
        cipher: Encrypts channels' secrets.
        check_url: Refuses a webhook's URL that no delivery could use.
        check_address: Refuses a mail address.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        book: PolicyBook,
        cipher: Cipher | None,
        check_url: CheckUrl,
        check_address: CheckAddress,
    ) -> None:
        self._database = database
        self._clock = clock
        self._book = book
        self._cipher = cipher
        self._check_url = check_url
        self._check_address = check_address

    def add_office(self, actor: Actor, code: str, *, name: str, phone: str | None = None) -> str:
        """Add an office of the agency; returns its code."""
        values = {"code": _code(code), "name": _name(name), "phone": _phone(phone)}
        return self._add(actor, "office", values)

    def add_facility(
        self,
        actor: Actor,
        code: str,
        *,
        name: str,
        state: str,
        timezone: str,
        policy: str = "i-247a",
        office: str | None = None,
        phone: str | None = None,
        ladder: list[str] | None = None,
    ) -> str:
        """Add a facility; returns its code.

        Args:
            actor: Who adds it.
            code: Short, as outsiders use it.
            name: In full.
            state: Two capitals.
            timezone: IANA name.
            policy: Of its new holds: a policy's id, or a family of successive ones.
            office: The office that is told.
            phone: Given on every alert.
            ladder: Leads of its reminders, where they are its own.
        """
        values = {
            "code": _code(code),
            "name": _name(name),
            "state": _state(state),
            "timezone": known_zone(timezone),
            "policy": self._policy(policy),
            "office_code": office,
            "phone": _phone(phone),
            "ladder": _ladder(ladder),
            "small_counts_hidden": False,
            "alerts_despite_prohibition": False,
        }
        with self._database.read() as connection:
            if office is not None:
                directory.get(connection, "office", office)
        return self._add(actor, "facility", values)

    def add_contact(
        self,
        actor: Actor,
        *,
        name: str,
        office: str | None = None,
        facility: str | None = None,
        administrators: bool = False,
        supervisor: bool = False,
        place: int | None = None,
    ) -> str:
        """Add a recipient of alerts; returns its id.

        Exactly one of `office`, `facility` and `administrators` says whose it is.
        """
        if [office is not None, facility is not None, administrators].count(True) != 1:
            raise InvalidHoldError(
                "contact: say whose it is: exactly one of office, facility, administrators"
            )
        if (supervisor or place is not None) and office is None:
            raise InvalidHoldError("contact: only an office has a supervisor and a duty list")
        side = "office" if office is not None else "facility"
        side = "administrators" if administrators else side
        values = {
            "id": ids.speakable(),
            "name": _name(name),
            "side": "supervisor" if supervisor else side,
            "office_code": office,
            "facility_code": facility,
            "place": place,
        }
        with self._database.read() as connection:
            for noun, code in (("office", office), ("facility", facility)):
                if code is not None:
                    directory.get(connection, noun, code)
        return self._add(actor, "contact", values)

    def add_webhook(
        self, actor: Actor, contact: str, url: str, secret: str | None = None
    ) -> NewChannel:
        """Add a webhook channel; its secret is made here unless one is given."""
        self._check_url(url)
        secret = _webhook_secret(secret)
        channel_id = ids.speakable()
        if self._cipher is None:
            raise InvalidHoldError("channel: HOLDCLOCK_DATA_KEY is needed to keep its secret")
        sealed = self._cipher.seal(json.dumps([secret]), context=secrets_context(channel_id))
        self._add_channel(actor, channel_id, contact, kind="webhook", address=url, secrets=sealed)
        return NewChannel(channel_id, secret)

    def add_email(self, actor: Actor, contact: str, address: str) -> NewChannel:
        """Add a mail channel."""
        self._check_address(address)
        channel_id = ids.speakable()
        self._add_channel(actor, channel_id, contact, kind="email", address=address, secrets=None)
        return NewChannel(channel_id, None)

    def _add_channel(
        self, actor: Actor, channel_id: str, contact: str, **values: str | bytes | None
    ) -> None:
        with self._database.read() as connection:
            directory.get(connection, "contact", contact)
        self._add(actor, "channel", {"id": channel_id, "contact_id": contact, **values})

    def edit(self, actor: Actor, noun: str, name: str, values: Mapping[str, Any]) -> None:
        """Change fields of a facility, office, contact or channel.

        Raises:
            HoldNotFoundError: There is none of that name.
            InvalidHoldError: A value is wrong.
        """
        require_may(actor, Deed.ADMINISTER)
        checked = {field: self._checked(field, value) for field, value in values.items()}
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = directory.get(connection, noun, name)
            directory.change(connection, noun, name, checked)
            for field, value in checked.items():
                if before[field] != value:
                    self._tell(connection, actor, now, noun, name, field, before[field], value)

    def disable(self, actor: Actor, noun: str, name: str) -> None:
        """Switch one off; it stays on record."""
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            directory.get(connection, noun, name)
            directory.disable(connection, noun, name, now)
            self._tell(connection, actor, now, noun, name, "disabled_at", "", rfc3339(now))

    def get(self, noun: str, name: str) -> dict[str, Any]:
        """Return one, without its secrets."""
        with self._database.read() as connection:
            return _shown(directory.get(connection, noun, name))

    def all_of(self, noun: str) -> list[dict[str, Any]]:
        """Return all of a noun, without secrets."""
        with self._database.read() as connection:
            return [_shown(row) for row in directory.all_of(connection, noun)]

    def _add(self, actor: Actor, noun: str, values: dict[str, Any]) -> str:
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        name: str = values.get("code") or values["id"]
        with self._database.write() as connection:
            directory.add(connection, noun, {**values, "created_at": now})
            self._tell(connection, actor, now, noun, name, "created_at", "", rfc3339(now))
        return name

    def _tell(  # noqa: PLR0917 -- a line of the log: who, when, what, from, to
        self,
        connection: Connection,
        actor: Actor,
        now: datetime,
        noun: str,
        name: str,
        field: str,
        old: Any,
        new: Any,
    ) -> None:
        data: dict[str, Value] = {
            "noun": noun,
            "name": name,
            "field": field,
            "old": _told(field, old),
            "new": _told(field, new),
        }
        event = Event(Kind.SETTING_CHANGED, now, data)
        journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))

    def _policy(self, name: str) -> str:
        if name not in self._book.families:
            self._book.named(name)
        return name

    def _checked(self, field: str, value: Any) -> Any:
        checks: dict[str, Callable[[Any], Any]] = {
            "name": _name,
            "state": _state,
            "timezone": known_zone,
            "policy": self._policy,
            "phone": _phone,
            "ladder": _ladder,
        }
        check = checks.get(field)
        return value if check is None else check(value)


def _told(field: str, value: Any) -> Value:
    """Show a value on the log: where alerts go is nobody's business there."""
    if field in {"address", "secrets"}:
        return "(not shown)"
    return value if isinstance(value, bool | int | str) else str(value or "")


def _shown(row: RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items() if name != "secrets"}


def _code(text: str) -> str:
    code = plain_text(text, "code", CODE_LENGTH)
    if code is None or not all(letter.isalnum() or letter in "-_." for letter in code):
        raise InvalidHoldError(
            f"code: '{text}' is refused; use letters, digits, '-', '_' and '.', at most "
            f"{CODE_LENGTH}",
            field="code",
        )
    return code


def _name(text: str) -> str:
    name = plain_text(text, "name")
    if name is None:
        raise InvalidHoldError("name: it is missing; give one", field="name")
    return name


def _state(text: str) -> str:
    state = text.strip().upper()
    if len(state) != 2 or not state.isalpha():
        raise InvalidHoldError(f"state: '{text}' is refused; use two letters, as NC", field="state")
    return state


def _phone(text: str | None) -> str | None:
    return plain_text(text, "phone", 40)


def _ladder(leads: list[str] | None) -> str | None:
    if not leads:
        return None
    return orjson.dumps([duration_text(lead) for lead in ladder_from(leads)]).decode()


def _webhook_secret(given: str | None) -> str:
    """Return a `whsec_` secret of 24 to 64 bytes.

    Source:
        Standard Webhooks 1.0.0, "Symmetric": base64 with that prefix.
    """
    if given is None:
        return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    try:
        size = len(base64.b64decode(given.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not given.startswith("whsec_") or not 24 <= size <= 64:
        raise InvalidHoldError(
            "secret: it is refused; use whsec_ and 24 to 64 random bytes in base64", field="secret"
        )
    return given
