from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from scheduler.domain.events import Kind
from scheduler.errors import DeliveryError, PermanentDeliveryError, TransientDeliveryError
from scheduler.store.claims import Claimed
from scheduler.store.outbox import Result
from scheduler.worker import verdict
from scheduler.worker.sending import Outcome

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
BROKEN = TransientDeliveryError("webhook: answered 500", status=500)
REFUSED = PermanentDeliveryError("webhook: answered 410", status=410)


def claimed(
    *,
    attempts: int = 0,
    lasting: bool = False,
    first_attempt_at: datetime | None = NOW,
    ceiling_at: datetime | None = None,
    deadline_at: datetime | None = None,
) -> Claimed:
    facts: Any = SimpleNamespace(ceiling_at=ceiling_at, deadline_at=deadline_at)
    return Claimed(
        id="D1",
        fence=1,
        attempts=attempts,
        type="hold.reminder",
        also=(),
        lasting=lasting,
        urgency=10,
        sequence=1,
        written_at=NOW,
        first_attempt_at=first_attempt_at,
        possible_duplicate=False,
        channel_id="C1",
        channel_kind="webhook",
        failed_rounds=0,
        address="https://hooks.example.gov/holds",
        secrets=None,
        event={},
        facts=facts,
    )


def outcome(which: Claimed, error: DeliveryError | None) -> Outcome:
    status = 200 if error is None else error.status
    return Outcome(which, NOW, 7, status, "told", error)


def judged(error: DeliveryError | None, **told: Any) -> Result:
    return verdict.judge(outcome(claimed(**told), error), NOW, Random(1))


# What becomes of it.


def test_what_arrived_is_delivered() -> None:
    result = judged(None)

    assert (result.state, result.result, result.status) == ("delivered", "delivered", 200)
    assert (result.duration_ms, result.answer) == (7, "told")


def test_what_may_work_later_waits_for_its_pause() -> None:
    result = judged(BROKEN, attempts=1)

    assert (result.state, result.result) == ("waiting", "failed")
    assert timedelta(seconds=24) <= result.attempt_at - NOW <= timedelta(seconds=36)


def test_what_is_refused_for_good_is_dead() -> None:
    assert judged(REFUSED).state == "dead"


@pytest.mark.parametrize(
    ("lasting", "hours", "state"),
    [
        (False, 23, "waiting"),
        (False, 24, "dead"),
        (True, 74, "waiting"),
        (True, 75, "dead"),
    ],
)
def test_an_alert_is_given_up_after_its_time(lasting: bool, hours: int, state: str) -> None:
    began = NOW - timedelta(hours=hours)

    result = judged(BROKEN, attempts=99, lasting=lasting, first_attempt_at=began)

    assert result.state == state


# What a receiver asks for.


@pytest.mark.parametrize(
    ("asked", "limit_in", "waits"),
    [
        pytest.param(timedelta(seconds=90), None, timedelta(seconds=90), id="as asked"),
        pytest.param(timedelta(days=1), None, timedelta(minutes=10), id="ten minutes at most"),
        pytest.param(
            timedelta(minutes=9), timedelta(minutes=4), timedelta(minutes=4), id="up to the limit"
        ),
        pytest.param(
            timedelta(minutes=9), -timedelta(minutes=4), timedelta(minutes=9), id="limit has passed"
        ),
    ],
)
def test_a_receiver_is_left_alone_for_as_long_as_it_asks_within_limits(
    asked: timedelta, limit_in: timedelta | None, waits: timedelta
) -> None:
    busy = TransientDeliveryError("busy", status=503, retry_after=asked)
    ceiling_at = None if limit_in is None else NOW + limit_in

    result = judged(busy, ceiling_at=ceiling_at)

    assert result.attempt_at - NOW == waits


def test_of_two_limits_the_next_one_counts() -> None:
    busy = TransientDeliveryError("busy", status=429, retry_after=timedelta(minutes=10))

    result = judged(
        busy, ceiling_at=NOW - timedelta(hours=1), deadline_at=NOW + timedelta(minutes=2)
    )

    assert result.attempt_at - NOW == timedelta(minutes=2)


# Another way.


@pytest.mark.parametrize(
    ("error", "attempts", "expected"),
    [
        pytest.param(None, 5, False, id="arrived"),
        pytest.param(BROKEN, 0, False, id="first failure"),
        pytest.param(BROKEN, 1, True, id="second failure"),
        pytest.param(REFUSED, 0, True, id="refused for good"),
    ],
)
def test_the_second_failure_and_a_refusal_send_it_another_way(
    error: DeliveryError | None, attempts: int, expected: bool
) -> None:
    assert verdict.falls_back(judged(error, attempts=attempts)) is expected


# What the log says.


@pytest.mark.parametrize(
    ("error", "attempts", "kind"),
    [
        pytest.param(None, 3, Kind.ALERT_SENT, id="arrived"),
        pytest.param(BROKEN, 0, Kind.ALERT_FAILED, id="first failure"),
        pytest.param(BROKEN, 1, None, id="a failure between"),
        pytest.param(REFUSED, 4, Kind.ALERT_FAILED, id="given up"),
    ],
)
def test_the_log_tells_of_the_first_failure_and_of_the_end(
    error: DeliveryError | None, attempts: int, kind: Kind | None
) -> None:
    event = verdict.event(judged(error, attempts=attempts), opened=False)

    assert (None if event is None else event.kind) == kind


def test_a_failure_between_is_told_where_it_opens_the_breaker() -> None:
    event = verdict.event(judged(BROKEN, attempts=4), opened=True, instead="email")

    assert event is not None
    assert event.data["breaker_opened"] is True
    assert (event.data["attempt"], event.data["status"], event.data["instead"]) == (5, 500, "email")
    assert "given_up" not in event.data
    assert event.occurred_at == NOW + timedelta(milliseconds=7)
