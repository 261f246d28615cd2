"""A record kept on paper during an outage, entered in one go on its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office

PAPER = {
    "facility_code": FACILITY,
    "hold_ref": "OK-9",
    "lodged_at": "-70h",
    "served_at": "-69h",
    "warrant_received_at": "-69h",
    "would_release_at": "-60h",
    "notice_given_at": "-61h",
    "outcome": "transferred",
    "outcome_at": "-20h",
    "reason": "Paper log during the outage.",
}
"""Transferred 40 hours after the release, so in time; entered 20 hours later."""


def send(desk: Any, **typed: str) -> Any:
    """Fill in the form and send it, as a browser without scripts does."""
    return desk.post("/holds/paper", Page(desk.get("/holds/paper")).form(**{**PAPER, **typed}))


def test_record_is_entered_whole_with_its_end_and_no_false_expiry(
    premises: Premises, office: Office
) -> None:
    premises.add_webhook()
    now = premises.clock.now()

    answer = send(office.person("facility", [FACILITY]))

    hold = premises.hold(answer.headers["location"].rpartition("/")[2])
    kinds = premises.kinds(hold.id)
    assert answer.status_code == 303
    assert (hold.outcome, hold.outcome_at) == ("transferred", now - timedelta(hours=20))
    assert hold.warrant_received_at == now - timedelta(hours=69)
    assert kinds[0] == "hold_registered"
    assert "transfer_recorded" in kinds
    assert not {"hold_expired", "release_without_notification", "over_detention_alarm"} & set(kinds)
    assert premises.deliveries() == []


def test_record_reads_as_entered_late_with_its_one_reason(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])

    said = Page(desk.get(send(desk).headers["location"])).text

    assert "Entered after the fact." in said
    assert "recorded 70 h 00 min later" in said
    assert "Reason: Paper log during the outage." in said


def test_what_it_becomes_is_shown_first_and_nothing_is_recorded(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])

    shown = send(desk, outcome="released", outcome_at="-10h", show="yes")

    said = Page(shown).text.replace("\N{NO-BREAK SPACE}", " ")
    assert shown.status_code == 200
    assert "Not entered yet: so it would stand" in said
    assert "2 h after the deadline." in said
    assert 'value="-70h"' in shown.text
    assert premises.kinds() == []


def test_record_without_its_end_goes_on(premises: Premises, office: Office) -> None:
    answer = send(office.person("facility", [FACILITY]), outcome="", outcome_at="")

    hold = premises.hold(answer.headers["location"].rpartition("/")[2])
    assert hold.outcome is None
    assert "hold_expired" in premises.kinds(hold.id)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"lodged_at": ""}, "lodged_at"),
        ({"outcome_at": ""}, "outcome_at"),
        ({"outcome": ""}, "outcome"),
        ({"served_at": "25:40"}, "served_at"),
        ({"outcome_at": "-90h"}, "outcome_at"),
    ],
    ids=["no reason", "no lodging", "no end time", "no end", "no time", "ended before it came"],
)
def test_one_wrong_entry_refuses_all_and_nothing_typed_is_lost(
    premises: Premises, office: Office, typed: dict[str, str], field: str
) -> None:
    answer = send(office.person("facility", [FACILITY]), **typed)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="-69h"' in answer.text
    assert premises.kinds() == []


def test_record_sent_twice_is_entered_once(premises: Premises, office: Office) -> None:
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get("/holds/paper")).form(**PAPER)

    answers = [desk.post("/holds/paper", form) for _ in range(2)]

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert premises.kinds().count("hold_registered") == 1


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_who_records_no_fact_enters_no_paper(office: Office, role: str) -> None:
    reader = office.person(role)

    assert reader.get("/holds/paper").status_code == 403
    assert reader.send("/holds/paper", PAPER).status_code == 403
