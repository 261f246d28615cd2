from __future__ import annotations

import pytest

from scheduler.domain.actors import Actor, Role
from scheduler.errors import (
    ConflictError,
    HoldNotFoundError,
    InvalidHoldError,
    NotAllowedError,
    StaleVersionError,
)
from tests.support.house import FACILITY, OFFICE, OPERATOR, URL, ZONE, Premises


def changes(premises: Premises, noun: str) -> list[tuple[str, str, str]]:
    """Return what the log says was changed: field, old and new value."""
    return [
        (event["data"]["field"], event["data"]["old"], event["data"]["new"])
        for event in premises.events(kind="setting_changed")
        if event["data"]["noun"] == noun
    ]


def test_what_is_added_is_there_and_on_the_log(premises: Premises) -> None:
    facility = premises.house.directory.get("facility", FACILITY)
    office = premises.house.directory.get("office", OFFICE)

    assert (facility["timezone"], facility["policy"]) == (ZONE, "i-247a")
    assert (facility["office_code"], office["name"]) == (OFFICE, "East office")
    assert [field for field, *_ in changes(premises, "facility")] == ["created_at"]
    (event,) = [e for e in premises.events() if e["data"].get("name") == OFFICE]
    assert (event["actor"], event["hold_id"]) == (OPERATOR.name, None)


def test_a_change_is_an_event_with_the_old_and_the_new_value(premises: Premises) -> None:
    premises.administration.edit(
        OPERATOR, "facility", FACILITY, {"phone": "+1 919 555 0199", "name": "Oakmont jail"}
    )

    assert changes(premises, "facility")[1:] == [("phone", "+1 919 555 0142", "+1 919 555 0199")]
    assert premises.house.directory.get("facility", FACILITY)["phone"] == "+1 919 555 0199"


def test_what_is_switched_off_stays_on_record(premises: Premises) -> None:
    channel = premises.add_webhook()

    premises.administration.disable(OPERATOR, "channel", channel)

    assert premises.house.directory.get("channel", channel)["disabled_at"] == premises.clock.now()
    assert changes(premises, "channel")[-1][0] == "disabled_at"


@pytest.mark.parametrize("noun", ["facility", "office", "contact", "channel"])
def test_what_is_switched_off_is_switched_on_again_each_once_on_the_log(
    premises: Premises, noun: str
) -> None:
    channel = premises.add_webhook()
    contact = premises.house.directory.get("channel", channel)["contact_id"]
    name = {"facility": FACILITY, "office": OFFICE, "contact": contact, "channel": channel}[noun]
    desk, off_at = premises.administration, "2026-03-02T14:00:00Z"

    for switch in (desk.disable, desk.disable, desk.enable, desk.enable):
        switch(OPERATOR, noun, name)
        premises.clock.tick(minutes=1)

    assert premises.house.directory.get(noun, name)["disabled_at"] is None
    told = [each for each in changes(premises, noun) if each[0] == "disabled_at"]
    assert told == [("disabled_at", "", off_at), ("disabled_at", off_at, "")]


def test_contact_that_is_on_again_is_told_again(premises: Premises) -> None:
    channel = premises.add_webhook()
    premises.administration.disable(OPERATOR, "channel", channel)
    premises.register("R-1")
    premises.administration.enable(OPERATOR, "channel", channel)

    premises.register("R-2")

    assert [row.channel_id for row in premises.deliveries()] == [channel]


def test_edit_changes_nothing_that_its_reader_did_not_see(premises: Premises) -> None:
    desk = premises.administration
    desk.edit(OPERATOR, "office", OFFICE, {"phone": "+1 1"})

    with pytest.raises(StaleVersionError, match="somebody changed phone since it was read"):
        desk.edit(OPERATOR, "office", OFFICE, {"phone": "+1 2", "name": "X"}, was={"phone": None})
    desk.edit(OPERATOR, "office", OFFICE, {"phone": "+1 1"}, was={"phone": None})
    desk.edit(OPERATOR, "office", OFFICE, {"phone": "+1 2"}, was={"phone": "+1 1"})

    office = premises.house.directory.get("office", OFFICE)
    assert (office["name"], office["phone"]) == ("East office", "+1 2")


def test_all_that_is_wrong_with_an_edit_is_said_at_once(premises: Premises) -> None:
    values = {"state": "N", "timezone": "Raleigh", "ladder": ["3 days"], "name": ""}

    with pytest.raises(InvalidHoldError) as refused:
        premises.administration.edit(OPERATOR, "facility", FACILITY, values)

    assert set(refused.value.by_field) == {"state", "timezone", "ladder", "name"}


