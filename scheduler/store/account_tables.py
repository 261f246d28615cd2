"""The tables of who signs in and who asks: accounts, sessions, keys, and their answers.

The same schema as `tables`, in a file of its own.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from scheduler.store.tables import Row


class Account(Row, table=True):
    """Somebody who signs in: what they are to the record, and for which places."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('facility', 'agent', 'administrator', 'auditor')", name="account_role"
        ),
    )

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    """In small letters; where invitations go."""
    name: str
    """Of a function or a person of the staff, as pages show it."""
    role: str
    facility_codes: str = "[]"
    office_codes: str = "[]"
    password_hash: str | None = None
    totp_secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Sealed. Not in use before `second_factor_at`."""
    totp_step: int | None = None
    """The last step whose code was taken: a code is good once."""
    second_factor_at: datetime | None = None
    """When a first code confirmed the second factor."""
    recovery_codes: str = "[]"
    """Hashes of those not used yet, as JSON."""
    oidc_subject: str | None = Field(default=None, unique=True)
    """Issuer and subject, where they sign in through a provider."""
    language: str = "en"
    twelve_hour: bool = False
    single_keys: bool = True
    timezone: str | None = None
    """Their own, shown beside the jail's where it differs; None shows the jail's alone."""
    created_at: datetime
    last_signed_in_at: datetime | None = None
    used_at: datetime
    """When it was made, signed in with, or switched on anew: unused accounts are ended from here."""
    locked_at: datetime | None = None
    """When its password sign-in locked."""
    disabled_at: datetime | None = None


class SessionRow(Row, table=True):
    """A browser that is signed in, or on the way; its token is kept as a hash only."""

    __tablename__ = "session"
    __table_args__ = (
        CheckConstraint("stage IN ('code', 'enrolment', 'signed_in')", name="session_stage"),
    )

    token_hash: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    stage: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None


class Invitation(Row, table=True):
    """A one-time link to set a password; the link is its id, signed. With what became of its mail."""

    __tablename__ = "invitation"

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    attempt_at: datetime | None = Field(default=None, index=True)
    """When its mail is tried next; None when there is nothing to send any more."""
    attempts: int = 0
    sent_at: datetime | None = None
    failed_because: str | None = None


class SignInFailure(Row, table=True):
    """A sign-in that was refused, to be counted; under a hash of the address that was typed."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("sign_in_failure_of", "email_hash", "failed_at"),)

    id: str = Field(primary_key=True)
    email_hash: str
    failed_at: datetime


class ApiKey(Row, table=True):
    """A machine that may ask, as what, and until when; its secret is kept as a hash only."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint(
            "role IN ('facility', 'agent', 'administrator', 'auditor')", name="api_key_role"
        ),
    )

    id: str = Field(primary_key=True)
    name: str
    role: str
    facility_codes: str = "[]"
    office_codes: str = "[]"
    secret_hash: str
    created_at: datetime
    expires_at: datetime | None = None
    disabled_at: datetime | None = None


class CalendarFeed(Row, table=True):
    """A calendar's secret address, kept as a hash only; it shows what its account may see."""

    __tablename__ = "calendar_feed"

    token_hash: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True)
    created_at: datetime
    disabled_at: datetime | None = None


class Wall(Row, table=True):
    """A screen on a wall: its secret address, kept as a hash only, and whose board it shows."""

    __tablename__ = "wall"

    id: str = Field(primary_key=True)
    name: str
    token_hash: str = Field(unique=True)
    facility_codes: str
    created_at: datetime
    disabled_at: datetime | None = None


class Reply(Row, table=True):
    """What a write with an idempotency key was answered, to answer it so again."""

    __tablename__ = "reply"

    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    """Of the method, the path and the body that came with the key."""
    made_at: datetime = Field(index=True)
    status: int | None = None
    """None while the answer is still being made."""
    headers: str | None = None
    body: bytes | None = Field(default=None, sa_type=LargeBinary)


class RateCounter(Row, table=True):
    """How often somebody asked in one span of time."""

    __tablename__ = "rate_counter"

    key: str = Field(primary_key=True)
    asked: int
    ends_at: datetime = Field(index=True)
