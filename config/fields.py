"""What a setting is made of: its choices, and what people are told about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field, PlainValidator
from pydantic.fields import FieldInfo


class LogFormat(StrEnum):
    """How a log record is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important record that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class PasswordHash(StrEnum):
    """How passwords are kept."""

    ARGON2ID = "argon2id"
    PBKDF2 = "pbkdf2"


class Lockout(StrEnum):
    """How long password sign-in stays locked after too many failures."""

    TIMED = "timed"
    UNTIL_RELEASED = "until_released"


class About(NamedTuple):
    """What people are told about a setting, besides its purpose.

    `shown` is its default in words, where the value alone would not say.
    """

    allowed: str
    shown: str
    secret: bool


def about(field: FieldInfo) -> About:
    """Return what was said about a setting's field."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError(f"setting without a description: {field!r}")
    return About(**extra)  # type: ignore[arg-type]  # written by `described` alone


def described(purpose: str, *, allowed: str, shown: str = "", secret: bool = False) -> Any:
    """Make the field of a setting; `purpose` is a sentence or two for an operator."""
    extra = About(allowed, shown, secret)._asdict()
    return Field(description=purpose, repr=not secret, json_schema_extra=extra)


def one_of(choices: type[StrEnum]) -> PlainValidator:
    """Read text as one of `choices`, in capitals or not."""

    def read(text: str) -> StrEnum:
        try:
            return choices(text.lower())
        except ValueError:
            raise ValueError("is not a choice") from None

    return PlainValidator(read)


def choices_of(choices: type[StrEnum]) -> str:
    """Say what is allowed."""
    return "use " + " or ".join(f"`{choice}`" for choice in choices)
