"""New secrets for webhooks: the new one signs beside the old until the receiver knows it."""

from __future__ import annotations

from collections.abc import Callable

from scheduler.clock import Clock
from scheduler.directory_values import webhook_secret
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.events import Event, Kind
from scheduler.errors import ConflictError, InvalidHoldError
from scheduler.store import directory, journal, sealed
from scheduler.store.cipher import Cipher
from scheduler.store.engine import Database
from scheduler.store.journal import Moment, Nothing
from scheduler.store.sealed import Sealed


class Rotation:
    """Changes the secrets that sign.

    Args:
        database: Where the channels are.
        clock: Asked once a call.
        cipher: Seals the secrets.
    """

    def __init__(self, database: Database, clock: Clock, *, cipher: Cipher | None) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher

    def begin(self, actor: Actor, channel: str, secret: str | None = None) -> str:
        """Let a new secret sign beside the old one; returns it, this once.

        Raises:
            HoldNotFoundError: There is no such channel.
            ConflictError: Two sign already.
            InvalidHoldError: The channel is no webhook, or the secret given is none.
        """
        new = webhook_secret(secret)

        def add(content: Sealed) -> Sealed:
            if len(content.secrets) > 1:
                raise ConflictError(
                    f"channel {channel}: two secrets sign already; drop the old one first"
                )
            return content._replace(secrets=(new, *content.secrets))

        self._change(actor, channel, add, told="begun")
        return new

    def finish(self, actor: Actor, channel: str) -> None:
        """Drop the old secret.

        Raises:
            HoldNotFoundError: There is no such channel.
            ConflictError: One signs alone.
            InvalidHoldError: The channel is no webhook.
        """

        def drop(content: Sealed) -> Sealed:
            if len(content.secrets) < 2:
                raise ConflictError(f"channel {channel}: one secret signs; there is none to drop")
            return content._replace(secrets=content.secrets[:1])

        self._change(actor, channel, drop, told="finished")

    def signing(self, actor: Actor, channel: str) -> int:
        """Return how many secrets sign: two while a rotation is under way, none of other kinds.

        Raises:
            HoldNotFoundError: There is no such channel.
        """
        require_may(actor, Deed.ADMINISTER)
        cipher = sealed.required(self._cipher)
        with self._database.read() as connection:
            row = directory.get(connection, "channel", channel)
        return len(sealed.unseal(cipher, channel, row["secrets"]).secrets)

    def _change(
        self, actor: Actor, channel: str, change: Callable[[Sealed], Sealed], *, told: str
    ) -> None:
        require_may(actor, Deed.ADMINISTER)
        cipher = sealed.required(self._cipher)
        now = self._database.now(self._clock)
        with self._database.write() as connection:
            row = directory.get(connection, "channel", channel, lock=True)
            if row["kind"] != "webhook":
                raise InvalidHoldError(
                    f"channel {channel}: it is of kind '{row['kind']}'; only a webhook has a secret"
                )
            content = change(sealed.unseal(cipher, channel, row["secrets"]))
            token = sealed.seal(cipher, channel, content)
            directory.change(connection, "channel", channel, {"secrets": token})
            data = {"noun": "channel", "name": channel, "field": "rotation", "old": ""}
            event = Event(Kind.SETTING_CHANGED, now, {**data, "new": told})
            journal.append(connection, [(Nothing(), event)], Moment(now, actor.name))
