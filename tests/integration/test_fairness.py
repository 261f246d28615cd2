"""A slow, dead or misbehaving endpoint delays nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

from scheduler.worker.lanes import FAILING_AT_MOST
from tests.support.crowd import Endpoint, crowd
from tests.support.house import OFFICE, OPERATOR, HeldPool, Premises
from tests.support.receiver import Answer, BlackHole, Fault, Receiver
from tests.support.switchboard import BROKEN, Switchboard

WITHIN_S = 1.0
STALLED_S = 4.0
"""A busy machine stalls anybody for a moment; less than a receiver that hangs is given."""


def add_endpoint(premises: Premises, name: str) -> str:
    contact = premises.administration.add_contact(OPERATOR, name=name, office=OFFICE)
    url = f"https://hooks.example.gov/{name}"
    return premises.administration.add_webhook(OPERATOR, contact, url).id


# By hand.


def test_the_backlog_of_many_failing_endpoints_hides_no_alert_of_a_good_one(
    premises: Premises,
) -> None:
    board = Switchboard()
    pool = HeldPool()
    worker = premises.new_delivery(ways={"webhook": board}, pool=pool)
    holes = [add_endpoint(premises, f"hole-{number}") for number in range(30)]
    for number in range(20):
        premises.register(f"OLD-{number}")
    premises.execute("UPDATE channel SET failed_rounds = 2")
    good = add_endpoint(premises, "good")
    premises.register("NEW")
    assert len(premises.deliveries()) == 30 * 21 + 1

    worker.turn()
    pool.finish()

    assert board.tries(good) == 1
    assert sum(board.tries(hole) for hole in holes) == FAILING_AT_MOST


def test_the_backlog_of_one_good_endpoint_hides_no_alert_of_another(premises: Premises) -> None:
    board = Switchboard()
    pool = HeldPool()
    worker = premises.new_delivery(ways={"webhook": board}, pool=pool)
    busy = add_endpoint(premises, "busy")
    for number in range(300):
        premises.register(f"OLD-{number}")
    quiet = add_endpoint(premises, "quiet")
    premises.register("NEW")

    worker.turn()
    pool.finish()

    assert (board.tries(busy), board.tries(quiet)) == (2, 1)


def test_a_good_endpoint_with_a_deep_backlog_is_not_starved_by_failing_ones(
    premises: Premises,
) -> None:
    board = Switchboard()
    premises.delivery = premises.new_delivery(ways={"webhook": board})
    good = add_endpoint(premises, "good")
    for number in range(25):
        board.broken[add_endpoint(premises, f"hole-{number}")] = BROKEN
    for number in range(30):
        premises.register(f"R-{number}")

    premises.deliver()

    assert board.tries(good) == 30
    assert {row.state for row in premises.deliveries(channel_id=good)} == {"delivered"}


# On real sockets.


def check_delays(url: str, delays: Sequence[float]) -> None:
    """Fail if an endpoint that hangs holds up others.

    It would do so every time, or else until its send is given up. A machine with other work
    stalls anybody once, so the worst of them is `./dev bench posts` to measure, while it is quiet.
    """
    kind = url.partition(":")[0]
    print(f"{kind}: {median(delays):.2f} s, at most {max(delays):.2f} s")  # noqa: T201 -- figures for the report
    assert median(delays) < WITHIN_S
    assert max(delays) < STALLED_S


def test_a_black_hole_a_drip_a_flood_and_resets_delay_no_good_endpoint(
    migrated_url: str, tmp_path: Path
) -> None:
    faults = (Fault.SLOW, Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.HUGE, Fault.RESET)
    with ExitStack() as closing:
        bad: list[Endpoint] = [closing.enter_context(BlackHole())]
        for fault in faults:
            receiver = closing.enter_context(Receiver())
            receiver.answer_always(Answer(fault=fault))
            bad.append(receiver)
        with crowd(migrated_url, tmp_path, 3, bad) as gathered:
            delays = [gathered.delay_s() for _ in range(8)]
            # The sends that hang end with their receivers; the worker needs not wait.
            closing.close()

    check_delays(migrated_url, delays)


@pytest.mark.parametrize(
    "each", [6, pytest.param(30, marks=pytest.mark.nightly)], ids=["six", "thirty"]
)
def test_black_holes_delay_none_of_as_many_good_endpoints(
    migrated_url: str, tmp_path: Path, each: int
) -> None:
    with ExitStack() as closing:
        holes = [closing.enter_context(BlackHole()) for _ in range(each)]
        with crowd(migrated_url, tmp_path, each, holes) as gathered:
            delays = [gathered.delay_s() for _ in range(6)]
            closing.close()

    check_delays(migrated_url, delays)
