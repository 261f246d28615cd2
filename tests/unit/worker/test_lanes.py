from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scheduler.store.claims import Claimed
from scheduler.worker.lanes import (
    AT_MOST,
    DEPTH,
    FAILING_AT_MOST,
    FOR_THE_FIRST,
    PER_ENDPOINT,
    Lanes,
)

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)


def alert(
    channel_id: str, number: int = 0, *, urgency: int = 10, failed_rounds: int = 0
) -> Claimed:
    facts: Any = None
    return Claimed(
        id=f"{channel_id}-{number}",
        fence=1,
        attempts=0,
        type="hold.reminder",
        also=(),
        lasting=False,
        urgency=urgency,
        sequence=1,
        written_at=NOW,
        first_attempt_at=None,
        possible_duplicate=False,
        channel_id=channel_id,
        channel_kind="webhook",
        failed_rounds=failed_rounds,
        address="https://hooks.example.gov/holds",
        secrets=None,
        event={},
        facts=facts,
    )


def filled(endpoints: int, each: int, *, name: str = "E", failed_rounds: int = 0) -> Lanes:
    lanes = Lanes()
    for number in range(each):
        for endpoint in range(endpoints):
            lanes.add(alert(f"{name}{endpoint}", number, failed_rounds=failed_rounds))
    return lanes


def sent(lanes: Lanes) -> list[str]:
    return [claimed.id for claimed in lanes.ready()]


# What is sent.


def test_an_endpoint_sends_two_at_a_time() -> None:
    lanes = filled(1, 8)

    first, second = sent(lanes), sent(lanes)

    assert (first, second) == (["E0-0", "E0-1"], [])


def test_a_place_that_is_free_again_is_taken_by_the_next() -> None:
    lanes = filled(1, 3)
    under_way = list(lanes.ready())

    lanes.finish(under_way[0], is_failing=False)

    assert sent(lanes) == ["E0-2"]


def test_no_more_than_fifty_are_under_way() -> None:
    lanes = filled(80, 2)

    assert len(sent(lanes)) == AT_MOST
    assert sent(lanes) == []


def test_the_last_places_are_left_to_endpoints_that_send_none_yet() -> None:
    lanes = filled(AT_MOST - FOR_THE_FIRST, 4, name="HOLE")
    under_way = len(sent(lanes))
    for endpoint in range(30):
        lanes.add(alert(f"GOOD{endpoint}"))

    later = sent(lanes)

    assert under_way == AT_MOST - FOR_THE_FIRST
    assert len(later) == FOR_THE_FIRST
    assert all(each.startswith("GOOD") for each in later)


def test_an_endpoint_that_fails_sends_one() -> None:
    lanes = filled(1, 2, failed_rounds=1)

    assert sent(lanes) == ["E0-0"]


def test_endpoints_that_fail_share_twenty_places() -> None:
    lanes = filled(60, 1, failed_rounds=1, name="HOLE")
    for endpoint in range(10):
        lanes.add(alert(f"GOOD{endpoint}"))

    under_way = sent(lanes)

    assert sum(each.startswith("HOLE") for each in under_way) == FAILING_AT_MOST
    assert sum(each.startswith("GOOD") for each in under_way) == 10


def test_the_most_urgent_goes_first_whatever_was_claimed_before_it() -> None:
    lanes = Lanes()
    for number, urgency in enumerate((13, 10, 10, 1)):
        lanes.add(alert("E", number, urgency=urgency))
    lanes.add(alert("F", 4, urgency=2))

    assert sent(lanes) == ["E-3", "F-4", "E-1"]


def test_endpoints_take_turns() -> None:
    lanes = filled(3, 2)

    assert sent(lanes) == ["E0-0", "E1-0", "E2-0", "E0-1", "E1-1", "E2-1"]


# What is claimed.


def taken(lanes: Lanes, channel_id: str, *failing: str) -> int:
    room = lanes.room(failing)
    count = 0
    while room.take(channel_id):
        count += 1
    return count


def test_a_lane_holds_a_few() -> None:
    lanes = filled(1, 3)

    assert taken(lanes, "E0") == DEPTH - 3
    assert taken(lanes, "OTHER") == DEPTH


def test_a_full_lane_is_left_out_of_the_next_look() -> None:
    lanes = filled(1, DEPTH)

    assert lanes.room(()).without == {"E0"}


def test_for_an_endpoint_that_fails_one_is_claimed() -> None:
    assert taken(Lanes(), "HOLE", "HOLE") == 1


def test_endpoints_that_fail_are_left_out_once_their_places_are_spoken_for() -> None:
    holes = [f"HOLE{number}" for number in range(FAILING_AT_MOST + 5)]
    room = Lanes().room(holes)

    took = [room.take(hole) for hole in holes]

    assert took.count(True) == FAILING_AT_MOST
    assert room.without == set(holes)
    assert room.take("GOOD")


def test_what_another_process_learned_narrows_the_lane() -> None:
    lanes = filled(1, 4)

    lanes.room(["E0"])

    assert len(sent(lanes)) == 1


# What comes back.


def test_what_waits_behind_a_failure_is_given_back() -> None:
    lanes = filled(1, 5)
    under_way = list(lanes.ready())

    given_back = lanes.finish(under_way[0], is_failing=True)

    assert [each.id for each in given_back] == ["E0-2", "E0-3", "E0-4"]
    assert [each.id for each in lanes.claims] == ["E0-1"]


def test_an_empty_lane_is_forgotten() -> None:
    lanes = filled(1, PER_ENDPOINT)

    for each in list(lanes.ready()):
        lanes.finish(each, is_failing=False)

    assert len(lanes) == 0
    assert lanes.room(()).without == set()


def test_a_send_whose_end_could_not_be_recorded_counts_as_under_way_again() -> None:
    lanes = filled(1, 1)
    (under_way,) = lanes.ready()
    lanes.finish(under_way, is_failing=False)

    lanes.resume(under_way)

    assert lanes.sent == [under_way]


def test_a_claim_made_anew_stands_beside_the_old_send_of_the_same_alert() -> None:
    lanes = filled(1, 1)
    (old,) = lanes.ready()
    lanes.add(old._replace(fence=2))
    (new,) = lanes.ready()

    lanes.finish(old, is_failing=False)

    assert lanes.sent == [new]
