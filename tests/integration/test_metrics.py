"""What Prometheus is told: read from the record, counted by the worker, and naming nobody."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from scheduler.clock import SettableClock
from scheduler.metrics import Metrics
from scheduler.store import metrics_rows, workers
from scheduler.store.engine import open_database
from scheduler.tally import Tally
from scheduler.worker.deadlines import Deadlines
from scheduler.worker.timekeeper import Timekeeper
from tests.support.browser import Browser
from tests.support.house import Premises
from tests.support.switchboard import BROKEN, Switchboard
from web.metrics import create_metrics_app

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def exposed(metrics: Metrics) -> str:
    return metrics.expose("")[1].decode()


def samples(metrics: Metrics) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposed(metrics))
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((name, tuple(sorted(labels.items()))))


def counted(premises: Premises) -> tuple[Metrics, Tally]:
    tally = Tally()
    return Metrics(premises.database, premises.clock, tally), tally


def counting(premises: Premises, tally: Tally) -> Deadlines:
    timekeeper = Timekeeper(premises.database, premises.clock)
    return Deadlines(premises.database, timekeeper, rule_book=premises.house.rule_book, tally=tally)


def test_holds_and_the_next_deadline_are_told(premises: Premises) -> None:
    metrics, _ = counted(premises)
    now = premises.clock.now()

    before = value(metrics, "holdclock_next_deadline_seconds")
    premises.register("R-1")
    premises.register("R-2", would_release_at=(now - timedelta(hours=1)).isoformat())

    assert before is None
    assert value(metrics, "holdclock_holds_open") == 2
    assert value(metrics, "holdclock_next_deadline_seconds") == 47 * 3600
    assert value(metrics, "holdclock_database_up") == 1


def test_what_is_due_and_not_carried_out_is_told_until_it_is(premises: Premises) -> None:
    metrics, tally = counted(premises)
    deadlines = counting(premises, tally)
    hold = premises.register(would_release_at=premises.clock.now().isoformat())
    assert hold.next_due_at is not None
    until_due = hold.next_due_at - premises.clock.now()
    premises.clock.tick(seconds=until_due.total_seconds() + 90)

    overdue = value(metrics, "holdclock_overdue_seconds")
    deadlines.drain()

    assert overdue == 90
    assert value(metrics, "holdclock_overdue_seconds") == 0
    assert value(metrics, "holdclock_lateness_seconds_count") == 1
    assert value(metrics, "holdclock_lateness_seconds_sum") == 90
    assert value(metrics, "holdclock_lateness_seconds_bucket", le="60.0") == 0
    assert value(metrics, "holdclock_lateness_seconds_bucket", le="300.0") == 1


def test_hold_that_cannot_be_written_counts_nothing_and_its_neighbour_once(
    sqlite_premises: Premises,
) -> None:
    premises = sqlite_premises
    tally = Tally()
    deadlines = counting(premises, tally)
    started = premises.clock.now().isoformat()
    refused = premises.register("R-1", would_release_at=started).hold.id
    premises.register("R-2", would_release_at=started)
    premises.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE OF expired_at ON hold "
        f"WHEN NEW.id = '{refused}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    premises.clock.tick(hours=48)

    deadlines.tick()

    assert sum(tally.read().lateness) == 1


def test_outbox_and_dead_letters_are_told_by_channel(premises: Premises) -> None:
    metrics, _ = counted(premises)
    premises.add_webhook()
    premises.register(would_release_at=premises.clock.now().isoformat())

    waiting = value(metrics, "holdclock_outbox_alerts", channel="webhook")
    premises.execute("UPDATE delivery SET state = 'dead', ended_at = written_at")

    assert waiting
    assert waiting == len(premises.deliveries())
    assert value(metrics, "holdclock_outbox_alerts", channel="webhook") == 0
    assert value(metrics, "holdclock_outbox_alerts", channel="email") == 0
    assert value(metrics, "holdclock_dead_letters") == waiting


def test_attempts_are_told_by_channel_and_outcome(premises: Premises) -> None:
    metrics, tally = counted(premises)
    board = Switchboard()
    premises.delivery = premises.new_delivery(ways={"webhook": board}, tally=tally)
    channel_id = premises.add_webhook()
    premises.register(would_release_at=premises.clock.now().isoformat())
    board.broken[channel_id] = BROKEN

    never = value(metrics, "holdclock_attempts_total", channel="webhook", outcome="failed")
    premises.deliver()
    board.broken.clear()
    premises.deliver(minutes=1)

    name = "holdclock_attempts_total"
    assert never == 0
    assert value(metrics, name, channel="webhook", outcome="failed") == len(
        [each for each in premises.deliveries() if each.attempts]
    )
    assert value(metrics, name, channel="webhook", outcome="delivered") == len(
        premises.deliveries(state="delivered")
    )


def test_release_without_notification_counts(premises: Premises) -> None:
    metrics, _ = counted(premises)
    premises.register(would_release_at=premises.clock.now().isoformat())

    premises.tick(hours=49)

    name = "holdclock_releases_without_notification"
    assert value(metrics, f"{name}_total") == len(
        premises.events(kind="release_without_notification")
    )
    assert value(metrics, f"{name}_total") == 1
    assert value(metrics, f"{name}_withdrawn_total") == 0


def test_workers_last_look_is_told(premises: Premises) -> None:
    metrics, _ = counted(premises)
    now = premises.clock.now()

    never = value(metrics, "holdclock_last_look_timestamp_seconds")
    with premises.database.write() as connection:
        workers.start(connection, "w-1", host="this", pid=1, now=now)

    assert never is None
    assert value(metrics, "holdclock_last_look_timestamp_seconds") == now.timestamp()


def test_process_without_a_worker_tells_of_the_record_alone(premises: Premises) -> None:
    names = {name for name, _ in samples(Metrics(premises.database, premises.clock, None))}

    assert "holdclock_holds_open" in names
    assert not {name for name in names if "lateness" in name or "attempts" in name}


def test_database_that_does_not_answer_is_told_beside_what_the_worker_counted(
    clock: SettableClock,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    database = open_database(f"postgresql://nobody@127.0.0.1:{port}/gone")

    metrics = Metrics(database, clock, Tally())

    assert value(metrics, "holdclock_database_up") == 0
    assert value(metrics, "holdclock_holds_open") is None
    assert value(metrics, "holdclock_lateness_seconds_count") == 0


def test_labels_name_channels_and_outcomes_only(premises: Premises) -> None:
    metrics, _ = counted(premises)
    premises.add_webhook()
    hold = premises.register("REF-77").hold

    told = exposed(metrics)

    assert {key for _, labels in samples(metrics) for key, _ in labels} == {
        "channel",
        "outcome",
        "le",
    }
    for secret in (hold.id, "REF-77", "OAK", "EAST", "Duty"):
        assert secret not in told


def test_every_figure_comes_from_an_index(sqlite_premises: Premises) -> None:
    database, asked = sqlite_premises.database, []

    def keep(_: Any, __: Any, statement: str, values: Any, *more: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", keep)
    with database.read() as connection:
        metrics_rows.read(connection, sqlite_premises.clock.now())
    sa.event.remove(database.engine, "before_cursor_execute", keep)
    with database.read() as connection:
        steps = [
            str(step[3])
            for statement, values in asked
            if statement.startswith("SELECT")
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    assert len(steps) > 6
    assert [each for each in steps if re.match("SCAN (hold|delivery|event)", each)
            and "INDEX" not in each] == []  # fmt: skip


def test_page_is_served_to_prometheus_alone(premises: Premises) -> None:
    browser = Browser(create_metrics_app(counted(premises)[0].expose))

    page = browser.get("/metrics")
    other = browser.get("/")
    modern = browser.get("/metrics", headers={"accept": "application/openmetrics-text"})

    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "holdclock_holds_open 0.0" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert other.status_code == 404
    assert modern.text.endswith("# EOF\n")


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="NOT TESTED: metrics by promtool; it is missing"
)
def test_promtool_finds_nothing_to_say(premises: Premises) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None

    said = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposed(counted(premises)[0]),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
