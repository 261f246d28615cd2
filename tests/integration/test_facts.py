from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler import intake
from scheduler.domain.hold import Outcome, Reporter, Status, status
from scheduler.domain.policy import Paper
from scheduler.errors import (
    ConflictError,
    HoldStateError,
    InvalidHoldError,
)
from scheduler.recorder import Entry, Settled
from tests.support.house import OFFICE, OPERATOR, ZONE, Premises

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Where the clock of the tests stands."""


def at(**before: float) -> str:
    return (NOW - timedelta(**before)).isoformat()


# Facts.


Fact = Callable[[Premises, str, Entry], Settled]
EARLIER = NOW - timedelta(minutes=30, microseconds=7)
FACTS: list[Any] = [
    pytest.param(
        lambda p, h, e: p.registry.serve_detainer(h, e),
        "detainer_served",
        {"served_at": EARLIER},
        id="served",
    ),
    pytest.param(
        lambda p, h, e: p.registry.receive_paper(h, e, Paper.WARRANT),
        "paper_received",
        {"warrant_received_at": EARLIER},
        id="warrant-received",
    ),
    pytest.param(
        lambda p, h, e: p.registry.receive_paper(h, e, Paper.JUDICIAL_ORDER),
        "paper_received",
        {"judicial_order_at": EARLIER},
        id="judicial-order",
    ),
    pytest.param(
        lambda p, h, e: p.registry.serve_warrant(h, e),
        "warrant_served",
        {"warrant_served_at": EARLIER},
        id="warrant-served",
    ),
    pytest.param(
        lambda p, h, e: p.registry.start_clock(h, e),
        "clock_started",
        {
            "would_release_at": EARLIER,
            "starts_at": EARLIER,
            "deadline_at": EARLIER + timedelta(hours=48),
            "ceiling_at": EARLIER + timedelta(hours=48),
        },
        id="clock",
    ),
    pytest.param(
        lambda p, h, e: p.registry.expect_release(h, e, NOW + timedelta(days=9)),
        "entry_corrected",
        {"expected_release_at": NOW + timedelta(days=9)},
        id="expected-release",
    ),
    pytest.param(
        lambda p, h, e: p.registry.give_notice(h, e, manner="telephone"),
        "notice_recorded",
        {"notice_given_at": EARLIER},
        id="notice",
    ),
    pytest.param(
        lambda p, h, e: p.registry.acknowledge(h, e, NOW + timedelta(hours=3)),
        "alert_acknowledged",
        {"acknowledged_at": EARLIER, "arrival_at": NOW + timedelta(hours=3)},
        id="acknowledged",
    ),
    pytest.param(
        lambda p, h, e: p.registry.claim_citizenship(h, e), "citizenship_claimed", {}, id="claim"
    ),
    pytest.param(lambda p, h, e: p.registry.log_call(h, e), "call_logged", {}, id="call"),
    *[
        pytest.param(
            lambda p, h, e, outcome=outcome: p.registry.record_outcome(h, e, outcome),
            kind,
            {"outcome": outcome, "outcome_at": EARLIER, "outcome_by": Reporter.FACILITY},
            id=str(outcome),
        )
        for outcome, kind in (
            (Outcome.TRANSFERRED, "transfer_recorded"),
            (Outcome.RELEASED, "release_recorded"),
            (Outcome.CANCELLED, "detainer_cancelled"),
            (Outcome.DECLINED, "detainer_declined"),
            (Outcome.SUPERSEDED, "detainer_superseded"),
            (Outcome.OTHER_CUSTODY, "custody_moved"),
            (Outcome.DIED, "subject_died"),
            (Outcome.ESCAPED, "subject_escaped"),
        )
    ],
]


@pytest.mark.parametrize(("record", "kind", "changed"), FACTS)
def test_a_fact_is_stored_with_its_event_in_one_go(
    premises: Premises, record: Fact, kind: str, changed: dict[str, Any]
) -> None:
    registered = premises.register(lodged_at=at(hours=5))

    settled = record(premises, registered.hold.id, premises.entry(EARLIER, note="as told"))

    kept = premises.hold(registered.hold.id)
    assert {name: getattr(kept, name) for name in changed} == changed
    assert kept.version == registered.hold.version + 1
    assert kept == settled.hold._replace(revision=kept.revision)
    event = next(e for e in premises.events(kept.id, kind) if e["id"] in settled.event_ids)
    assert event["actor"] == OPERATOR.name
    assert event["data"]["note"] == "as told"


def test_the_stored_due_instant_is_the_one_that_the_engine_acts_on(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5))

    settled = premises.registry.start_clock(registered.hold.id, premises.entry(EARLIER))

    assert settled.next_due_at is not None
    left = settled.next_due_at - premises.clock.now()
    before = premises.tick(seconds=left.total_seconds(), microseconds=-1)
    exactly = premises.tick(microseconds=1)

    assert (before.holds, exactly.holds) == (0, 1)


def test_a_refused_fact_leaves_no_trace(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    premises.registry.record_outcome(registered.hold.id, premises.entry(), Outcome.CANCELLED)
    kept, written = premises.hold(registered.hold.id), premises.events()
    premises.clock.tick(minutes=1)

    with pytest.raises(HoldStateError, match="closed as 'cancelled'"):
        premises.registry.start_clock(registered.hold.id, premises.entry())

    assert premises.hold(registered.hold.id) == kept
    assert premises.events() == written


@pytest.mark.parametrize("told", ["note", "reason"])
@pytest.mark.parametrize("text", ["a\x00b", "a\u202eb", "x" * 2001])
def test_a_note_that_could_deceive_or_break_the_log_is_refused(
    premises: Premises, told: str, text: str
) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    written = premises.events()

    with pytest.raises(InvalidHoldError) as caught:
        premises.registry.log_call(registered.hold.id, premises.entry(None, **{told: text}))

    assert caught.value.field == told
    assert premises.events() == written


def test_the_same_fact_again_writes_nothing(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    premises.registry.start_clock(registered.hold.id, premises.entry(EARLIER))
    kept, written = premises.hold(registered.hold.id), premises.events()

    again = premises.registry.start_clock(registered.hold.id, premises.entry(EARLIER))

    assert again.event_ids == ()
    assert premises.hold(registered.hold.id) == kept
    assert premises.events() == written


def test_a_hold_answers_to_its_id_in_small_letters_and_to_its_reference(
    premises: Premises,
) -> None:
    registered = premises.register("OK-7", lodged_at=at(hours=5))

    by_id = premises.registry.log_call(registered.hold.id.lower(), premises.entry())
    by_reference = premises.registry.log_call("OK-7", premises.entry())

    assert by_id.hold.id == by_reference.hold.id == registered.hold.id


def test_a_reference_that_two_facilities_use_is_refused_with_both_ids(premises: Premises) -> None:
    premises.add_facility(office=OFFICE)
    first = premises.register("SAME")
    asked = intake.read_registration(
        {"facility_code": "ELM", "hold_ref": "SAME"}, ZONE, premises.clock.now()
    )
    second = premises.registry.register_hold(asked, OPERATOR)

    with pytest.raises(ConflictError) as caught:
        premises.registry.log_call("SAME", premises.entry())

    assert first.hold.id in str(caught.value)
    assert second.hold.id in str(caught.value)


def test_a_stale_version_is_refused(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    premises.registry.log_call(registered.hold.id, premises.entry())
    premises.registry.serve_detainer(registered.hold.id, premises.entry())
    stale = premises.entry(reason="typing error", version=registered.hold.version)

    with pytest.raises(ConflictError, match="stale"):
        premises.registry.correct_instant(registered.hold.id, stale, "served_at", EARLIER)


def test_what_the_worker_writes_does_not_make_a_version_stale(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    assert premises.tick(hours=30).events > 0
    entry = premises.entry(reason="typing error", version=registered.hold.version)

    premises.registry.correct_instant(registered.hold.id, entry, "lodged_at", EARLIER)

    assert premises.hold(registered.hold.id).lodged_at == EARLIER


def test_a_correction_without_a_reason_is_refused(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5), served_at=at(hours=4))

    with pytest.raises(InvalidHoldError, match="reason"):
        premises.registry.correct_instant(
            registered.hold.id, premises.entry(), "served_at", EARLIER
        )


def test_an_outcome_taken_back_reopens_the_hold_for_the_worker(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    premises.registry.record_outcome(registered.hold.id, premises.entry(), Outcome.TRANSFERRED)
    assert premises.tick(hours=60).events == 0

    premises.registry.correct_outcome(
        registered.hold.id, premises.entry(reason="another person"), None
    )

    kept = premises.hold(registered.hold.id)
    assert status(kept) is Status.EXPIRED
    assert kept.expired_at == NOW + timedelta(hours=44)


def test_a_change_of_policy_pins_other_rules(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))

    premises.registry.change_policy(
        registered.hold.id, premises.entry(reason="ordered by the court"), "8-cfr-287.7d"
    )

    kept = premises.hold(registered.hold.id)
    assert kept.policy == "8-cfr-287.7d"
    assert kept.rules_id != registered.hold.rules_id
    assert "policy_changed" in premises.kinds(kept.id)
