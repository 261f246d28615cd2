"""What registrations go by is kept in memory: changes of it count at once, in every process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

import pytest
import sqlalchemy as sa

from scheduler import intake, wiring
from scheduler.domain.actors import Actor, Role
from scheduler.errors import HoldNotFoundError
from scheduler.registration import Registered
from scheduler.store import directory, holidays, kept, rules
from scheduler.store.engine import Connection
from scheduler.store.holidays import HolidayRecord
from scheduler.store.ids import LENGTH, SPEAKABLE, speakable
from tests.support.house import OPERATOR, Premises

BUSINESS_DAYS = "8-cfr-287.7d"
LODGED = "2026-03-05T09:00:00-05:00"
"""A Thursday."""


@pytest.fixture
def elsewhere(premises: Premises) -> Iterator[wiring.House]:
    """Another process: the same database, nothing in memory."""
    house = wiring.open_house(premises.settings, clock=premises.clock, durable=False)
    yield house
    house.close()


class RollBackError(Exception):
    """Ends a transaction that comes to nothing."""


@contextmanager
def rolled_back(premises: Premises) -> Iterator[Connection]:
    with suppress(RollBackError), premises.database.write() as connection:
        yield connection
        raise RollBackError


def change_policy(house: wiring.House, policy: str) -> None:
    with house.database.write() as connection:
        directory.change(connection, "facility", "OAK", {"policy": policy})


def register(house: wiring.House, hold_ref: str, actor: Actor = OPERATOR) -> Registered:
    asked = intake.read_registration(
        {
            "facility_code": "OAK",
            "hold_ref": hold_ref,
            "lodged_at": LODGED,
            "served_at": LODGED,
            "would_release_at": LODGED,
        },
        "America/New_York",
        house.clock.now(),
        is_history=True,
    )
    return house.registry.register_hold(asked, actor, is_history=True)


def alerted(house: wiring.House, hold_id: str) -> set[str]:
    with house.database.read() as connection:
        rows = connection.execute(
            sa.text("SELECT contact_id FROM delivery WHERE hold_id = :id"), {"id": hold_id}
        )
        return set(rows.scalars())


def test_a_policy_that_a_facility_takes_elsewhere_is_pinned_by_the_next_hold(
    premises: Premises, elsewhere: wiring.House
) -> None:
    before = register(premises.house, "A").hold.policy

    change_policy(elsewhere, BUSINESS_DAYS)
    after = register(premises.house, "B").hold.policy

    assert (before, after) == ("i-247a", BUSINESS_DAYS)


def test_a_holiday_added_elsewhere_moves_the_limit_of_the_next_hold(
    premises: Premises, elsewhere: wiring.House
) -> None:
    change_policy(elsewhere, BUSINESS_DAYS)
    before = register(premises.house, "A").hold.deadline_at

    nowhere_else: frozenset[str] = frozenset()
    added = HolidayRecord(
        "H",
        date(2026, 3, 6),
        "Founders' Day",
        "Test Code 1",
        nowhere_else,
        nowhere_else,
        nowhere_else,
    )
    with elsewhere.database.write() as connection:
        holidays.add(connection, added, elsewhere.clock.now())
    after = register(premises.house, "B").hold.deadline_at

    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 24 * 3600


def test_a_contact_added_or_switched_off_elsewhere_counts_for_the_next_hold(
    premises: Premises, elsewhere: wiring.House
) -> None:
    register(premises.house, "A")

    added = elsewhere.administration.add_contact(OPERATOR, name="New", office="EAST")
    channel = elsewhere.administration.add_email(OPERATOR, added, "new@example.org")
    told = register(premises.house, "B").hold.id
    elsewhere.administration.disable(OPERATOR, "channel", channel.id)
    untold = register(premises.house, "C").hold.id

    assert added in alerted(premises.house, told)
    assert added not in alerted(premises.house, untold)


def test_what_was_read_in_a_transaction_that_rolled_back_is_not_gone_by(
    premises: Premises, elsewhere: wiring.House
) -> None:
    with rolled_back(premises) as connection:
        directory.change(connection, "facility", "OAK", {"policy": BUSINESS_DAYS})
        undone = kept.of(connection)
        directory.facility(connection, "OAK", undone)
    with premises.database.read() as connection:
        standing = kept.of(connection)

    assert standing.stamp is not None
    assert standing is not undone
    assert register(premises.house, "A").hold.policy == "i-247a"


def test_rules_pinned_in_a_transaction_that_rolled_back_are_pinned_again(
    premises: Premises,
) -> None:
    book = premises.house.rule_book
    first = register(premises.house, "A").hold
    with premises.database.read() as connection:
        known = book.get(connection, [first.rules_id])[first.rules_id]
    others = rules.spelled(known._replace(ladder=known.ladder[:1]))

    with rolled_back(premises) as connection:
        book.store(connection, others)
        book.store(connection, others)
    with premises.database.write() as connection:
        book.store(connection, others)

    with premises.database.read() as connection:
        found = connection.execute(
            sa.text("SELECT id FROM pinned_rules WHERE id = :id"), {"id": others.id}
        )
        assert found.scalar() == others.id


def test_a_reference_taken_at_a_foreign_facility_is_told_to_nobody_else(
    premises: Premises,
) -> None:
    register(premises.house, "A")
    stranger = Actor("key:X", Role.FACILITY, facility_codes=frozenset({"ELM"}))

    with pytest.raises(HoldNotFoundError):
        register(premises.house, "A", stranger)


def test_a_look_costs_three_statements_beside_the_commit(premises: Premises) -> None:
    """Rates waver, so what made registering fast is counted."""
    register(premises.house, "A")
    register(premises.house, "B")
    told: list[str] = []

    def note(*given: object) -> None:
        told.append(str(given[2]))

    engine = premises.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    register(premises.house, "C")
    sa.event.remove(engine, "before_cursor_execute", note)

    begun_and_ended = {"BEGIN IMMEDIATE", "COMMIT"}
    others = [statement for statement in told if statement not in begun_and_ended]
    # On a server: the look, the rows, the call to the workers.
    assert len(others) <= (5 if premises.database.is_sqlite else 3)


def test_ids_are_of_one_length_and_speakable() -> None:
    made = {speakable() for _ in range(1000)}

    assert len(made) == 1000
    assert {len(each) for each in made} == {LENGTH}
    assert set("".join(made)) == set(SPEAKABLE)