def test_a_secret_is_shown_once_and_never_again(premises: Premises) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)

    made = premises.administration.add_webhook(OPERATOR, contact, URL)

    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert "secrets" not in premises.house.directory.get("channel", made.id)
    assert made.secret not in str(premises.house.directory.all_of("channel"))


@pytest.mark.parametrize(
    "secret",
    ["whsec_c2hvcnQ=", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_%%%", "whsec_" + "A" * 400],
)
def test_a_secret_of_the_wrong_form_is_refused(premises: Premises, secret: str) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)

    with pytest.raises(InvalidHoldError, match="whsec_"):
        premises.administration.add_webhook(OPERATOR, contact, URL, secret)

    assert premises.house.directory.all_of("channel") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/x",
        "ftp://hooks.example.gov/x",
        "https://user:word@hooks.example.gov/x",
        "https://hooks.example.gov:22/x",
        "nonsense",
    ],
)
def test_a_webhook_that_no_delivery_could_use_is_refused(premises: Premises, url: str) -> None:
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)

    with pytest.raises(InvalidHoldError):
        premises.administration.add_webhook(OPERATOR, contact, url)


def test_a_code_is_given_once(premises: Premises) -> None:
    with pytest.raises(ConflictError, match=OFFICE):
        premises.administration.add_office(OPERATOR, OFFICE, name="Another")


def test_an_office_that_is_not_there_is_refused(premises: Premises) -> None:
    with pytest.raises(HoldNotFoundError, match="WEST"):
        premises.administration.add_contact(OPERATOR, name="Duty", office="WEST")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"timezone": "America/Nowhere"}, id="zone"),
        pytest.param({"policy": "no-such-policy"}, id="policy"),
        pytest.param({"state": "Carolina"}, id="state"),
        pytest.param({"name": "Oak\u202emont"}, id="direction-override"),
        pytest.param({"phone": "1" * 41}, id="phone"),
        pytest.param({"ladder": ["soon"]}, id="ladder"),
    ],
)
def test_a_facility_with_a_wrong_value_is_refused(
    premises: Premises, wrong: dict[str, object]
) -> None:
    told = {"name": "Elm jail", "state": "NC", "timezone": ZONE, "policy": "i-247a"} | wrong

    with pytest.raises(InvalidHoldError):
        premises.administration.add_facility(OPERATOR, "ELM", **told)  # type: ignore[arg-type]

    assert len(premises.house.directory.all_of("facility")) == 1


@pytest.mark.parametrize(
    "whose",
    [
        pytest.param({}, id="nobody"),
        pytest.param({"office": OFFICE, "facility": FACILITY}, id="two"),
        pytest.param({"facility": FACILITY, "supervisor": True}, id="supervisor-of-a-jail"),
        pytest.param({"administrators": True, "place": 1}, id="place-without-an-office"),
    ],
)
def test_a_contact_belongs_to_exactly_one(premises: Premises, whose: dict[str, object]) -> None:
    with pytest.raises(InvalidHoldError):
        premises.administration.add_contact(OPERATOR, name="Duty", **whose)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.FACILITY, Role.AGENT, Role.AUDITOR])
def test_whoever_does_not_administer_changes_nothing(premises: Premises, role: Role) -> None:
    actor = Actor("somebody", role)
    written = premises.events()

    with pytest.raises(NotAllowedError):
        premises.administration.add_office(actor, "WEST", name="West")
    with pytest.raises(NotAllowedError):
        premises.administration.edit(actor, "facility", FACILITY, {"name": "Mine"})
    with pytest.raises(NotAllowedError):
        premises.administration.disable(actor, "facility", FACILITY)

    assert premises.events() == written


def test_a_facility_s_own_ladder_is_pinned_by_its_new_holds(premises: Premises) -> None:
    premises.add_facility(office=OFFICE, ladder=["6 h"])
    name = premises.register(facility_code="ELM", would_release_at="2026-03-02T13:00:00Z").hold.id

    premises.tick(hours=41)
    before = premises.kinds(name).count("reminder_due")
    premises.tick(minutes=1)

    leads = [event["data"]["lead"] for event in premises.events(name, "reminder_due")]
    assert before == 1
    assert leads == ["6 h"]
