"""Entries corrected on a page: shown first, with a reason, on the version that was read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office

FORM = "/holds/{}/correct"


def opened(premises: Premises, **facts: Any) -> str:
    """Register a hold whose clock runs since an hour, and return its id."""
    started = (premises.clock.now() - timedelta(hours=1)).isoformat()
    return premises.register(
        "OK-1", **{"lodged_at": started, "would_release_at": started, **facts}
    ).hold.id


def send(desk: Any, hold_id: str, field: str, **typed: str) -> Any:
    """Open the form of a correction and send it, as a browser without scripts does."""
    address = FORM.format(hold_id)
    form = Page(desk.get(f"{address}?field={field}")).form()
    return desk.post(address, {**form, **typed})


def test_instant_is_corrected_with_its_reason(premises: Premises, office: Office) -> None:
    hold_id = opened(premises)
    desk = office.person("facility", [FACILITY])
    before = premises.hold(hold_id)

    answer = send(desk, hold_id, "would_release_at", to="-3h", reason="The order names 6:00.")

    after = premises.hold(hold_id)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/holds/{hold_id}")
    assert after.would_release_at == premises.clock.now() - timedelta(hours=3)
    assert after.deadline_at == _earlier(before.deadline_at, hours=2)
    assert "The order names 6:00." in Page(desk.get(f"/holds/{hold_id}")).text


def _earlier(instant: datetime | None, **span: float) -> datetime:
    assert instant is not None
    return instant - timedelta(**span)


def test_what_it_changes_is_shown_first_side_by_side_and_nothing_is_written(
    premises: Premises, office: Office
) -> None:
    hold_id = opened(premises)
    desk = office.person("facility", [FACILITY])
    before, kinds = premises.hold(hold_id), premises.kinds(hold_id)

    answer = send(desk, hold_id, "would_release_at", to="-49h", reason="The order.", show="yes")

    said = Page(answer).text
    assert answer.status_code == 200
    assert "Not corrected yet: so it would change" in said
    assert "DeadlineWed 4 Mar 2026 08:00 ESTMon 2 Mar 2026 08:00 EST" in said
    assert "StateClock runningPast the limit" in said
    assert 'value="-49h"' in answer.text
    assert (premises.hold(hold_id), premises.kinds(hold_id)) == (before, kinds)


def test_policy_is_shown_first_and_then_changed(premises: Premises, office: Office) -> None:
    hold_id = opened(premises)
    desk = office.person("facility", [FACILITY])
    typed = {"to": "8-cfr-287.7d", "reason": "Counsel decided."}

    shown = send(desk, hold_id, "policy", show="yes", **typed)
    untouched = premises.hold(hold_id)
    done = send(desk, hold_id, "policy", **typed)

    assert "After the correction" in Page(shown).text
    assert untouched.policy == "i-247a"
    assert done.status_code == 303
    assert premises.hold(hold_id).policy == "8-cfr-287.7d"


def test_entry_is_taken_off_the_record(premises: Premises, office: Office) -> None:
    hold_id = opened(premises)
    desk = office.person("facility", [FACILITY])

    answer = send(desk, hold_id, "would_release_at", none="yes", reason="Another booking.")

    assert answer.status_code == 303
    assert premises.hold(hold_id).would_release_at is None


def test_outcome_entered_by_mistake_is_taken_off_and_the_hold_reopens(
    premises: Premises, office: Office
) -> None:
    hold_id = opened(premises, outcome="released", outcome_at=premises.clock.now().isoformat())
    desk = office.person("facility", [FACILITY])

    offered = Page(desk.get(f"/holds/{hold_id}")).all(
        "a", href=f"/holds/{hold_id}/correct?field=outcome"
    )
    answer = send(desk, hold_id, "outcome", none="yes", reason="Another person.")

    assert len(offered) == 1
    assert answer.status_code == 303
    assert premises.hold(hold_id).outcome is None


def test_other_outcome_comes_with_its_time(premises: Premises, office: Office) -> None:
    hold_id = opened(premises, outcome="released", outcome_at=premises.clock.now().isoformat())
    desk = office.person("facility", [FACILITY])
    typed = {"to": "transferred", "reason": "The agents came."}

    without, done = (
        send(desk, hold_id, "outcome", **typed),
        send(desk, hold_id, "outcome", at="-30m", **typed),
    )

    assert (without.status_code, done.status_code) == (422, 303)
    assert 'href="#at"' in without.text
    assert premises.hold(hold_id).outcome == "transferred"
    assert premises.hold(hold_id).outcome_at == premises.clock.now() - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"to": "-2h"}, "reason"),
        ({"reason": "x"}, "to"),
        ({"reason": "x", "to": "-2h", "none": "yes"}, "to"),
        ({"reason": "x", "to": "25:40"}, "to"),
        ({"reason": "x", "to": "tomorrow 09:00"}, "to"),
    ],
    ids=["no reason", "nothing right", "both", "no time", "ahead"],
)
def test_what_is_wrong_is_said_at_its_field_and_kept(
    premises: Premises, office: Office, typed: dict[str, str], field: str
) -> None:
    hold_id = opened(premises)
    before = premises.hold(hold_id)

    answer = send(office.person("facility", [FACILITY]), hold_id, "would_release_at", **typed)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert all(f'value="{text}"' in answer.text for text in typed.values())
    assert premises.hold(hold_id) == before


def test_correction_of_what_was_not_seen_is_refused_and_tells_who_was_first(
    premises: Premises, office: Office
) -> None:
    hold_id = opened(premises)
    desk, other = (office.person("facility", [FACILITY]) for _ in range(2))
    address = FORM.format(hold_id)
    form = Page(desk.get(f"{address}?field=would_release_at")).form(to="-3h", reason="The order.")
    send(other, hold_id, "lodged_at", to="-4h", reason="The fax says so.")

    answer = desk.post(address, form)
    again = Page(answer).form()

    said = Page(answer).text
    assert answer.status_code == 412
    assert "Night sergeant was first, at 09:00 EST: Corrected: detainer received" in said
    assert 'value="The order."' in answer.text
    assert desk.post(address, again).status_code == 303


@pytest.mark.parametrize("role", ["agent", "administrator", "auditor"])
def test_who_records_no_fact_corrects_none(premises: Premises, office: Office, role: str) -> None:
    hold_id = opened(premises)
    reader = office.person(role, offices=["EAST"] if role == "agent" else ())

    assert reader.get(FORM.format(hold_id) + "?field=lodged_at").status_code == 403
    assert reader.send(FORM.format(hold_id), {"field": "lodged_at"}).status_code == 403
    assert f"/holds/{hold_id}/correct" not in reader.get(f"/holds/{hold_id}").text


@pytest.mark.parametrize("field", ["id", "outcome_by", "holidays"])
def test_field_that_is_not_corrected_has_no_form(
    premises: Premises, office: Office, field: str
) -> None:
    hold_id = opened(premises)

    answer = office.person("facility", [FACILITY]).get(FORM.format(hold_id) + f"?field={field}")

    assert answer.status_code == 404
