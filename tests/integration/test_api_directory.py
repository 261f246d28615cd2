"""Administration over HTTP: the directory, channels, holidays, policies, keys, accounts, deliveries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.house import FACILITY, OFFICE, ZONE
from tests.support.office import Machine, Office
from tests.support.two_jails import LODGED

RUNNING = {"lodged_at": LODGED, "would_release_at": "2026-03-02T08:30:00-05:00"}


@pytest.fixture
def desk(office: Office) -> Machine:
    """An administrator's system."""
    return office.machine("administrator")


def changes(office: Office, noun: str) -> list[tuple[str, Any, Any]]:
    """Return what the log says was changed of a noun: field, old and new value."""
    return [
        (event["data"]["field"], event["data"]["old"], event["data"]["new"])
        for event in office.premises.events(kind="setting_changed")
        if event["data"]["noun"] == noun
    ]


def test_facility_is_added_edited_and_switched_off_each_on_the_log(
    office: Office, desk: Machine
) -> None:
    told = {"code": "ELM", "name": "Elm jail", "state": "tn", "timezone": "America/Chicago"}

    added = desk.post("/facilities", {**told, "office_code": OFFICE, "ladder": ["1 h", "4 h"]})
    edited = desk.request("PATCH", "/facilities/ELM", json={"phone": "+1 1", "ladder": None})
    off = desk.post("/facilities/ELM/disable")
    on = desk.post("/facilities/ELM/enable")

    assert (added.status_code, added.headers["location"]) == (201, "/api/v1/facilities/ELM")
    assert (added.json()["state"], added.json()["ladder"]) == ("TN", ["4 h", "1 h"])
    assert (edited.json()["phone"], edited.json()["ladder"]) == ("+1 1", None)
    assert edited.json()["office_code"] == OFFICE
    assert off.json()["disabled_at"] is not None
    assert on.json() == desk.get("/facilities/ELM").json()
    assert on.json()["disabled_at"] is None
    assert changes(office, "facility")[-4:] == [
        ("phone", "", "+1 1"),
        ("ladder", '["4 h","1 h"]', ""),
        ("disabled_at", "", "2026-03-02T14:00:00Z"),
        ("disabled_at", "2026-03-02T14:00:00Z", ""),
    ]


