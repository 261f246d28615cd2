from __future__ import annotations

from datetime import timedelta

from scheduler.errors import TransientDeliveryError
from tests.support.house import Premises

STARTED = "2026-03-02T13:00:00Z"


def test_a_jump_of_the_clock_expires_nothing_for_two_minutes_then_says_it_was_suspect(
    sqlite_premises: Premises,
) -> None:
    premises = sqlite_premises
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick()
    premises.clock.move_to(premises.clock.now() + timedelta(days=3))

    at_once = premises.tick()
    nearly = premises.tick(seconds=119)
    believed = premises.tick(seconds=1)

    assert (at_once.events, nearly.events) == (0, 0)
    assert believed.events > 0
    (expired,) = premises.events(name, "hold_expired")
    assert expired["data"]["clock_suspect"] is True
    assert expired["occurred_at"] == "2026-03-04T13:00:00Z"


def test_what_is_due_by_the_steady_clock_is_written_while_the_jump_is_doubted(
    sqlite_premises: Premises,
) -> None:
    premises = sqlite_premises
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick(hours=46, minutes=59)
    premises.clock.move_to(premises.clock.now() + timedelta(hours=1))
    premises.tick()

    premises.tick(minutes=1)

    (expired,) = premises.events(name, "hold_expired")
    assert expired["recorded_at"] == "2026-03-04T13:00:00Z"


def test_a_jump_that_is_taken_back_expires_nothing(sqlite_premises: Premises) -> None:
    premises = sqlite_premises
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick()
    premises.clock.move_to(premises.clock.now() + timedelta(days=3))
    premises.tick(seconds=60)
    premises.clock.move_to(premises.clock.now() - timedelta(days=3))

    premises.tick(minutes=5)

    assert premises.events(name, "hold_expired") == []


def test_a_step_back_writes_nothing_a_second_time(premises: Premises) -> None:
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick(hours=47)
    written = premises.kinds(name)
    premises.clock.move_to(premises.clock.now() - timedelta(hours=3))

    premises.tick()
    premises.tick(hours=2, minutes=50)

    assert premises.kinds(name) == written


def test_a_server_s_clock_is_believed_at_once(postgres_premises: Premises) -> None:
    premises = postgres_premises
    name = premises.register(would_release_at=STARTED).hold.id
    premises.tick()
    premises.clock.move_to(premises.clock.now() + timedelta(hours=47))

    premises.tick()

    (expired,) = premises.events(name, "hold_expired")
    assert "clock_suspect" not in expired["data"]


def test_an_alert_is_not_given_up_by_a_jump_that_is_taken_back(sqlite_premises: Premises) -> None:
    premises = sqlite_premises
    premises.add_webhook()
    premises.notifier.fail_next(*[TransientDeliveryError("away")] * 2)
    premises.register()
    premises.deliver()
    premises.clock.move_to(premises.clock.now() + timedelta(days=2))

    premises.deliver(seconds=10)
    premises.clock.move_to(premises.clock.now() - timedelta(days=2))
    premises.deliver(seconds=40)

    (delivery,) = premises.deliveries()
    assert (delivery.state, delivery.attempts) == ("delivered", 3)


def test_what_came_of_an_alert_while_the_clock_is_doubted_says_so(
    sqlite_premises: Premises,
) -> None:
    premises = sqlite_premises
    premises.add_webhook()
    premises.register()
    premises.clock.move_to(premises.clock.now() + timedelta(days=2))

    premises.deliver()

    (sent,) = premises.events(kind="alert_sent")
    assert sent["data"]["clock_suspect"] is True
