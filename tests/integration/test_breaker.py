"""An endpoint that fails five rounds running is tried once a minute until it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from scheduler.errors import TransientDeliveryError
from tests.support.endpoints import deliver_for, health, opened
from tests.support.house import HeldPool, Premises
from tests.support.switchboard import BROKEN, Switchboard

STARTED = "2026-03-02T13:00:00Z"


def announcements(premises: Premises) -> list[dict[str, Any]]:
    return [e for e in premises.events(kind="alert_failed") if e["data"].get("breaker_opened")]


# When it opens.


def test_posts_that_fail_side_by_side_are_one_failed_round(
    premises: Premises, hooks: Switchboard
) -> None:
    pool = HeldPool()
    worker = premises.new_delivery(ways={"webhook": hooks}, pool=pool)
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    for number in range(8):
        premises.register(f"R-{number}")
    worker.turn()
    assert len(pool.waiting) == 2
    # They come back one after the other, not in the same turn.
    last = pool.waiting.pop()
    pool.finish()
    worker.turn(claims=False)
    last()
    worker.turn(claims=False)

    assert health(premises, channel)[0] == 1


def test_five_failed_rounds_open_it_and_four_do_not(premises: Premises, hooks: Switchboard) -> None:
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    premises.register()
    rounds = []

    for _ in range(5):
        premises.deliver()
        rounds.append(health(premises, channel))
        (row,) = premises.deliveries(channel_id=channel)
        premises.clock.tick(seconds=(row.attempt_at - premises.clock.now()).total_seconds())

    assert [count for count, _ in rounds] == [1, 2, 3, 4, 5]
    assert [probe is not None for _, probe in rounds] == [False] * 4 + [True]
    assert len(announcements(premises)) == 1


def test_a_fault_of_our_own_says_nothing_about_the_endpoint(premises: Premises) -> None:
    channel = premises.add_webhook()
    bad = premises.register("BAD").hold.id
    premises.execute("INSERT INTO pinned_rules (id, body) VALUES ('broken', '{\"policy\": 7}')")
    premises.execute("UPDATE hold SET rules_id = 'broken' WHERE id = :id", id=bad)

    deliver_for(premises, 40)

    assert premises.deliveries()[0].attempts >= 2
    assert health(premises, channel) == (0, None)


# While it is open.


def test_an_open_breaker_lets_one_probe_a_minute_through_whatever_waits(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    for number in range(20):
        premises.register(f"R-{number}")
    before = hooks.tries(channel)

    deliver_for(premises, 300, step=3)

    assert 4 <= hooks.tries(channel) - before <= 6
    assert len(announcements(premises)) == 1


def test_an_expiry_is_tried_at_once_though_the_breaker_is_open(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = premises.add_webhook()
    premises.register("EXPIRES", would_release_at=STARTED)
    premises.tick(hours=46, minutes=45)
    premises.deliver()
    hooks.broken[channel] = BROKEN
    premises.register("OPENS")
    deliver_for(premises, 890, step=5)
    premises.clock.tick(seconds=9)
    rounds, probe_at = health(premises, channel)
    assert rounds >= 5
    assert probe_at is not None
    before = len(hooks.tried)

    premises.tick(seconds=1)
    premises.deliver()

    fresh = [alert.type for _, alert in hooks.tried[before:]]
    assert "hold.release_without_notification" in fresh


def test_a_clock_set_back_by_a_day_does_not_keep_the_breaker_open_for_one(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    premises.register("LATER")
    before = hooks.tries(channel)
    hooks.broken.clear()

    premises.clock.move_to(premises.clock.now() - timedelta(days=1))
    deliver_for(premises, 61)

    assert hooks.tries(channel) > before
    assert {row.state for row in premises.deliveries(channel_id=channel)} == {"delivered"}


def test_an_endpoint_is_probed_every_minute_though_its_alerts_wait_for_longer(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    for number in range(3):
        premises.register(f"R-{number}")
    deliver_for(premises, 900, step=5)
    assert health(premises, channel)[0] >= 5
    before = hooks.tries(channel)

    deliver_for(premises, 300, step=3)

    assert 4 <= hooks.tries(channel) - before <= 6


def test_an_endpoint_that_asks_for_longer_is_left_alone_for_ten_minutes_at_most(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    for number in range(9):
        premises.register(f"R-{number}")
    asked = timedelta(days=1)
    hooks.broken[channel] = TransientDeliveryError("closed", status=503, retry_after=asked)
    deliver_for(premises, 65)
    before = hooks.tries(channel)

    deliver_for(premises, 590, step=5)
    meanwhile = hooks.tries(channel)
    deliver_for(premises, 20)

    assert meanwhile == before
    assert hooks.tries(channel) == before + 1


# Recovery.


def test_when_a_probe_arrives_everything_that_waits_goes_at_once(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    for number in range(30):
        premises.register(f"R-{number}")
    deliver_for(premises, 2)
    hooks.broken.clear()
    _, probe_at = health(premises, channel)
    assert probe_at is not None

    premises.deliver(seconds=(probe_at - premises.clock.now()).total_seconds())

    assert {row.state for row in premises.deliveries(channel_id=channel)} == {"delivered"}
    assert health(premises, channel) == (0, None)


def test_recovery_leaves_alone_what_a_quiet_hour_holds_back(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    quiet = premises.register("QUIET").hold.id
    premises.hold_back(
        premises.deliveries(hold_id=quiet)[0].id, premises.clock.now() + timedelta(seconds=150)
    )
    hooks.broken.clear()
    premises.register("PROBE")

    deliver_for(premises, 70)
    before = [row.state for row in premises.deliveries(hold_id=quiet)]
    deliver_for(premises, 90)

    assert health(premises, channel) == (0, None)
    assert before == ["waiting"]
    assert [row.state for row in premises.deliveries(hold_id=quiet)] == ["delivered"]


def test_a_new_failure_after_recovery_counts_from_one(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = opened(premises, hooks)
    hooks.broken.clear()
    premises.register("WELL")
    deliver_for(premises, 61)
    hooks.broken[channel] = BROKEN
    premises.register("AGAIN")

    premises.deliver()

    assert health(premises, channel) == (1, None)


# Memory.


def test_a_new_process_finds_the_breaker_open(premises: Premises, hooks: Switchboard) -> None:
    channel = opened(premises, hooks)
    premises.register("LATER")
    tried = hooks.tries(channel)

    premises.delivery = premises.new_delivery(ways={"webhook": hooks}, worker_id="second")
    deliver_for(premises, 3)

    assert hooks.tries(channel) == tried


def test_processes_count_the_failures_of_an_endpoint_together(
    premises: Premises, hooks: Switchboard
) -> None:
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    workers = [
        premises.new_delivery(ways={"webhook": hooks}, worker_id=name) for name in ("a", "b")
    ]
    for round_no in range(5):
        premises.register(f"R-{round_no}")
        while not workers[round_no % 2].turn():
            premises.clock.tick(seconds=1)
        workers[round_no % 2].turn(claims=False)
    counted = health(premises, channel)[0]
    # A success seen by one is a success for both.
    hooks.broken.clear()
    premises.clock.tick(minutes=1)
    while workers[0].turn():
        pass
    hooks.broken[channel] = BROKEN
    premises.register("AGAIN")
    workers[1].turn()
    workers[1].turn(claims=False)

    assert counted == 5
    assert health(premises, channel)[0] == 1
