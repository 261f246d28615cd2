"""Channels, as an administrator adds, tries and re-keys them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from scheduler.errors import StoreError
from web import telling
from web.api import channels as api
from web.identity import Person
from web.pages.administration import directory
from web.pages.administration.nouns import Act, Asked, Done, Noun, Row, is_on
from web.parts import Parts

NOUN: Final = "channel"
KINDS: Final = {"webhook": "Webhook", "email": "Mail", "apprise": "Other service"}
SIGNING: Final = "signing"
"""How many secrets sign a webhook: the page adds it to what the interface sends."""
SEALED_ELSEWHERE: Final = -1
"""In place of that number: what the channel keeps does not open with this installation's key."""


def channels(parts: Parts) -> Noun:
    """Return what channels are on pages."""
    one = directory.getting(parts, NOUN)

    def get(person: Person, name: str) -> Row:
        return {**one(person, name), SIGNING: _signing(parts, person, name)}

    def more(person: Person, row: Row) -> Mapping[str, Any]:
        tests = parts.tests_of(person.actor, row["id"])
        return {
            "tests": [(each, telling.STATES[each.state]) for each in tests],
            "signing": row[SIGNING],
            "is_unreadable": row[SIGNING] == SEALED_ELSEWHERE,
        }

    return Noun(
        path="channels",
        title="Channels",
        one=NOUN,
        told="The ways by which contacts are reached: webhooks, mail, other services.",
        key="id",
        shape=api.Channel,
        columns=("kind", "contact_id", "place", "failing_since"),
        rows=directory.rows(parts, NOUN),
        get=get,
        called=lambda row: str(row["address"]),
        words={"kind": KINDS},
        template="administration/channel.html",
        more=more,
        adds=_adds(parts),
        acts=[
            Act(
                name="edit",
                title="Change its place",
                told="The lowest place is tried first; the others when it fails, or is late.",
                body=api.ChannelEdit,
                is_edit=True,
                do=directory.editing(parts, NOUN),
            ),
            *_tries(parts),
            *directory.switches(parts, NOUN, "No alert goes out by it any more."),
        ],
    )


def _signing(parts: Parts, person: Person, name: str) -> int:
    try:
        return parts.rotation.signing(person.actor, name)
    except StoreError:
        # The page must open all the same: there it is said, and switched off.
        return SEALED_ELSEWHERE


def _adds(parts: Parts) -> list[Act]:
    def add(asked: Asked) -> Done:
        new = api.new_channel(parts.administration, asked.actor, asked.body)
        return Done(new.id, new.secret, "The secret that signs it")

    def of_kind(kind: str, name: str, title: str, told: str) -> Act:
        return Act(
            name=name,
            title=title,
            told=told,
            body=api.NewChannelBody,
            fixed={"kind": kind},
            without=_others(kind),
            needs=(api.FIELDS[kind][0],),
            do=add,
        )

    return [
        of_kind(
            "webhook",
            "webhook",
            "New webhook",
            "Its secret is shown once, on the next page: the receiver checks signatures with it.",
        ),
        of_kind("email", "mail", "New mail address", ""),
        of_kind(
            "apprise",
            "service",
            "New service",
            "A service that Apprise knows. Its URL gives access, so it is shown to nobody again.",
        ),
    ]


def _others(kind: str) -> Collection[str]:
    return api.OWN_FIELDS.difference(api.FIELDS[kind])


def _tries(parts: Parts) -> list[Act]:
    def test(asked: Asked) -> Done:
        parts.order_test(asked.actor, asked.name)
        return Done(asked.name)

    def begin(asked: Asked) -> Done:
        secret = parts.rotation.begin(asked.actor, asked.name, asked.body.secret)
        return Done(asked.name, secret, "The new secret")

    def finish(asked: Asked) -> Done:
        parts.rotation.finish(asked.actor, asked.name)
        return Done(asked.name)

    return [
        Act(
            name="test",
            title="Send a test",
            told="A test message goes out by this channel and no other. What became of it "
            "is told on the channel's page.",
            do=test,
            is_offered=is_on,
        ),
        Act(
            name="secret",
            title="Give it a new secret",
            told="The new secret is shown once, on the next page. Until you drop the old one both "
            "sign, so that no alert is refused while the receiver learns the new one.",
            body=api.NewSecret,
            do=begin,
            is_offered=lambda row: row[SIGNING] == 1,
        ),
        Act(
            name="drop-old-secret",
            title="Drop the old secret",
            told="The receiver must know the new one by now: it signs alone from then on.",
            do=finish,
            is_offered=lambda row: row[SIGNING] > 1,
        ),
    ]
