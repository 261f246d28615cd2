from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.hold import Outcome
from scheduler.errors import TransientDeliveryError
from tests.support.house import HeldPool, Premises

STARTED = "2026-03-02T13:00:00Z"
BROKEN = TransientDeliveryError("webhook: answered 500", status=500, answer="it broke")


# Overtaken.


def waiting_reminder(premises: Premises) -> str:
    """Let the 24 h reminder fail once; return its hold's id."""
    name = premises.register(would_release_at=STARTED).hold.id
    premises.add_webhook()
    premises.tick(hours=23)
    premises.notifier.fail_next(BROKEN)
    premises.deliver()
    (reminder,) = premises.deliveries(type="hold.reminder")
    assert reminder.state == "waiting"
    return name


def states(premises: Premises, type_: str) -> list[str]:
    return [delivery.state for delivery in premises.deliveries(type=type_)]


def test_the_next_rung_overtakes_a_reminder_that_has_not_arrived(premises: Premises) -> None:
    waiting_reminder(premises)

    premises.tick(hours=12)
    premises.deliver()

    assert states(premises, "hold.reminder") == ["superseded", "delivered"]


def test_an_outcome_overtakes_a_reminder_and_tells_that_the_hold_closed(
    premises: Premises,
) -> None:
    name = waiting_reminder(premises)

    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    premises.deliver()

    assert states(premises, "hold.reminder") == ["superseded"]
    assert states(premises, "hold.closed") == ["delivered"]


def test_a_new_window_overtakes_a_reminder_of_the_old_one(premises: Premises) -> None:
    name = waiting_reminder(premises)
    moved = premises.clock.now() - timedelta(hours=1)

    premises.registry.correct_instant(
        name, premises.entry(reason="typing error"), "would_release_at", moved
    )
    premises.deliver()

    assert states(premises, "hold.reminder") == ["superseded"]
    assert states(premises, "hold.deadline_changed") == ["delivered"]


@pytest.mark.parametrize("outcome", [Outcome.TRANSFERRED, Outcome.RELEASED])
def test_an_outcome_lets_the_alerts_of_the_expiry_finish(
    premises: Premises, outcome: Outcome
) -> None:
    premises.add_webhook()
    name = premises.register(would_release_at=STARTED).hold.id
    premises.deliver()
    premises.tick(hours=47)
    premises.notifier.fail_next(BROKEN)
    premises.deliver()

    premises.registry.record_outcome(name, premises.entry(), outcome)
    premises.deliver(seconds=6)

    assert states(premises, "hold.release_without_notification") == ["delivered"]


# Overtaken while it was being sent.


@pytest.mark.parametrize("what", ["outcome", "rung", "window"])
def test_an_alert_that_is_overtaken_while_it_is_sent_is_not_tried_again(
    premises: Premises, what: str
) -> None:
    name = premises.register(would_release_at=STARTED).hold.id
    premises.add_webhook()
    premises.tick(hours=23)
    pool = HeldPool()
    premises.delivery = premises.new_delivery(pool=pool)
    premises.notifier.fail_next(BROKEN)
    assert premises.delivery.turn() == 1
    premises.clock.tick(seconds=2)

    if what == "outcome":
        premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    elif what == "rung":
        # Still under way when the next rung comes: its lease is renewed meanwhile.
        premises.tick(hours=12)
    else:
        entry = premises.entry(reason="typing error")
        moved = premises.clock.now() - timedelta(hours=1)
        premises.registry.correct_instant(name, entry, "would_release_at", moved)
    pool.finish()
    premises.delivery.turn(claims=False)

    assert premises.deliveries(type="hold.reminder")[0].state == "superseded"
    (attempt,) = premises.attempts(premises.deliveries(type="hold.reminder")[0].id)
    assert attempt.result == "failed"


def test_an_alert_about_a_correction_after_the_end_is_tried_until_it_arrives(
    premises: Premises,
) -> None:
    """It came after the outcome, so the outcome does not overtake it."""
    name = premises.register(would_release_at=STARTED).hold.id
    premises.registry.record_outcome(name, premises.entry(), Outcome.TRANSFERRED)
    premises.add_webhook()
    premises.clock.tick(minutes=5)
    moved = premises.clock.now() - timedelta(hours=3)
    entry = premises.entry(reason="typing error")
    premises.registry.correct_instant(name, entry, "would_release_at", moved)
    premises.notifier.fail_next(*[BROKEN] * 2)

    premises.deliver()
    premises.deliver(seconds=6)
    premises.deliver(seconds=36)

    assert {delivery.state for delivery in premises.deliveries()} == {"delivered"}
