"""An endpoint that fails five rounds running is tried once a minute until it answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.errors import TransientDeliveryError
from scheduler.store.directory import CHANNEL
from tests.support.house import OFFICE, OPERATOR, HeldPool, Premises
from tests.support.switchboard import BROKEN, GONE, Switchboard

STARTED = "2026-03-02T13:00:00Z"


@pytest.fixture
def hooks(premises: Premises) -> Switchboard:
    board = Switchboard()
    premises.delivery = premises.new_delivery(ways={"webhook": board})
    return board


def health(premises: Premises, channel_id: str) -> tuple[int, datetime | None]:
    """Return the failures running and when an endpoint is probed next."""
    with premises.database.read() as connection:
        row = connection.execute(CHANNEL.select().where(CHANNEL.c.id == channel_id)).one()
    return row.failed_rounds, row.probe_at


def deliver_for(premises: Premises, seconds: int, *, step: int = 1) -> None:
    for _ in range(0, seconds, step):
        premises.deliver(seconds=step)


def opened(premises: Premises, hooks: Switchboard) -> str:
    """Let an endpoint fail until its breaker opens, just now; return its channel."""
    channel = premises.add_webhook()
    hooks.broken[channel] = BROKEN
    premises.register("OPENS")
    while health(premises, channel)[1] is None:
        premises.deliver(seconds=5)
    return channel


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


# Who is told.


def administrators(premises: Premises) -> str:
    contact = premises.administration.add_contact(OPERATOR, name="Admin", administrators=True)
    return premises.administration.add_webhook(
        OPERATOR, contact, "https://hooks.example.gov/admin"
    ).id


def told(hooks: Switchboard, channel_id: str) -> list[Any]:
    return [
        alert
        for channel, alert in hooks.taken
        if channel == channel_id and alert.type == "delivery.failed"
    ]


def test_an_administrator_hears_at_once_that_an_alert_was_given_up(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken[channel] = GONE
    name = premises.register().hold.id

    deliver_for(premises, 1)

    (alert,) = told(hooks, admin)
    assert (alert.kind, alert.hold_id) == ("alert_failed", name)
    assert (alert.failure.channel, alert.failure.status) == ("webhook", 410)
    assert alert.failure.given_up
    assert alert.failure.fallback is None


def test_it_says_which_way_the_alert_goes_instead(premises: Premises, hooks: Switchboard) -> None:
    admin = administrators(premises)
    mails = Switchboard("email")
    premises.delivery = premises.new_delivery(ways={"webhook": hooks, "email": mails})
    contact = premises.administration.add_contact(OPERATOR, name="Duty", office=OFFICE)
    hook = premises.administration.add_webhook(OPERATOR, contact, "https://hooks.example.gov/a").id
    hooks.broken[hook] = GONE
    premises.register()
    premises.administration.add_email(OPERATOR, contact, "duty@example.gov")

    deliver_for(premises, 1)

    (alert,) = told(hooks, admin)
    assert alert.failure.fallback == "email"


def test_an_administrator_hears_at_once_that_a_breaker_opened_and_once_only(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    opened(premises, hooks)

    deliver_for(premises, 300, step=5)

    (alert,) = told(hooks, admin)
    assert alert.failure.breaker_opened
    assert not alert.failure.given_up
    (row,) = premises.deliveries(type="delivery.failed")
    assert row.written_at - alert.occurred_at < timedelta(seconds=60)


def test_many_alerts_given_up_at_one_endpoint_make_one_message_a_minute(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken[channel] = GONE
    for number in range(40):
        premises.register(f"R-{number}")

    deliver_for(premises, 50)

    assert len(premises.deliveries(channel_id=channel, state="dead")) >= 4
    # The first, and that the breaker opened.
    assert len(told(hooks, admin)) == 2


def test_the_administrators_own_broken_channel_makes_no_loop(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken |= {channel: GONE, admin: GONE}
    for number in range(3):
        premises.register(f"R-{number}")

    deliver_for(premises, 600, step=5)

    failed = premises.deliveries(type="delivery.failed")
    assert {row.state for row in failed} == {"dead"}
    assert len(failed) <= 3


def test_an_administrators_broken_channel_is_told_of_through_the_other_one(
    premises: Premises, hooks: Switchboard
) -> None:
    admin = administrators(premises)
    other = administrators(premises)
    channel = premises.add_webhook()
    hooks.broken |= {channel: GONE, admin: BROKEN}
    premises.register()

    deliver_for(premises, 900, step=5)

    assert health(premises, admin)[0] >= 5
    assert [alert.failure.breaker_opened for alert in told(hooks, other)] == [False, True]
