"""Made-up jails and offices of the demo, and who of them is told what, and how."""

from __future__ import annotations

from typing import NamedTuple

from scheduler.administration import Administration
from scheduler.demo.receivers import Subscriber, WebhookReceiver
from scheduler.domain.actors import Actor, Role

HOST = Actor("cli:demo", Role.OPERATOR)
"""Who sets everything up."""


class Office(NamedTuple):
    """An office of the agency.

    Attributes:
        duty_list: It passes unanswered reminders on, and has a supervisor.
    """

    code: str
    name: str
    phone: str
    duty_list: bool = False


class Jail(NamedTuple):
    """A facility."""

    code: str
    name: str
    state: str
    timezone: str
    policy: str
    office: str
    phone: str

    @property
    def desk(self) -> Actor:
        """Return who records facts there."""
        return Actor(f"desk:{self.code}", Role.FACILITY, facility_codes=frozenset({self.code}))

    @property
    def agent(self) -> Actor:
        """Return who records for the agency."""
        return Actor(f"agent:{self.office}", Role.AGENT, office_codes=frozenset({self.office}))


OFFICES = (
    Office("NORTH", "North field office", "+1 202 555 0110"),
    Office("SOUTH", "South field office", "+1 202 555 0120", duty_list=True),
)
LARK = Jail(
    "LARK",
    "Larkspur County Jail",
    "NC",
    "America/New_York",
    "nc-162-62",
    "NORTH",
    "+1 202 555 0141",
)
FOX = Jail(
    "FOX", "Foxglove County Jail", "TX", "America/Chicago", "i-247a", "NORTH", "+1 202 555 0142"
)
SALT = Jail(
    "SALT",
    "Saltbush County Jail",
    "NM",
    "America/Denver",
    "8-cfr-287.7d",
    "NORTH",
    "+1 202 555 0143",
)
JUNI = Jail(
    "JUNI",
    "Juniper County Jail",
    "AZ",
    "America/Phoenix",
    "287g-wso",
    "SOUTH",
    "+1 202 555 0144",
)
JAILS = (LARK, FOX, SALT, JUNI)
ZONES = {jail.code: jail.timezone for jail in JAILS}


def set_up(administration: Administration, webhooks: WebhookReceiver) -> None:
    """Add offices, jails and everybody who is told; the receiver learns the secrets."""
    for office in OFFICES:
        administration.add_office(HOST, office.code, name=office.name, phone=office.phone)
    for jail in JAILS:
        administration.add_facility(
            HOST,
            jail.code,
            name=jail.name,
            state=jail.state,
            timezone=jail.timezone,
            policy=jail.policy,
            office=jail.office,
            phone=jail.phone,
        )
        desk = administration.add_contact(HOST, name="Jail desk", facility=jail.code)
        _by_webhook(administration, webhooks, desk, name=f"{jail.code} desk")
    for office in OFFICES:
        _staff(administration, webhooks, office)


def _staff(administration: Administration, webhooks: WebhookReceiver, office: Office) -> None:
    code = office.code
    agent = administration.add_contact(
        HOST, name="Duty agent", office=code, place=1 if office.duty_list else None
    )
    _by_webhook(administration, webhooks, agent, name=f"{code} agent")
    administration.add_email(HOST, agent, f"duty@{code.lower()}.example")
    if not office.duty_list:
        return
    relief = administration.add_contact(HOST, name="Relief agent", office=code, place=2)
    _by_webhook(administration, webhooks, relief, name=f"{code} relief")
    supervisor = administration.add_contact(HOST, name="Supervisor", office=code, supervisor=True)
    administration.add_email(HOST, supervisor, f"supervisor@{code.lower()}.example")


def _by_webhook(
    administration: Administration, webhooks: WebhookReceiver, contact: str, *, name: str
) -> None:
    path = name.lower().replace(" ", "-")
    made = administration.add_webhook(HOST, contact, webhooks.url(path))
    if made.secret is not None:
        webhooks.subscribe(path, Subscriber(name, made.secret))
