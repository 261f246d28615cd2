"""The metrics that Prometheus reads: the only home of `prometheus_client`.

The record's figures are read at each scrape, so that every process tells the same.
What only a worker knows (how late it was, what came of attempts) is counted in it.
No label names a hold, a place or a person: `channel` and `outcome` are all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from scheduler.clock import Clock
from scheduler.domain.events import Kind
from scheduler.store import metrics_rows
from scheduler.store.engine import UNAVAILABLE, Database
from scheduler.store.metrics_rows import Figures
from scheduler.tally import BOUNDS_S, Counted, Tally

CHANNEL_KINDS = ("apprise", "email", "webhook")
RESULTS = ("delivered", "failed")
_RELEASES = (
    (
        Kind.RELEASE_WITHOUT_NOTIFICATION,
        "holdclock_releases_without_notification",
        "Releases without notification on record, withdrawn ones included.",
    ),
    (
        Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
        "holdclock_releases_without_notification_withdrawn",
        "Releases without notification that later entries withdrew.",
    ),
)


class Metrics:
    """Everything that this process tells of itself and of the record.

    Args:
        database: Opened.
        clock: The holds'.
        tally: What this process's worker counts; None where none runs in it.
    """

    def __init__(self, database: Database, clock: Clock, tally: Tally | None) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfRecord(database, clock))
        if tally is not None:
            self._registry.register(_OfWorker(tally))
        ProcessCollector(registry=self._registry)

    def expose(self, accept: str) -> tuple[str, bytes]:
        """Return the metrics as they are now, after their media type.

        Args:
            accept: What the reader takes, as its header says.
        """
        encode, media_type = choose_encoder(accept)
        return media_type, encode(self._registry)


class _OfRecord(Collector):
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def describe(self) -> list[Metric]:
        """Say nothing ahead: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            now = self._database.now(self._clock)
            with self._database.read() as connection:
                figures = metrics_rows.read(connection, now)
        except UNAVAILABLE:
            yield _gauge("holdclock_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("holdclock_database_up", "Whether the database answers.", 1)
        yield from _holds(figures, now)
        yield from _alerts(figures)
        for kind, name, told in _RELEASES:
            yield CounterMetricFamily(name, told, value=figures.events[kind])
        if figures.last_look_at is not None:
            yield _gauge(
                "holdclock_last_look_timestamp_seconds",
                "When a worker's deadline thread last looked, on any host.",
                figures.last_look_at.timestamp(),
            )


def _holds(figures: Figures, now: datetime) -> Iterator[Metric]:
    yield _gauge("holdclock_holds_open", "Holds without an outcome.", figures.open_holds)
    yield _gauge(
        "holdclock_holds_set_aside",
        "Holds that could not be carried on; they are tried every minute.",
        figures.set_aside,
    )
    if figures.next_deadline_at is not None:
        yield _gauge(
            "holdclock_next_deadline_seconds",
            "Time left to the next deadline; absent while none is ahead.",
            (figures.next_deadline_at - now).total_seconds(),
        )
    overdue_s = 0.0
    if figures.earliest_due_at is not None:
        overdue_s = (now - figures.earliest_due_at).total_seconds()
    yield _gauge(
        "holdclock_overdue_seconds",
        "How long the oldest duty that is due has not been carried out.",
        overdue_s,
    )


def _alerts(figures: Figures) -> Iterator[Metric]:
    outbox = GaugeMetricFamily(
        "holdclock_outbox_alerts", "Alerts waiting or being sent.", labels=["channel"]
    )
    for kind in CHANNEL_KINDS:
        outbox.add_metric([kind], figures.outbox.get(kind, 0))
    yield outbox
    yield _gauge(
        "holdclock_dead_letters",
        "Alerts that were given up and not sent again since.",
        figures.dead_letters,
    )


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


class _OfWorker(Collector):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        counted = self._tally.read()
        yield HistogramMetricFamily(
            "holdclock_lateness_seconds",
            "From when a hold's duty was due to when this worker carried it out.",
            buckets=_buckets(counted),
            sum_value=counted.lateness_sum_s,
        )
        attempts = CounterMetricFamily(
            "holdclock_attempts",
            "Attempts of this worker to deliver an alert.",
            labels=["channel", "outcome"],
        )
        # From the start on, or the first failure ever would be no increase of anything.
        for channel in CHANNEL_KINDS:
            for result in RESULTS:
                count = counted.attempts.get((channel, result), 0)
                attempts.add_metric([channel, result], count)
        yield attempts


def _buckets(counted: Counted) -> list[tuple[str, float]]:
    names = [*map(str, BOUNDS_S), "+Inf"]
    return list(zip(names, map(float, accumulate(counted.lateness)), strict=True))