def test_all_that_is_wrong_is_told_at_once(desk: Machine) -> None:
    told = {"code": "a b", "name": "Elm jail", "state": "N", "timezone": "Raleigh"}
    hours = {"name": "Duty", "schedule": "monday", "quiet_hours": "late", "kinds": ["nothing"]}

    facility = desk.post("/facilities", told | {"ladder": ["3 days"]})
    contact = desk.post("/contacts", hours)

    assert (facility.status_code, contact.status_code) == (422, 422)
    assert set(facility.json()["fields"]) == {"code", "state", "timezone", "ladder"}
    assert set(contact.json()["fields"]) == {"schedule", "quiet_hours", "kinds"}


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/facilities", {"code": "ELM"}, 422, "name"),
        ("/facilities", {"code": "a b", "name": "X", "state": "NC", "timezone": ZONE}, 422, "code"),
        (
            "/facilities",
            {"code": "ELM", "name": "X", "state": "NC", "timezone": "EST5"},
            422,
            "timezone",
        ),
        (
            "/facilities",
            {"code": FACILITY, "name": "X", "state": "NC", "timezone": ZONE},
            409,
            None,
        ),
        (
            "/facilities",
            {"code": "E", "name": "X", "state": "NC", "timezone": ZONE, "office_code": "NO"},
            404,
            None,
        ),
        ("/offices", {"code": "NEW", "name": "X", "colour": "red"}, 422, "colour"),
        ("/contacts", {"name": "X"}, 422, None),
        ("/contacts", {"name": "X", "office_code": OFFICE, "kinds": ["hold.no"]}, 422, "kinds"),
        ("/contacts", {"name": "X", "office_code": OFFICE, "schedule": "noon"}, 422, "schedule"),
        ("/channels", {"contact_id": "NOBODY", "kind": "email", "address": "a@b.org"}, 404, None),
        ("/channels", {"contact_id": "X", "kind": "email", "url": "https://x.org"}, 422, "address"),
        ("/channels", {"contact_id": "X", "kind": "webhook", "url": "https://x.org",
                       "address": "a@b.org"}, 422, "address"),
        ("/api-keys", {"name": "X", "role": "facility"}, 422, "facility"),
        ("/api-keys", {"name": "X", "role": "king"}, 422, "role"),
        ("/holidays", {"day": "2026-02-30", "name": "X", "source": "Y", "reason": "z"}, 422, "day"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_the_name_of_its_field(
    desk: Machine, path: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = desk.post(path, body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if field is not None:
        assert field in answer.json()["fields"]


@pytest.mark.parametrize("field", ["name", "state", "timezone", "policy"])
def test_what_a_facility_must_have_is_not_taken_off(desk: Machine, field: str) -> None:
    answer = desk.request("PATCH", f"/facilities/{FACILITY}", json={field: None})

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


def test_contact_is_told_and_shown_in_the_same_words(desk: Machine) -> None:
    told = {
        "name": "Duty officer",
        "office_code": OFFICE,
        "place": 1,
        "timezone": ZONE,
        "schedule": "mon-fri 08:00-18:00; sat 22:00-06:00",
        "quiet_hours": "22:00-06:00",
        "kinds": ["hold.reminder"],
    }

    added = desk.post("/contacts", told).json()

    assert {name: added[name] for name in told} == told
    assert desk.get(f"/contacts/{added['id']}").json() == added
    cleared = desk.request("PATCH", f"/contacts/{added['id']}", json={"schedule": None}).json()
    assert cleared == {**added, "schedule": None}


def test_duty_list_says_who_is_told_first_and_who_next(office: Office, desk: Machine) -> None:
    for place in (1, 2):
        contact = {"name": f"Duty {place}", "office_code": OFFICE, "place": place}
        made = desk.post("/contacts", contact).json()["id"]
        channel = {"contact_id": made, "kind": "email", "address": f"duty{place}@example.org"}
        desk.post("/channels", channel)

    told = desk.get(f"/offices/{OFFICE}/duty-list").json()

    assert [each["name"] for each in told["list"]] == ["Duty 1", "Duty 2"]
    assert told["first"] == told["list"][0]["id"]
    assert [[each["name"] for each in place] for place in told["chain"]] == [["Duty 2"]]


def test_secrets_are_shown_once_and_never_read_back(office: Office, desk: Machine) -> None:
    contact = desk.post("/contacts", {"name": "Duty", "office_code": OFFICE}).json()["id"]
    webhook = {"contact_id": contact, "kind": "webhook", "url": "https://hooks.example.gov/x"}

    channel = desk.post("/channels", webhook).json()
    begun = desk.post(f"/channels/{channel['id']}/secret").json()
    key = desk.post("/api-keys", {"name": "JMS", "role": "facility", "facility_codes": [FACILITY]})

    secrets = (channel["secret"], begun["secret"], key.json()["key"].split("_", 3)[3])
    assert len(set(secrets)) == 3
    shown = "".join(
        desk.get(path).text
        for path in ("/channels", f"/channels/{channel['id']}", "/api-keys", "/events?limit=200")
    )
    assert [secret for secret in secrets if secret.removeprefix("whsec_") in shown] == []
    assert desk.post(f"/channels/{channel['id']}/secret").status_code == 409
    assert desk.post(f"/channels/{channel['id']}/secret/finish").json()["finished"] is True


def test_same_request_under_its_key_makes_one_channel(desk: Machine) -> None:
    contact = desk.post("/contacts", {"name": "Duty", "office_code": OFFICE}).json()["id"]
    told = {"contact_id": contact, "kind": "webhook", "url": "https://hooks.example.gov/x"}
    headers = {"Idempotency-Key": "channel-1"}

    first, again = (desk.post("/channels", told, headers=headers) for _ in range(2))

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert len(desk.get("/channels").json()["items"]) == 1


def test_test_of_a_channel_is_committed_here_and_sent_by_the_worker(
    office: Office, desk: Machine
) -> None:
    channel = office.premises.add_webhook()

    ordered = desk.post(f"/channels/{channel}/test")
    waiting = desk.get(f"/deliveries/{ordered.json()['delivery_id']}").json()
    office.premises.deliver()

    assert ordered.status_code == 202
    assert (waiting["type"], waiting["state"], waiting["attempts"]) == (
        "channel.test",
        "waiting",
        0,
    )
    sent = desk.get(ordered.headers["location"].removeprefix("/api/v1")).json()
    assert (sent["state"], [each["result"] for each in sent["tries"]]) == (
        "delivered",
        ["delivered"],
    )
    assert [kept.alert.type for kept in office.premises.notifier.delivered] == ["channel.test"]


def test_delivery_that_was_given_up_is_found_and_sent_again(office: Office, desk: Machine) -> None:
    premises = office.premises
    premises.add_webhook()
    hold = premises.register("R-1", **RUNNING).hold
    first = premises.deliveries(hold_id=hold.id)[0]
    premises.execute("UPDATE delivery SET state = 'dead' WHERE id = :id", id=first.id)
    asked = f"/deliveries?state=dead&facility_code={FACILITY}&hold_id=R-1"
    staff = office.machine("facility", [FACILITY])

    (dead,) = staff.get(asked).json()["items"]
    refused = staff.post(f"/deliveries/{dead['id']}/resend")
    again = desk.post(f"/deliveries/{dead['id']}/resend").json()

    assert dead["id"] == first.id
    assert refused.status_code == 403
    assert again["state"] == "waiting"
    assert desk.get(asked).json()["items"] == []
    assert desk.post(f"/deliveries/{dead['id']}/resend").status_code == 409


@pytest.fixture
def running(office: Office, desk: Machine) -> str:
    """A hold that leaves out weekends and holidays; its id."""
    desk.request("PATCH", f"/facilities/{FACILITY}", json={"policy": "8-cfr-287.7d"})
    return office.premises.register("R-1", **RUNNING).hold.id


def test_holiday_shows_what_it_moves_before_it_is_confirmed(
    office: Office, desk: Machine, running: str
) -> None:
    told = {"day": "2026-03-03", "name": "Day of mourning", "source": "Order 1", "reason": "law"}

    looked = desk.get("/holiday-moves?day=2026-03-03").json()
    refused = desk.post("/holidays", told)
    done = desk.post("/holidays", {**told, "confirm": True}).json()

    assert [each["hold_id"] for each in looked["holds"]] == [running]
    assert (looked["reached"], looked["moved"]) == (1, 1)
    assert refused.status_code == 409
    assert "reaches 1 open holds, and nothing was changed" in refused.json()["detail"]
    assert done["moves"] == looked
    limit = office.premises.hold(running).deadline_at
    assert limit is not None
    assert f"{limit:%Y-%m-%dT%H:%M:%SZ}" == looked["holds"][0]["new_deadline_at"]

    path = f"/holidays/{done['holiday']['id']}"
    back = desk.get(f"{path}/moves-of-disabling").json()
    withdrawn = desk.post(f"{path}/disable", {"reason": "revoked", "confirm": True}).json()
    assert back["holds"][0]["new_deadline_at"] == looked["holds"][0]["old_deadline_at"]
    assert withdrawn["holiday"]["disabled_at"] is not None
    assert withdrawn["moves"] == back


def test_holiday_that_moves_to_another_day_is_previewed_too(
    office: Office, desk: Machine, running: str
) -> None:
    told = {"day": "2026-03-03", "name": "Day", "source": "Order 1", "reason": "law"}
    made = desk.post("/holidays", {**told, "confirm": True}).json()["holiday"]
    path = f"/holidays/{made['id']}"

    looked = desk.get(f"{path}/moves-of-editing?day=2026-03-20").json()
    edit = {"day": "2026-03-20", "reason": "a slip", "confirm": True}
    done = desk.request("PATCH", path, json=edit).json()

    assert looked["moved"] == 1
    assert (done["holiday"]["day"], done["moves"]) == ("2026-03-20", looked)
    assert ("day", "2026-03-03", "2026-03-20") in changes(office, "holiday")


def test_law_that_reaches_open_holds_is_previewed_and_applied(
    office: Office, desk: Machine
) -> None:
    desk.request("PATCH", f"/facilities/{FACILITY}", json={"policy": "nc-162-62"})
    told = {"lodged_at": LODGED, "policy": "nc-162-62-2024"}
    hold = office.premises.register("R-1", **told).hold
    path = "/policies/nc-162-62-2025"

    looked = desk.get(f"{path}/moves").json()
    refused = desk.post(f"{path}/apply", {"reason": "S.L. 2025-85"})
    done = desk.post(f"{path}/apply", {"reason": "S.L. 2025-85", "confirm": True}).json()

    assert [each["hold_id"] for each in looked["holds"]] == [hold.id]
    assert refused.status_code == 409
    assert done == looked
    assert office.premises.hold(hold.id).policy == "nc-162-62-2025"
    assert desk.get("/policies/48h/moves").status_code == 404
    assert desk.get("/policies/i-247a/moves").status_code == 422


def test_key_gets_another_name_and_end_and_is_ended(office: Office, desk: Machine) -> None:
    made = desk.post("/api-keys", {"name": "JMS", "role": "auditor"}).json()
    path = f"/api-keys/{made['id']}"
    its = Machine(office.app, made["key"])
    worked = its.get("/holds").status_code

    edit = {"name": "Jail system", "expires_at": "2026-03-03T12:00:00-05:00"}
    edited = desk.request("PATCH", path, json=edit).json()
    too_far = desk.request("PATCH", path, json={"expires_at": "2030-01-01T00:00:00Z"})
    desk.post(f"{path}/disable")

    assert (edited["name"], edited["expires_at"]) == ("Jail system", "2026-03-03T17:00:00Z")
    assert too_far.status_code == 422
    assert (worked, its.get("/holds").status_code) == (200, 401)
    assert ("name", "JMS", "Jail system") in changes(office, "api-key")


def test_account_is_made_edited_locked_out_and_let_in_again(office: Office, desk: Machine) -> None:
    told = {"email": "Desk@Example.gov", "role": "facility", "facility_codes": [FACILITY]}

    made = desk.post("/users", told).json()
    path = f"/users/{made['id']}"
    edited = desk.request("PATCH", path, json={"name": "Booking desk"}).json()
    off = desk.post(f"{path}/disable").json()
    on = desk.post(f"{path}/enable").json()

    assert (made["email"], made["has_password"]) == ("desk@example.gov", False)
    assert edited["name"] == "Booking desk"
    assert (off["disabled_at"] is None, on["disabled_at"]) == (False, None)
    assert desk.post("/users", told).status_code == 409
    for step in ("unlock", "invite", "reset-second-factor"):
        assert desk.post(f"{path}/{step}").status_code == 200
    assert not {"password_hash", "totp_secret", "recovery_codes"} & set(on)
