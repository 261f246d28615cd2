from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import intake, registration
from scheduler.domain.hold import Hold, Outcome, Reporter
from scheduler.errors import (
    ConflictError,
    HoldNotFoundError,
)
from scheduler.store import holds, people
from tests.support.house import FACILITY, OPERATOR, ZONE, Premises
from tests.support.together import at_once

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Where the clock of the tests stands."""


def at(**before: float) -> str:
    return (NOW - timedelta(**before)).isoformat()


# Registration.


def test_a_registration_keeps_every_fact_to_the_microsecond(premises: Premises) -> None:
    told = {
        "detainer_type": "I-247G",
        "lodged_at": "2026-03-01T10:00:00.000001Z",
        "served_at": "2026-03-01T10:00:00.000002Z",
        "warrant_served_at": "2026-03-01T10:00:00.000003Z",
        "would_release_at": "2026-03-01T10:00:00.000004Z",
        "notice_given_at": "2026-03-01T10:00:00.000005Z",
        "warrant_received_at": "2026-03-01T10:00:00.000006Z",
        "judicial_order_at": "2026-03-01T10:00:00.000007Z",
    }

    registered = premises.register("OK/1190", **told)

    kept = premises.hold(registered.hold.id)
    assert kept == registered.hold
    assert (kept.hold_ref, kept.facility_code, kept.detainer_type) == (
        "OK/1190",
        FACILITY,
        "I-247G",
    )
    instants = [kept.lodged_at, kept.served_at, kept.warrant_served_at]
    instants += [kept.would_release_at, kept.notice_given_at]
    instants += [kept.warrant_received_at, kept.judicial_order_at]
    assert instants == [
        datetime(2026, 3, 1, 10, 0, 0, microsecond, tzinfo=UTC) for microsecond in range(1, 8)
    ]
    assert kept.deadline_at == datetime(2026, 3, 3, 10, 0, 0, 4, tzinfo=UTC)


def test_a_registration_with_an_outcome_keeps_it(premises: Premises) -> None:
    registered = premises.register(
        would_release_at=at(hours=30),
        lodged_at=at(hours=40),
        outcome="released",
        outcome_at=at(hours=2),
    )

    kept = premises.hold(registered.hold.id)
    assert kept == registered.hold
    assert (kept.outcome, kept.outcome_by) == (Outcome.RELEASED, Reporter.FACILITY)
    assert kept.outcome_at == NOW - timedelta(hours=2)
    assert registered.next_due_at is None


def test_every_field_of_a_registration_is_tried_by_the_two_tests_above() -> None:
    """A new fact must be added to them."""
    known = {
        *("facility_code", "hold_ref", "detainer_type", "lodged_at", "served_at"),
        *("warrant_served_at", "would_release_at", "expected_release_at", "notice_given_at"),
        *("outcome", "outcome_at", "reason", "policy", "subject_name", "a_number"),
        *("notes", "is_lodged_now", "warrant_received_at", "judicial_order_at"),
        # No field of a hold: an event alone.
        "citizenship_claimed_at",
    }

    assert {field.name for field in fields(intake.Registration)} == known


def test_a_registration_from_before_papers_came_with_it_is_still_the_same() -> None:
    told = {"facility_code": FACILITY, "hold_ref": "OK-1", "lodged_at": "2026-03-01T10:00:00Z"}
    plain = intake.read_registration(told, ZONE, NOW)
    papers = intake.read_registration(
        {**told, "warrant_received_at": "2026-03-01T11:00:00Z"}, ZONE, NOW
    )

    # As it was digested by the first release.
    known = "d2dd9e851515c76d8f85acbc511e03071dc0558f27189a1129e6bb5d20482b19"
    assert registration.digest(plain) == known
    assert registration.digest(papers) != known


def test_a_policy_asked_for_by_name_is_pinned_with_its_version(premises: Premises) -> None:
    registered = premises.register(policy="8-cfr-287.7d", would_release_at=at(hours=1))

    kept = premises.hold(registered.hold.id)
    assert kept.policy == "8-cfr-287.7d"
    rules = premises.house.rule_book
    with premises.database.read() as connection:
        pinned = rules.get(connection, [kept.rules_id])[kept.rules_id]
    assert (pinned.policy.id, pinned.policy.version) == (kept.policy, kept.policy_version)
    assert [policy.id for policy in pinned.checked] == ["i-247a"]


def test_the_same_registration_again_is_the_same_hold_and_writes_nothing(
    premises: Premises,
) -> None:
    told = {"would_release_at": at(hours=1), "served_at": at(hours=2)}
    first = premises.register(**told)
    written = premises.events()
    premises.clock.tick(minutes=5)

    again = premises.register(**told)

    assert (first.is_new, again.is_new) == (True, False)
    assert again.hold == first.hold
    assert again.next_due_at == first.next_due_at
    assert premises.events() == written


def test_a_reference_with_other_fields_is_refused_with_the_hold_it_belongs_to(
    premises: Premises,
) -> None:
    first = premises.register(would_release_at=at(hours=1))

    with pytest.raises(ConflictError, match="R-1/2") as caught:
        premises.register(would_release_at=at(hours=2))

    assert caught.value.hold_id == first.hold.id
    assert premises.scalar("SELECT count(*) FROM hold") == 1


def test_an_unknown_facility_is_refused_and_the_known_ones_are_named(premises: Premises) -> None:
    asked = intake.read_registration(
        {"facility_code": "ELM", "hold_ref": "R-1"}, ZONE, premises.clock.now()
    )

    with pytest.raises(HoldNotFoundError, match=FACILITY):
        premises.registry.register_hold(asked, OPERATOR)


def test_registrations_of_one_reference_at_once_make_one_hold(premises: Premises) -> None:
    told = {"would_release_at": at(hours=1), "lodged_at": at(hours=3)}

    done = at_once(*[lambda: premises.register(**told)] * 6)

    assert len({registered.hold.id for registered in done}) == 1
    assert sorted(registered.is_new for registered in done) == [False] * 5 + [True]
    assert premises.kinds().count("hold_registered") == 1


# People's data.


def test_a_name_and_an_a_number_are_encrypted_at_rest_and_opened_with_the_key(
    premises: Premises,
) -> None:
    registered = premises.register(subject_name="Ana Pérez", a_number="A123456789")

    cipher = premises.house.person_cipher
    assert cipher is not None
    with premises.database.read() as connection:
        person = people.read(connection, cipher, registered.hold.id)
    assert person == people.PersonRecord("Ana Pérez", "A123456789")
    assert "Ana" not in repr(person)


def test_the_revision_moves_at_every_write_and_stays_apart_from_the_version(
    premises: Premises,
) -> None:
    registered = premises.register(lodged_at=at(hours=5), would_release_at=at(hours=4))
    premises.tick(hours=44)
    premises.registry.log_call(registered.hold.id, premises.entry())

    kept = premises.hold(registered.hold.id)
    assert kept.revision > kept.version - 1
    assert (registered.hold.version, kept.version) == (1, 2)


def test_a_write_under_a_revision_that_has_moved_is_not_carried_out(premises: Premises) -> None:
    registered = premises.register(lodged_at=at(hours=5))
    stale: Hold = registered.hold
    premises.registry.log_call(stale.id, premises.entry())

    with premises.database.write() as connection:
        written = holds.update_all(connection, [holds.Written(stale, None, 9)])

    assert written.count() == 0
