"""Every error Holdclock raises on purpose, as one tree.

Callers decide by type, never by reading the text. A message has three parts:
what was wrong, the value, what is allowed. It names a hold, never a person.

    HoldError
    ├── InvalidHoldError         the caller can fix it
    │   └── WeakPasswordError    says by a name what is wrong with it
    ├── HoldNotFoundError        no such hold, facility, contact, ...
    ├── HoldStateError           not allowed in this state
    │   └── ConflictError        the same reference with other fields
    │       ├── StaleVersionError   somebody else wrote since it was read
    │       └── InFlightError       the same request is still being answered
    ├── NotAllowedError          this actor may not write this fact
    ├── NotSignedInError         nobody knows who asks
    ├── TooManyRequestsError     asked too often; says when to come again
    └── PolicyError              the rules cannot answer
    ConfigError                  stop at start-up; carries every problem found
    StoreError                   the database is missing, foreign, newer, or holds something
    DeliveryError
    ├── TransientDeliveryError   try again
    └── PermanentDeliveryError   tell an administrator
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple, Self


class Phrase(NamedTuple):
    """A sentence for people, whatever their language; `scheduler.domain.speech` says it.

    Attributes:
        text: In English, with slots; the catalogues have it.
        slots: What is put in: instants, days, texts, and other phrases.
    """

    text: str
    slots: Mapping[str, object]


class HoldError(Exception):
    """A request about a hold was refused.

    Attributes:
        phrase: What pages say of it; where there is none, they say its message, in English.
    """

    phrase: Phrase | None = None

    def saying(self, text: str, **slots: object) -> Self:
        """Let pages say this instead of the message, which is for machines and logs.

        Args:
            text: Of `scheduler.domain.refusals`.
            slots: What is put in.
        """
        self.phrase = Phrase(text, slots)
        return self


class InvalidHoldError(HoldError):
    """A value is wrong; the caller can correct it and ask again."""

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        by_field: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.field = field
        self.by_field = dict(by_field or ({field: message} if field else {}))
        self.phrases: dict[str, Phrase] = {}

    def saying(self, text: str, **slots: object) -> Self:
        """Let pages say this at the field, instead of the message."""
        super().saying(text, **slots)
        if self.field is not None and self.phrase is not None:
            self.phrases[self.field] = self.phrase
        return self


class WeakPasswordError(InvalidHoldError):
    """A password is not good enough; it is not in the message.

    Args:
        message: What is wrong with it.
        because: The same as a name: pages say it in their reader's language.
        characters: How long it is.
    """

    def __init__(self, message: str, *, because: str, characters: int) -> None:
        super().__init__(message, field="password")
        self.because = because
        self.characters = characters


class HoldNotFoundError(HoldError):
    """Nothing on record has that name."""


class HoldStateError(HoldError):
    """The fact cannot be recorded in the state the hold is in."""


class ConflictError(HoldStateError):
    """Something else is already on record under that name or version."""

    def __init__(self, message: str, *, hold_id: str | None = None) -> None:
        super().__init__(message)
        self.hold_id = hold_id


class StaleVersionError(ConflictError):
    """Somebody else wrote since the caller read."""


class InFlightError(ConflictError):
    """The first request under an idempotency key is still being answered."""


class NotAllowedError(HoldError):
    """This actor may not write this fact."""


class NotSignedInError(HoldError):
    """No session, key or sign-in says who asks, or it is not good any more."""


class TooManyRequestsError(HoldError):
    """Somebody asks too often.

    Args:
        message: What is limited, and to how much.
        retry_after: How long to wait.
    """

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PolicyError(HoldError):
    """The rules cannot answer; an administrator must mend them."""


class ConfigError(Exception):
    """The settings or data files are wrong; nothing was started."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StoreError(Exception):
    """The database cannot be used as asked."""


class DeliveryError(Exception):
    """An alert was not delivered.

    Args:
        message: What happened, without addresses' secrets or people's data.
        status: The receiver's own status code, where it gave one.
        answer: At most the first kilobyte of what the receiver said.
        retry_after: How long the receiver asks to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        answer: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer[:1024]
        self.retry_after = retry_after


class TransientDeliveryError(DeliveryError):
    """It may work later: try again."""


class PermanentDeliveryError(DeliveryError):
    """It will not work as it stands: use the fallback, tell an administrator."""
