"""Every setting, read once at start-up; importing this module reads nothing.

A setting is one annotated field: how its text is read, what it is for, what is
allowed. The messages, the reference in `docs/settings.md` and the list of
known names all come from those fields, so that they cannot disagree.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from config import fields, sources, together, values
from config.access_settings import AccessSettings
from scheduler.errors import ConfigError

_SMTP_PORTS = {
    fields.SmtpSecurity.STARTTLS: 587,
    fields.SmtpSecurity.TLS: 465,
    fields.SmtpSecurity.NONE: 25,
}
_KEY_ALLOWED = (
    "use 32 random bytes in URL-safe base64, as printed by `openssl rand -base64 32 | tr '+/' '-_'`"
)


class StoreSettings(BaseModel):
    """What a command needs that only computes or reads the database: no secrets of ours.

    `deadline`, `replay`, `events export` run on an auditor's machine, which
    must not need the keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: Annotated[
        str,
        PlainValidator(values.database_url),
        fields.described(
            "Where everything is kept. PostgreSQL for more than one host.",
            allowed="use `sqlite:////absolute/path.db` or `postgresql://user@host/database`",
            shown="`holdclock.db` in the state folder, see below",
            secret=True,
        ),
    ]
    policies_file: Annotated[
        Path | None,
        PlainValidator(values.readable_file),
        fields.described(
            "More policies, in the form of the built-in ones.",
            allowed="use the path of a readable file",
        ),
    ] = None
    holidays_file: Annotated[
        Path | None,
        PlainValidator(values.readable_file),
        fields.described("More holiday dates.", allowed="use the path of a readable file"),
    ] = None
    log_format: Annotated[
        fields.LogFormat,
        fields.one_of(fields.LogFormat),
        fields.described(
            "How log records are written: for people, or one JSON object a line.",
            allowed=fields.choices_of(fields.LogFormat),
        ),
    ] = fields.LogFormat.TEXT
    log_level: Annotated[
        fields.LogLevel,
        fields.one_of(fields.LogLevel),
        fields.described(
            "The least important record written. Libraries never go below `warning`.",
            allowed=fields.choices_of(fields.LogLevel),
        ),
    ] = fields.LogLevel.INFO


class Settings(AccessSettings, StoreSettings):
    """Everything the running product needs."""

    secret_key: Annotated[
        bytes,
        PlainValidator(values.key),
        fields.described(
            "Signs links, tokens and checkpoints. Needed.", allowed=_KEY_ALLOWED, secret=True
        ),
    ]
    data_key: Annotated[
        bytes,
        PlainValidator(values.key),
        fields.described(
            "Encrypts names, A-numbers and webhook secrets. Needed. Without it they are lost: "
            "keep a copy apart from the backups.",
            allowed=_KEY_ALLOWED,
            secret=True,
        ),
    ]
    base_url: Annotated[
        str,
        PlainValidator(values.base_url),
        fields.described(
            "What links in messages begin with.",
            allowed="use `https://host`; plain http only for 127.0.0.1, ::1 or localhost",
        ),
    ] = "http://127.0.0.1:8000"
    smtp_host: Annotated[
        str | None,
        PlainValidator(values.host),
        fields.described(
            "The mail server. Needed once an e-mail channel exists.",
            allowed="use a host name or an address",
        ),
    ] = None
    smtp_security: Annotated[
        fields.SmtpSecurity,
        fields.one_of(fields.SmtpSecurity),
        fields.described(
            "How the way to the mail server is protected.",
            allowed=fields.choices_of(fields.SmtpSecurity),
        ),
    ] = fields.SmtpSecurity.STARTTLS
    smtp_port: Annotated[
        int,
        PlainValidator(values.port),
        fields.described(
            "The mail server's port.",
            allowed="use a whole number from 1 to 65535",
            shown="587 for `starttls`, 465 for `tls`, 25 for `none`",
        ),
    ] = Field(default_factory=lambda earlier: _SMTP_PORTS[earlier["smtp_security"]])
    smtp_username: Annotated[
        str | None,
        PlainValidator(str),
        fields.described(
            "The account on the mail server, if it wants one.", allowed="use any text"
        ),
    ] = None
    smtp_password: Annotated[
        str | None,
        PlainValidator(str),
        fields.described("The password of that account.", allowed="use any text", secret=True),
    ] = None
    smtp_from: Annotated[
        str | None,
        PlainValidator(values.sender),
        fields.described(
            "Whom messages come from. Needed with `HOLDCLOCK_SMTP_HOST`.",
            allowed="use one address, alone or as `Name <address>`",
        ),
    ] = None
    heartbeat_url: Annotated[
        str | None,
        PlainValidator(values.heartbeat_url),
        fields.described(
            "Called after every full good tick; its silence tells someone outside. Whoever "
            "knows the address can fake a sign of life.",
            allowed="use an http or https address",
            secret=True,
        ),
    ] = None
    webhook_allowed_networks: Annotated[
        tuple[values.Network, ...],
        PlainValidator(values.networks),
        fields.described(
            "Networks of your own that webhooks may reach, plain http included.",
            allowed="use networks with commas between, such as `10.20.0.0/16,fd00:20::/32`",
            shown="none",
        ),
    ] = ()
    webhook_allowed_ports: Annotated[
        frozenset[int],
        PlainValidator(values.ports),
        fields.described(
            "Ports that webhooks may use besides 443 and 8443.",
            allowed="use ports or ranges with commas between, such as `9443,10000-10010`",
            shown="none",
        ),
    ] = values.STANDARD_PORTS
    apprise_schemes: Annotated[
        frozenset[str] | None,
        PlainValidator(values.schemes),
        fields.described(
            "Apprise services that channels may use, instead of those of decision 0010.",
            allowed="use the services' names with commas between, such as `twilio,slack`",
            shown="the list of decision 0010",
        ),
    ] = None
    password_hash: Annotated[
        fields.PasswordHash,
        fields.one_of(fields.PasswordHash),
        fields.described(
            "How passwords are kept: PBKDF2 where only FIPS-validated code may do it. "
            "Older ones are kept anew at the next sign-in.",
            allowed=fields.choices_of(fields.PasswordHash),
        ),
    ] = fields.PasswordHash.ARGON2ID
    lockout: Annotated[
        fields.Lockout,
        fields.one_of(fields.Lockout),
        fields.described(
            "How long password sign-in stays locked after five failures within 15 minutes: "
            "for 15 minutes, or until an administrator releases it.",
            allowed=fields.choices_of(fields.Lockout),
        ),
    ] = fields.Lockout.TIMED
    sign_in_help: Annotated[
        str | None,
        PlainValidator(str),
        fields.described(
            "Who helps whoever cannot sign in, as pages say it.",
            allowed="use a short text, such as `Shift administrator, 555-0142, day or night`",
        ),
    ] = None
    metrics_bind: Annotated[
        values.Bind | None,
        PlainValidator(values.bind),
        fields.described(
            "Where Prometheus may read the metrics. Not given: nowhere.",
            allowed="use `host:port`, such as `127.0.0.1:9464`",
        ),
    ] = None


