"""One house with something for every page to show, at a clock that stands still."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Final

from notifiers.render import subject, text, webhook_body
from scheduler import wiring
from scheduler.accounts.sessions import Stage
from scheduler.amendments import Agreement
from scheduler.demo.inbox import Finding
from scheduler.demo.mail_server import ENCRYPTED
from scheduler.demo.receivers import VERIFIED, readable, summary
from scheduler.domain.hold import Outcome
from scheduler.errors import TransientDeliveryError
from scheduler.links import InvitationLinks
from tests.support import scene
from tests.support.chromium import Site
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.signing_in import PASSWORD

DUTY: Final = "duty@east.example"
_NUMBERS = itertools.count(1)
ENDED: Final = (
    (Outcome.CANCELLED, False),
    (Outcome.DECLINED, True),
    (Outcome.RELEASED, True),
    (Outcome.RELEASED, False),
    (Outcome.TRANSFERRED, True),
    (Outcome.TRANSFERRED, True),
)
"""How holds that are closed ended, and whether the agency was told."""


def furnish(site: Site) -> dict[str, str]:
    """Play the scene, let its alerts go out, and put one of each noun on record.

    Returns:
        What addresses in `book.LEAVES` name: holds by reference, the rest by noun.
    """
    premises = site.premises
    channel = premises.add_webhook()
    duty = premises.administration.add_contact(OPERATOR, name="Duty agent", office=OFFICE, place=1)
    premises.administration.add_email(OPERATOR, duty, DUTY)
    names = scene.play(premises) | {"closed": _close_some(premises)}
    premises.notifier.fail_next(*[TransientDeliveryError("answered 503")] * 2)
    premises.deliver()
    _receive(site)
    # Away from the full minute: no countdown turns while it is looked at.
    premises.tick(seconds=20)
    scene.look(premises)
    rows = premises.deliveries(hold_id=names["LK-0417"])
    dead = premises.deliveries()[0].id
    premises.execute("UPDATE delivery SET state = 'dead' WHERE id = :id", id=dead)
    link = wiring.acknowledge_links(premises.settings).url(rows[-1].id)
    return names | {"dead": dead, "link": _last(link), "channel": channel} | _nouns(site)


def _close_some(premises: Premises) -> str:
    """Let some holds have ended, each in its way; return the id of the last."""
    at = (premises.clock.now() - 20 * scene.HOUR).isoformat()
    told = dict.fromkeys(("lodged_at", "would_release_at", *scene.PAPERS), at)
    hold_id = ""
    for number, (outcome, is_noticed) in enumerate(ENDED, 1):
        hold_id = premises.register(f"OK-11{number:02}", **told).hold.id
        if is_noticed:
            premises.registry.give_notice(hold_id, premises.entry())
        premises.registry.record_outcome(hold_id, premises.entry(), outcome=outcome)
    return hold_id


def _receive(site: Site) -> None:
    """Put what was delivered into the demo's boxes, as its receivers do."""
    for kept in reversed(site.premises.notifier.delivered):
        body, finding = webhook_body(kept.alert), Finding(VERIFIED, is_good=True)
        told, whole = summary(body), readable(body)
        site.inbox.put("webhook", "EAST agent", key="", says=told, finding=finding, body=whole)
    for kept in reversed(site.premises.mailer.delivered):
        said, letter, finding = (
            subject(kept.alert),
            text(kept.alert),
            Finding(ENCRYPTED, is_good=True),
        )
        site.inbox.put("e-mail", DUTY, key="", says=said, finding=finding, body=letter)


def _nouns(site: Site) -> dict[str, str]:
    premises, people = site.premises, site.office.people
    agreed = Agreement("Proclaimed", is_given=True)
    told = {"name": "County day", "day": "2027-05-05", "source": "Order 1"}
    holiday, _ = premises.house.holidays.add(OPERATOR, told, agreed)
    user = people.users.add(OPERATOR, email="new@example.gov", role="auditor", name="Records clerk")
    invitation = people.invitations.invite(OPERATOR, user)
    key = people.api_keys.add(OPERATOR, name="Jail records system", role="auditor")
    links = InvitationLinks(premises.settings.secret_key, site.url)
    return {
        "contact": premises.administration.add_contact(OPERATOR, name="Chief", administrators=True),
        "holiday": holiday.id,
        "user": user,
        "invitation": _last(links.url(invitation)),
        "key": key.id,
        "wall": people.walls.add(OPERATOR, name="Booking desk", facilities=[FACILITY]).id,
    }


def _has_a_password(site: Site) -> str:
    account = site.office.people.users.add(
        OPERATOR,
        email=f"desk{next(_NUMBERS)}@example.gov",
        name="Booking desk",
        role="auditor",
        password=PASSWORD,
    )
    return site.office.token(account)


def _asked_for_a_code(site: Site) -> str:
    return site.office.token(site.office.account("auditor"), Stage.CODE)


def _without_a_second_factor(site: Site) -> str:
    email = f"new{next(_NUMBERS)}@example.gov"
    site.office.people.users.add(OPERATOR, email=email, role="auditor", password=PASSWORD)
    entered = site.office.people.sign_in.with_password(email, PASSWORD, "", source="127.0.0.1")
    return entered.token


ON_THE_WAY: Final[Mapping[str, Callable[[Site], str]]] = {
    "password": _has_a_password,
    "code": _asked_for_a_code,
    "enrolment": _without_a_second_factor,
}
"""Readers who came by a password, or are on the way: tokens of new sessions."""


def _last(url: str) -> str:
    return url.rpartition("/")[2]
