from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler.demo.inbox import Arrival, Finding
from scheduler.demo.promises import PROMISED, Promises

NOW = datetime(2025, 8, 28, 12, tzinfo=UTC)
GOOD = Finding("VERIFIED", is_good=True)
REFUSED = Finding("VERIFIED, answered 503", is_good=False, is_refused=True)
FORGED = Finding("NOT VERIFIED", is_good=False)


def event(kind: str, hold_id: str = "H1", **data: Any) -> dict[str, Any]:
    return {"kind": kind, "hold_id": hold_id, "hold_ref": "R-1", "data": data}


def arrival(finding: Finding, key: str = "msg_1", way: str = "webhook") -> Arrival:
    return Arrival(NOW, way, "NORTH agent", key, "FOX R-1 hold.reminder", finding)


def kept(*events: dict[str, Any]) -> set[str]:
    promises = Promises()
    for each in events:
        promises.see_event(each)
    return promises.kept


def test_nothing_seen_is_nothing_kept() -> None:
    promises = Promises()

    assert not promises.all_kept
    assert promises.kept == set()


@pytest.mark.parametrize(
    ("events", "title"),
    [
        (["hold_registered"], "a detainer lodged"),
        (["hold_expired"], "a hold expired"),
        (["transfer_recorded"], "a transfer in time"),
        (["notice_recorded", "release_recorded"], "a release with notice"),
        (["alert_escalated", "alert_acknowledged"], "a reminder passed on until answered"),
        (["authority_missing", "detainer_served"], "no authority on record, served late"),
    ],
)
def test_promise_is_kept_by_its_events(events: list[str], title: str) -> None:
    assert title in kept(*map(event, events))


@pytest.mark.parametrize(
    ("events", "title"),
    [
        (["hold_expired", "transfer_recorded"], "a transfer in time"),
        (["release_recorded", "notice_recorded"], "a release with notice"),
        (["alert_acknowledged", "alert_escalated"], "a reminder passed on until answered"),
        (["detainer_served"], "no authority on record, served late"),
        (["clock_started"], "an expected release that nobody confirmed"),
    ],
)
def test_promise_is_not_kept_by_events_in_another_order(events: list[str], title: str) -> None:
    assert title not in kept(*map(event, events))


def test_promise_about_one_hold_is_not_kept_by_two() -> None:
    seen = kept(event("notice_recorded", "H1"), event("release_recorded", "H2"))

    assert "a release with notice" not in seen


def test_only_a_second_try_of_the_same_alert_makes_a_refusal_good() -> None:
    promises = Promises()

    promises.see_arrival(arrival(REFUSED, "msg_1"))
    promises.see_arrival(arrival(GOOD, "msg_2"))

    assert "an alert refused once and delivered later" not in promises.kept

    promises.see_arrival(arrival(GOOD, "msg_1"))

    assert "an alert refused once and delivered later" in promises.kept


def test_one_unverified_alert_spoils_a_demo_that_showed_everything() -> None:
    promises = Promises()
    promises.kept.update(PROMISED)
    assert promises.all_kept

    promises.see_arrival(arrival(FORGED))

    assert not promises.all_kept


def test_alert_given_up_spoils_a_demo_that_showed_everything() -> None:
    promises = Promises()
    promises.kept.update(PROMISED)

    promises.see_event(event("alert_failed"))
    assert promises.all_kept

    promises.see_event(event("alert_failed", given_up=True))
    assert not promises.all_kept
