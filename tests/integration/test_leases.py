from __future__ import annotations

import pytest
from sqlalchemy.exc import DatabaseError

from notifiers.recording import RecordingNotifier
from scheduler.errors import TransientDeliveryError
from scheduler.store import outbox
from scheduler.worker import backoff
from scheduler.worker.delivery import Delivery
from scheduler.worker.lanes import PER_ENDPOINT
from tests.support.house import HeldPool, Premises
from tests.support.together import at_once


@pytest.fixture
def pool() -> HeldPool:
    return HeldPool()


@pytest.fixture
def dying(premises: Premises, pool: HeldPool) -> Delivery:
    """A worker that has one alert in hand."""
    premises.add_webhook()
    premises.register()
    worker = premises.new_delivery(pool=pool, worker_id="dying")
    assert worker.turn() == 1
    return worker


def state(premises: Premises) -> tuple[str, int, bool]:
    (row,) = premises.deliveries()
    return row.state, row.fence, row.possible_duplicate


def test_what_one_worker_sends_no_other_takes_while_the_lease_lasts(
    premises: Premises, dying: Delivery
) -> None:
    other = premises.deliver(seconds=12)

    assert other == 0
    assert state(premises) == ("sending", 1, False)


def test_another_worker_takes_over_when_the_lease_has_lapsed_and_says_so(
    premises: Premises, dying: Delivery
) -> None:
    name = premises.deliveries()[0].hold_id
    premises.clock.tick(seconds=12, microseconds=1)

    other = premises.deliver()

    assert other == 1
    assert state(premises) == ("delivered", 2, True)
    (event,) = premises.events(name, "alert_sent")
    assert event["data"]["possible_duplicate"] is True


