"""Facilities, offices, contacts and channels: who holds, who is told, and how.

Every change is an event with the old and the new value. Secrets are shown once,
when they are made, and are encrypted from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scheduler import directory_values as values_of
from scheduler.clock import Clock
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.instants import known_zone, rfc3339
from scheduler.domain.policy_book import PolicyBook
from scheduler.errors import InvalidHoldError
from scheduler.intake import Problems
from scheduler.setting_changes import Changed, tell
from scheduler.store import directory, ids, sealed
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Database
from scheduler.store.sealed import Sealed


class Checks(NamedTuple):
    """Refuse what no delivery could use.

    Attributes:
        url: A webhook's.
        address: Of mail.
        apprise_url: Of a service.
        certificates: A webhook's authorities, and the certificate it asks for.
    """

    url: Callable[[str], None]
    address: Callable[[str], object]
    apprise_url: Callable[[str], None]
    certificates: Callable[[str | None, str | None], object]


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
        checks: Refuse addresses that cannot work.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        book: PolicyBook,
        cipher: Cipher | None,
        checks: Checks,
    ) -> None:
        self._database = database
        self._clock = clock
        self._book = book
        self._cipher = cipher
        self._checks = checks

    def add_office(self, actor: Actor, code: str, *, name: str, phone: str | None = None) -> str:
        """Add an office of the agency; returns its code."""
        values = {
            "code": values_of.code(code),
            "name": values_of.name(name),
            "phone": values_of.phone(phone),
        }
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
        alerts_despite_prohibition: bool = False,
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
            alerts_despite_prohibition: Alert the agency about holds whose policy
                prohibits notice too.
        """
        values = {
            "code": values_of.code(code),
            "name": values_of.name(name),
            "state": values_of.state(state),
            "timezone": known_zone(timezone),
            "policy": self._policy(policy),
            "office_code": office,
            "phone": values_of.phone(phone),
            "ladder": values_of.ladder(ladder),
            "small_counts_hidden": False,
            "alerts_despite_prohibition": alerts_despite_prohibition,
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
        timezone: str | None = None,
        schedule: str | None = None,
        quiet_hours: str | None = None,
        kinds: str | list[str] | None = None,
    ) -> str:
        """Add a recipient of alerts; returns its id.

        Exactly one of `office`, `facility` and `administrators` says whose it is.

        Args:
            actor: Who adds it.
            name: Of a function rather than a person.
            office: Its code.
            facility: Its code.
            administrators: It belongs to them.
            supervisor: It is the office's.
            place: In the office's duty list, from 1.
            timezone: IANA name; needed for hours.
            schedule: Weekly hours on duty, as `duty_hours.schedule_from` reads them.
            quiet_hours: As `duty_hours.quiet_from` reads them.
            kinds: Webhook types that it is narrowed to.
        """
        if [office is not None, facility is not None, administrators].count(True) != 1:
            raise InvalidHoldError(
                "contact: say whose it is: exactly one of office, facility, administrators",
                field="office_code",
            )
        if supervisor and office is None:
            raise InvalidHoldError("contact: only an office has a supervisor", field="supervisor")
        side = "office" if office is not None else "facility"
        side = "administrators" if administrators else side
        told = {
            "name": name,
            "place": place,
            "timezone": timezone,
            "schedule": schedule,
            "quiet_hours": quiet_hours,
            "kinds": kinds,
        }
        values = {
            "id": ids.speakable(),
            "side": "supervisor" if supervisor else side,
            "office_code": office,
            "facility_code": facility,
            **{field: self._checked(field, value) for field, value in told.items()},
        }
        values_of.require_whole("contact", values)
        with self._database.read() as connection:
            for noun, code in (("office", office), ("facility", facility)):
                if code is not None:
                    directory.get(connection, noun, code)
        return self._add(actor, "contact", values)

    def add_webhook(
        self,
        actor: Actor,
        contact: str,
        url: str,
        secret: str | None = None,
        *,
        place: int | None = None,
        ca_pem: str | None = None,
        client_pem: str | None = None,
    ) -> NewChannel:
        """Add a webhook channel; its secret is made here unless one is given.

        Args:
            actor: Who adds it.
            contact: Whose it is.
            url: Where it is.
            secret: A `whsec_` one.
            place: Among the contact's channels; after those that are there if not given.
            ca_pem: The only authorities that its certificate may come from.
            client_pem: The certificate and key that it asks for.
        """
        self._checks.url(url)
        self._checks.certificates(ca_pem, client_pem)
        secret = values_of.webhook_secret(secret)
        content = Sealed((secret,), ca_pem, client_pem)
        return NewChannel(
            self._add_channel(actor, contact, "webhook", url, place=place, content=content), secret
        )

    def add_email(
        self, actor: Actor, contact: str, address: str, *, place: int | None = None
    ) -> NewChannel:
        """Add a mail channel."""
        self._checks.address(address)
        return NewChannel(self._add_channel(actor, contact, "email", address, place=place), None)

    def add_apprise(
        self, actor: Actor, contact: str, url: str, *, place: int | None = None
    ) -> NewChannel:
        """Add a channel through Apprise; its URL gives access, and is shown to nobody."""
        self._checks.apprise_url(url)
        content = Sealed(url=url)
        return NewChannel(
            self._add_channel(actor, contact, "apprise", "apprise", place=place, content=content),
            None,
        )

    def _add_channel(
        self,
        actor: Actor,
        contact: str,
        kind: str,
        address: str,
        *,
        place: int | None,
        content: Sealed | None = None,
    ) -> str:
        channel_id = ids.speakable()
        secrets = (
            None
            if content is None
            else sealed.seal(sealed.required(self._cipher), channel_id, content)
        )
        with self._database.read() as connection:
            directory.get(connection, "contact", contact)
            following = directory.next_place(connection, contact)
        values = {
            "id": channel_id,
            "contact_id": contact,
            "kind": kind,
            "address": address,
            "secrets": secrets,
            "place": values_of.place(place) or following,
            "failed_rounds": 0,
        }
        return self._add(actor, "channel", values)

    def edit(
        self,
        actor: Actor,
        noun: str,
        name: str,
        values: Mapping[str, Any],
        *,
        was: Mapping[str, Any] | None = None,
    ) -> None:
        """Change fields of a facility, office, contact or channel.

        Args:
            actor: Who changes it.
            noun: As `directory.NOUNS` has it.
            name: Its code or id.
            values: By field, as people type them.
            was: What its reader saw in some of these fields: where something else is on
                record by now, nothing is changed.

        Raises:
            HoldNotFoundError: There is none of that name.
            InvalidHoldError: Values are wrong: every one that is.
            StaleVersionError: Somebody else changed one of the fields meanwhile.
        """
        require_may(actor, Deed.ADMINISTER)
        checked = self._all_checked(values)
        seen = self._all_checked(was or {})
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            before = directory.get(connection, noun, name, lock=True)
            values_of.require_seen(f"{noun} '{name}'", before, checked=checked, seen=seen)
            values_of.require_whole(noun, {**before, **checked})
            if checked.get("office_code"):
                # A slip here would leave the facility's alerts with nobody.
                directory.get(connection, "office", checked["office_code"])
            directory.change(connection, noun, name, checked)
            for field, value in checked.items():
                if before[field] != value:
                    tell(
                        connection,
                        actor,
                        now,
                        Changed(noun, name, field, before[field], value),
                    )

    def disable(self, actor: Actor, noun: str, name: str) -> None:
        """Switch one off; it stays on record. One that is off stays off since when it was."""
        self._switch(actor, noun, name, is_on=False)

    def enable(self, actor: Actor, noun: str, name: str) -> None:
        """Switch one on again."""
        self._switch(actor, noun, name, is_on=True)

    def _switch(self, actor: Actor, noun: str, name: str, *, is_on: bool) -> None:
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            off_since = directory.get(connection, noun, name, lock=True)["disabled_at"]
            if is_on == (off_since is None):
                return
            value = None if is_on else now
            directory.change(connection, noun, name, {"disabled_at": value})
            old, new = ("" if at is None else rfc3339(at) for at in (off_since, value))
            tell(connection, actor, now, Changed(noun, name, "disabled_at", old, new))

    def _add(self, actor: Actor, noun: str, values: dict[str, Any]) -> str:
        require_may(actor, Deed.ADMINISTER)
        now = self._database.now(self._clock)
        name: str = values.get("code") or values["id"]
        with self._database.write() as connection:
            directory.add(connection, noun, {**values, "created_at": now})
            tell(connection, actor, now, Changed(noun, name, "created_at", "", rfc3339(now)))
        return name

    def _policy(self, name: str) -> str:
        if name not in self._book.families:
            self._book.named(name)
        return name

    def _all_checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        problems = Problems()
        checked = {
            field: problems.keep(self._checked, field, value) for field, value in values.items()
        }
        problems.raise_any()
        return checked

    def _checked(self, field: str, value: Any) -> Any:
        checks: dict[str, Callable[[Any], Any]] = {
            "name": values_of.name,
            "state": values_of.state,
            "timezone": _zone,
            "policy": self._policy,
            "phone": values_of.phone,
            "ladder": values_of.ladder,
            "place": values_of.place,
            "schedule": values_of.schedule,
            "quiet_hours": values_of.quiet_hours,
            "kinds": values_of.kinds,
        }
        check = checks.get(field)
        return value if check is None else check(value)


def _zone(name: str | None) -> str | None:
    return None if name is None else known_zone(name)
