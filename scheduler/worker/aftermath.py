"""What an attempt sets in motion besides its own record.

It teaches something about the endpoint; an alert that fails goes another way; and
administrators hear of what went wrong for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from scheduler.domain.events import Event
from scheduler.errors import PermanentDeliveryError, TransientDeliveryError
from scheduler.store import endpoints, fallback, journal, outbox
from scheduler.store.endpoints import Health
from scheduler.store.engine import Connection
from scheduler.store.fallback import Failure
from scheduler.store.journal import Moment
from scheduler.store.outbox import Result
from scheduler.worker import breaker, verdict
from scheduler.worker.breaker import Learned, Try
from scheduler.worker.sending import Outcome

TOLD_EVERY = timedelta(seconds=60)
"""An endpoint that refuses a hundred alerts for good makes one message a minute, not a
hundred; the list of deliveries shows them all."""


class _Told(NamedTuple):
    """An event about a delivery, and whether administrators hear of it."""

    result: Result
    event: Event
    is_grave: bool


class Aftermath:
    """Records what came of attempts, and all that follows.

    Args:
        chance: Spreads the retries.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._told_at: dict[str, datetime] = {}

    def record(
        self,
        connection: Connection,
        finished: Sequence[Outcome],
        unwell: Mapping[str, Health],
        *,
        now: datetime,
        moment: Moment,
    ) -> dict[str, Health]:
        """Write down what came of attempts.

        Args:
            connection: Of a transaction that writes.
            finished: The attempts.
            unwell: Endpoints on record as failing.
            now: By the clock of pauses.
            moment: By the record's clock.

        Returns:
            The endpoints that fail now.
        """
        results = [verdict.judge(each, now, self._chance) for each in finished]
        learned = self._learn(connection, finished, unwell, now)
        standing = outbox.record(connection, results, moment.now)
        failed = [each.claimed.id for each in standing if verdict.falls_back(each)]
        fallback.make(connection, failed, moment.now)
        opened = {each.channel_id for each in learned if each.opened}
        self._tell(connection, standing, opened, moment)
        fresh = {each.channel_id: each.health for each in learned}
        return {name: health for name, health in {**unwell, **fresh}.items() if health.is_failing}

    def _learn(
        self,
        connection: Connection,
        finished: Sequence[Outcome],
        unwell: Mapping[str, Health],
        now: datetime,
    ) -> list[Learned]:
        learned = breaker.learn(map(_try, filter(_is_telling, finished)), unwell, now)
        # In one order: two processes that learn of the same endpoints must not lock
        # each other out.
        learned.sort(key=lambda each: each.channel_id)
        learned = [
            each
            for each in learned
            if endpoints.remember(connection, each.channel_id, each.health, before=each.before)
        ]
        recovered = [each.channel_id for each in learned if not each.health.is_failing]
        outbox.bring_forward(connection, recovered, now)
        return learned

    def _tell(
        self,
        connection: Connection,
        standing: Sequence[Result],
        opened: Collection[str],
        moment: Moment,
    ) -> None:
        told = self._events(connection, standing, opened)
        subjects = [(verdict.Subject(each.result.claimed), each.event) for each in told]
        event_ids = journal.append(connection, subjects, moment)
        failures = [
            Failure(
                event_id,
                each.result.claimed.event["hold_id"],
                each.event.occurred_at,
                each.result.claimed.channel_id,
            )
            for each, event_id in zip(told, event_ids, strict=True)
            if each.is_grave
        ]
        fallback.tell_administrators(connection, failures, moment.now)

    def _events(
        self, connection: Connection, standing: Sequence[Result], opened: Collection[str]
    ) -> list[_Told]:
        still_to_tell = set(opened)
        failed = [each.claimed.id for each in standing if each.state != "delivered"]
        ways = fallback.ways(connection, failed)
        told: list[_Told] = []
        for result in standing:
            channel_id = result.claimed.channel_id
            opens = channel_id in still_to_tell and result.state != "delivered"
            event = verdict.event(result, opened=opens, instead=ways.get(result.claimed.id))
            if event is None:
                continue
            if opens:
                still_to_tell.discard(channel_id)
            told.append(_Told(result, event, self._is_grave(result, event, opens=opens)))
        return told

    def _is_grave(self, result: Result, event: Event, *, opens: bool) -> bool:
        """Say whether administrators hear of it: at once, but not of everything again."""
        claimed = result.claimed
        # What tells them may itself be given up; to tell of that would never end.
        is_lost = result.state == "dead" and claimed.type != fallback.FAILED
        if not opens and not is_lost:
            return False
        told_at = self._told_at.get(claimed.channel_id)
        was_told = told_at is not None and abs(event.occurred_at - told_at) < TOLD_EVERY
        if was_told and not opens:
            return False
        self._told_at[claimed.channel_id] = event.occurred_at
        return True


def _is_telling(outcome: Outcome) -> bool:
    """Say whether an attempt tells of its endpoint: a fault of our own does not."""
    return outcome.error is None or isinstance(
        outcome.error, TransientDeliveryError | PermanentDeliveryError
    )


def _try(outcome: Outcome) -> Try:
    claimed = outcome.claimed
    error = outcome.error
    asked = None if error is None else error.retry_after
    return Try(claimed.channel_id, error is None, claimed.failed_rounds, asked)