_Loaded = TypeVar("_Loaded", bound=StoreSettings)


def load_settings(environ: Mapping[str, str], *, demo: bool = False) -> Settings:
    """Read every setting.

    Args:
        environ: The process environment.
        demo: Give missing and placeholder keys throw-away values instead of refusing.

    Raises:
        ConfigError: Every problem at once, each by setting, value (never a
            secret's) and what is allowed.
    """
    gathered = sources.gather(environ, known=known_settings())
    if demo:
        _replace_keys(gathered.texts)
    gathered.problems.extend(together.problems(gathered.texts))
    return _build(Settings, environ, gathered)


def load_store_settings(environ: Mapping[str, str]) -> StoreSettings:
    """Read only what `StoreSettings` holds; other known settings may be absent or wrong.

    Unknown names are refused here as well: behind a misspelt `DATABASE_URL` a
    command would work on the wrong database.

    Raises:
        ConfigError: Every problem at once.
    """
    return _build(StoreSettings, environ, sources.gather(environ, known=known_settings()))


def known_settings() -> dict[str, bool]:
    """Return every setting's field name; true where it is a secret."""
    return {name: fields.about(field).secret for name, field in Settings.model_fields.items()}


def default_database_url(environ: Mapping[str, str], *, is_root: bool) -> str:
    """Return the SQLite file in the system's or the user's state folder.

    Source:
        XDG Base Directory Specification 0.8: a relative path in
        ``XDG_STATE_HOME`` is to be ignored.
    """
    if is_root:
        return "sqlite:////var/lib/holdclock/holdclock.db"
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return f"sqlite:///{state / 'holdclock' / 'holdclock.db'}"


def _replace_keys(texts: dict[str, sources.Text]) -> None:
    for name in ("secret_key", "data_key"):
        given = texts.get(name)
        try:
            values.key(given.value if given else "")
        except ValueError:
            texts[name] = sources.Text(secrets.token_urlsafe(values.KEY_BYTES))


def _build(model: type[_Loaded], environ: Mapping[str, str], gathered: sources.Gathered) -> _Loaded:
    texts = {"database_url": sources.Text(_default_database(environ)), **gathered.texts}
    wanted = {name: text.value for name, text in texts.items() if name in model.model_fields}
    problems = list(gathered.problems)
    try:
        loaded = model.model_validate(wanted)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        problems += [
            _problem(error, texts)
            for error in errors
            if error["type"] in {"value_error", "missing"}
        ]
        raise ConfigError(problems) from None  # the cause quotes secrets
    if problems:
        raise ConfigError(problems)
    return loaded


def _default_database(environ: Mapping[str, str]) -> str:
    return default_database_url(environ, is_root=os.geteuid() == 0)


def _problem(error: ErrorDetails, texts: Mapping[str, sources.Text]) -> str:
    name = str(error["loc"][0])
    told = fields.about(Settings.model_fields[name])
    if error["type"] == "missing":
        return f"{sources.variable(name)}: is missing; {told.allowed}"
    text = texts[name]
    origin = f" ({text.origin})" if text.origin else ""
    shown = "the value" if told.secret else repr(text.value)
    return f"{sources.variable(name)}{origin}: {shown} {error['ctx']['error']}; {told.allowed}"
