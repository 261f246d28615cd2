"""`holdclock user`: accounts of people who sign in. The first administrator comes from here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from scheduler.commands import desk, output
from scheduler.commands.options import AsJson

if TYPE_CHECKING:
    from scheduler.commands.people import People
    from scheduler.domain.actors import Actor

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("id", "email", "name", "role", "last_signed_in_at", "locked_at", "disabled_at")
NONE = "There is no account on record; `holdclock user add` makes one."

User = Annotated[str, typer.Argument(metavar="USER", help="The account's id or e-mail address.")]
Email = Annotated[str, typer.Option(metavar="ADDRESS", help="They sign in by it.")]
Role = Annotated[
    str, typer.Option(metavar="ROLE", help="administrator, facility, agent or auditor.")
]
Name = Annotated[str | None, typer.Option(help="As pages show it; the address if not given.")]
Facilities = Annotated[
    list[str] | None,
    typer.Option("--facility", metavar="CODE", help="Of facility staff; repeatable."),
]
Offices = Annotated[
    list[str] | None, typer.Option("--office", metavar="CODE", help="Of agents; repeatable.")
]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input: 15 characters or more."
    ),
]


class At(NamedTuple):
    """Who works here, and on what."""

    people: People
    actor: Actor


@contextmanager
def _opened() -> Iterator[At]:
    from scheduler.commands.people import people

    with desk.opened(with_keys=True) as here:
        yield At(people(here.house, desk.full_settings()), here.actor)


@app.command()
def add(
    *,
    email: Email,
    role: Role,
    name: Name = None,
    facility: Facilities = None,
    office: Offices = None,
    password_stdin: PasswordStdin = False,
    invite: Annotated[
        bool, typer.Option("--invite", help="Send them a mail with a link to set a password.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add an account; give exactly one of --password-stdin and --invite."""
    if password_stdin == invite:
        raise typer.BadParameter("give exactly one of --password-stdin and --invite")
    if invite:
        _require_mail()
    password = _password() if password_stdin else None
    with _opened() as at:
        made = at.people.users.add(
            at.actor,
            email=email,
            role=role,
            name=name,
            facilities=facility or (),
            offices=office or (),
            password=password,
        )
        if invite:
            at.people.invitations.invite(at.actor, made)
    _told(made, f"Added account {made}.", as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the accounts."""
    from scheduler.domain.instants import spelled

    with _opened() as at:
        rows = [spelled(row) for row in at.people.users.all()]
    output.listed(rows, COLUMNS, as_json_=as_json, none=NONE)


@app.command()
def show(user: User, *, as_json: AsJson = False) -> None:
    """Show one account; nothing of it that would let anybody in."""
    from scheduler.domain.instants import spelled

    with _opened() as at:
        row = spelled(at.people.users.get(user))
    output.shown(row, as_json_=as_json)


@app.command()
def edit(
    user: User,
    *,
    name: Annotated[str | None, typer.Option(help="As pages show it.")] = None,
    email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="They sign in by it.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="With its --facility or --office; ends their sessions."),
    ] = None,
    facility: Facilities = None,
    office: Offices = None,
    as_json: AsJson = False,
) -> None:
    """Change an account; another role or other places end its sessions."""
    given = {
        "name": name,
        "email": email,
        "role": role,
        "facilities": facility,
        "offices": office,
    }
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise typer.BadParameter("nothing to change was given")
    with _opened() as at:
        at.people.users.edit(at.actor, user, values)
        # By its id: the address may be another one now.
        found = at.people.users.get(email or user)
    _told(found["id"], f"Changed account {found['id']}.", as_json)


@app.command()
def disable(user: User, *, as_json: AsJson = False) -> None:
    """Switch an account off and end its sessions; it stays on record."""
    with _opened() as at:
        at.people.users.disable(at.actor, user)
    _told(user, f"Account {user} is switched off; it stays on record.", as_json)


@app.command()
def enable(user: User, *, as_json: AsJson = False) -> None:
    """Switch an account on again, after 90 days without use too."""
    with _opened() as at:
        at.people.users.enable(at.actor, user)
    _told(user, f"Account {user} is switched on.", as_json)


@app.command()
def unlock(user: User, *, as_json: AsJson = False) -> None:
    """Let somebody sign in by password again, after too many failures."""
    with _opened() as at:
        at.people.users.unlock(at.actor, user)
    _told(user, f"Account {user} is not locked any more.", as_json)


@app.command()
def invite(user: User, *, as_json: AsJson = False) -> None:
    """Send a link to set a password by, good once and for three days; earlier links end."""
    _require_mail()
    with _opened() as at:
        at.people.invitations.invite(at.actor, user)
    _told(user, f"An invitation goes to account {user}.", as_json)


@app.command("set-password")
def set_password(user: User, *, password_stdin: PasswordStdin, as_json: AsJson = False) -> None:
    """Give an account another password and end its sessions."""
    if not password_stdin:
        raise typer.BadParameter("give --password-stdin")
    password = _password()
    with _opened() as at:
        at.people.users.set_password(at.actor, user, password)
    _told(user, f"Account {user} has another password.", as_json)


@app.command("reset-second-factor")
def reset_second_factor(user: User, *, as_json: AsJson = False) -> None:
    """Take the second factor off, as when a telephone is lost: it is set up anew at sign-in."""
    with _opened() as at:
        at.people.users.reset_second_factor(at.actor, user)
    _told(user, f"Account {user} sets up a second factor at the next sign-in.", as_json)


@app.command("calendar-feed")
def calendar_feed(
    user: User,
    *,
    end: Annotated[bool, typer.Option("--end", help="End it, and make none.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a calendar of the limits that an account may see; its address is shown this once."""
    with _opened() as at:
        if end:
            at.people.calendar_feeds.end(at.actor, user)
        else:
            made = at.people.calendar_feeds.add(at.actor, user)
    if end:
        _told(user, f"The calendar feed of account {user} has ended.", as_json)
    elif as_json:
        output.as_json(made._asdict())
    else:
        output.line(made.url)


def _password() -> str:
    """Read a password: never an argument, which every account on the machine could read."""
    return sys.stdin.readline().rstrip("\r\n")


def _require_mail() -> None:
    from scheduler.errors import ConfigError

    if not desk.full_settings().smtp_host:
        raise ConfigError(
            ["HOLDCLOCK_SMTP_HOST: is missing; an invitation goes by mail. Or use --password-stdin"]
        )


def _told(account_id: str, words: str, as_json_: bool) -> None:
    if as_json_:
        output.as_json({"id": account_id})
        return
    output.line(words)