def test_the_second_send_carries_the_same_key_as_the_first(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    premises.deliver(seconds=13)
    pool.finish()

    first, second = premises.notifier.attempts
    assert first.alert.id == second.alert.id == premises.deliveries()[0].id
    assert first.alert == second.alert


def test_a_worker_that_lost_its_lease_cannot_undo_what_the_other_did(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    premises.deliver(seconds=13)
    premises.notifier.fail_next(TransientDeliveryError("too late"))
    pool.finish()

    dying.turn(claims=False)

    assert state(premises) == ("delivered", 2, True)
    assert len(premises.attempts(premises.deliveries()[0].id)) == 1
    assert dying.is_idle


def test_a_send_that_takes_long_keeps_its_lease_by_renewing_it(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    for _ in range(5):
        premises.clock.tick(seconds=4)
        dying.turn()
        assert premises.deliver() == 0

    pool.finish()
    dying.turn()

    assert state(premises) == ("delivered", 1, False)


def test_a_worker_does_not_take_its_own_alert_over(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    """As after a pause of the whole process, or of the database."""
    premises.clock.tick(seconds=60)

    again = dying.turn()
    pool.finish()
    dying.turn()

    assert again == 0
    assert state(premises) == ("delivered", 1, False)


def test_a_lease_from_before_the_clock_was_set_back_does_not_last_for_ever(
    premises: Premises, dying: Delivery
) -> None:
    premises.clock.move_to(premises.clock.now().replace(hour=2))

    assert premises.deliver(seconds=1) == 1
    assert state(premises) == ("delivered", 2, True)


def test_a_retry_planned_before_the_clock_was_set_back_is_made_within_a_second(
    premises: Premises,
) -> None:
    premises.add_webhook()
    premises.register()
    premises.notifier.fail_next(TransientDeliveryError("broken"))
    premises.deliver()

    premises.clock.move_to(premises.clock.now().replace(hour=2))

    assert premises.deliver(seconds=1) == 1


def test_what_a_stop_leaves_unfinished_is_handed_back_at_once(
    premises: Premises, dying: Delivery
) -> None:
    dying.finish(grace_s=0.0)

    assert state(premises) == ("waiting", 1, True)
    assert premises.deliver() == 1
    assert state(premises) == ("delivered", 2, True)


def test_a_stop_lets_what_is_nearly_done_be_recorded(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    pool.finish()

    dying.finish(grace_s=4.0)

    assert state(premises) == ("delivered", 1, False)


def test_what_was_sent_while_the_database_was_away_is_recorded_once_it_is_back(
    premises: Premises, dying: Delivery, pool: HeldPool
) -> None:
    pool.finish()
    premises.execute("ALTER TABLE attempt RENAME TO gone")
    with pytest.raises(DatabaseError):
        dying.turn()
    premises.execute("ALTER TABLE gone RENAME TO attempt")

    dying.turn()

    assert state(premises) == ("delivered", 1, False)
    assert dying.is_idle
    assert len(premises.notifier.attempts) == 1


def test_a_worker_has_no_more_than_its_share_under_way(premises: Premises, pool: HeldPool) -> None:
    premises.add_webhook()
    for number in range(PER_ENDPOINT + 5):
        premises.register(f"R-{number}")
    worker = premises.new_delivery(pool=pool)

    full = [worker.turn(), worker.turn()]
    pool.finish()
    rest = worker.turn()

    assert full == [PER_ENDPOINT, 0]
    assert rest == PER_ENDPOINT


def test_new_alerts_go_out_before_repeated_ones_and_the_most_urgent_first(
    premises: Premises, pool: HeldPool
) -> None:
    premises.add_webhook()
    premises.register("FIRST")
    premises.notifier.fail_next(TransientDeliveryError("broken"))
    premises.deliver()
    late = premises.register("LATE", would_release_at="2026-03-02T13:00:00Z").hold.id
    premises.clock.tick(hours=47)
    premises.register("NEW")
    premises.tick()

    now = premises.clock.now()
    with premises.database.write() as connection:
        due = [each.id for each in outbox.due(connection, now, without=())]
        claimed = {each.id: each for each in outbox.claim(connection, "narrow", now, due)}

    assert premises.hold(late).expired_at is not None
    refs = list(dict.fromkeys(claimed[each].facts.hold_ref for each in due))
    assert refs == ["LATE", "NEW", "FIRST"]


def test_what_a_dead_worker_had_in_hand_goes_before_all_that_is_new(
    premises: Premises, dying: Delivery
) -> None:
    (caught,) = premises.deliveries()
    started = premises.register("NEW", would_release_at="2026-03-02T13:00:00Z").hold.id
    premises.clock.tick(seconds=13)
    with premises.database.write() as connection:
        now = premises.clock.now()
        outbox.reclaim(connection, now, longest_pause=backoff.LONGEST)
        first, *others = outbox.due(connection, now)

    assert first.id == caught.id
    # More urgent, and waiting for as long.
    assert {each.id for each in others} == {row.id for row in premises.deliveries(hold_id=started)}


def test_a_worker_that_starts_takes_over_at_once_what_has_lapsed(
    premises: Premises, dying: Delivery
) -> None:
    premises.clock.tick(seconds=13)

    handed_out = premises.new_delivery(worker_id="started").turn()

    assert handed_out == 1


def test_workers_on_one_server_share_the_alerts_and_send_each_once(
    postgres_premises: Premises,
) -> None:
    premises = postgres_premises
    premises.add_webhook()
    for number in range(120):
        premises.register(f"R-{number}")
    ways = [RecordingNotifier() for _ in range(4)]
    workers = [
        premises.new_delivery(ways={"webhook": way}, worker_id=str(number))
        for number, way in enumerate(ways)
    ]

    def drain(worker: Delivery) -> None:
        while worker.turn():
            pass

    at_once(*[lambda worker=worker: drain(worker) for worker in workers])

    sent = [kept.alert.id for way in ways for kept in way.attempts]
    assert len(sent) == len(set(sent)) == 120
    assert {row.state for row in premises.deliveries()} == {"delivered"}


def test_what_waits_is_counted_and_its_next_attempt_known(premises: Premises) -> None:
    premises.add_webhook()
    premises.register()
    with premises.database.read() as connection:
        counted = outbox.counts(connection)
        next_at = outbox.next_attempt_at(connection)

    assert counted == {"waiting": 1}
    assert next_at is not None
    assert next_at <= premises.clock.now()
