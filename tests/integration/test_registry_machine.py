"""Chance writes through the registry while the worker looks: judged by what the database says.

The pure machine in tests/unit/domain/test_life_of_a_hold.py judges one hold's rules. This
one judges what was stored: that the engine's row, the log and the outbox agree.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from scheduler.clock import SettableClock
from scheduler.domain import duties
from scheduler.domain.corrections import CORRECTABLE
from scheduler.domain.events import Event, Kind
from scheduler.domain.hold import Hold, Outcome, Status, status
from scheduler.domain.policy import Paper
from scheduler.errors import HoldError
from scheduler.store import holds, journal
from tests.support import house
from tests.support.house import Premises
from tests.unit.domain import log_reader

SPANS = st.one_of(
    st.sampled_from([0, 1, 15, 30, 31, 60, 720, 1440, 2879, 2880, 2881]), st.integers(0, 5000)
).map(lambda minutes: timedelta(minutes=minutes))
POLICIES = st.sampled_from(["i-247a", "8-cfr-287.7d", "nc-162-62-2024", "287g-wso"])
WITHDRAWN = {
    Kind.HOLD_EXPIRED: Kind.HOLD_EXPIRY_WITHDRAWN,
    Kind.RELEASE_WITHOUT_NOTIFICATION: Kind.RELEASE_WITHOUT_NOTIFICATION_WITHDRAWN,
}
WHY = "told by chance"


class RegistryLife(RuleBasedStateMachine):
    """Several holds in one database; people write what they please, the worker looks."""

    template: ClassVar[Path]
    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        file = self.folder / "holdclock.db"
        shutil.copyfile(self.template, file)
        self.stack = ExitStack()
        clock = SettableClock(datetime.fromisoformat("2026-03-02T14:00:00Z"))
        opened = house.premises(f"sqlite:///{file}", clock, self.folder)
        self.premises: Premises = self.stack.enter_context(opened)
        self.premises.add_webhook()
        self.count = 0

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder)

    @property
    def now(self) -> datetime:
        return self.premises.clock.now()

    @initialize(target=names, policy=POLICIES)
    def first_hold(self, policy: str) -> str:
        return self.register(policy, {})

    @rule(target=names, policy=POLICIES, ago=SPANS)
    def another_hold(self, policy: str, ago: timedelta) -> str:
        lodged_at = (self.now - ago).isoformat()
        return self.register(policy, {"lodged_at": lodged_at, "reason": WHY})

    def register(self, policy: str, told: dict[str, Any]) -> str:
        self.count += 1
        return self.premises.register(f"R-{self.count}", policy=policy, **told).hold.id

    def refused_or_done(self, write: Callable[[], object]) -> None:
        """A refusal leaves no trace: neither an event nor a changed row."""
        before = self.everything()
        try:
            write()
        except HoldError:
            assert self.everything() == before

    def everything(self) -> tuple[int, list[Any]]:
        with self.premises.database.read() as connection:
            count = connection.execute(sa.select(sa.func.count()).select_from(journal.EVENT))
            return count.scalar_one(), list(connection.execute(sa.select(holds.TABLE)))

    # Time.

    @rule(span=SPANS)
    def time_passes_unwatched(self, span: timedelta) -> None:
        self.premises.clock.tick(seconds=span.total_seconds())

    @rule(span=SPANS)
    def worker_looks(self, span: timedelta) -> None:
        closed = {name for name, hold in self.holds() if hold.outcome is not None}
        seen = {event["id"] for event in self.premises.events()}
        self.premises.tick(seconds=span.total_seconds())
        assert not any(
            event["hold_id"] in closed and event["id"] not in seen
            for event in self.premises.events()
        )
        assert self.premises.tick().holds == 0

    # Facts and corrections.

    @rule(name=names, ago=SPANS)
    def release_comes(self, name: str, ago: timedelta) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.start_clock(name, entry))

    @rule(name=names, span=SPANS)
    def release_is_expected(self, name: str, span: timedelta) -> None:
        entry = self.premises.entry(reason=WHY)
        expected_at = self.now + span
        self.refused_or_done(
            lambda: self.premises.registry.expect_release(name, entry, expected_at)
        )

    @rule(name=names, ago=SPANS, paper=st.sampled_from(Paper))
    def paper_comes(self, name: str, ago: timedelta, paper: Paper) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.receive_paper(name, entry, paper))

    @rule(name=names, ago=SPANS)
    def warrant_is_served(self, name: str, ago: timedelta) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.serve_warrant(name, entry))

    @rule(name=names, ago=SPANS)
    def notice_is_given(self, name: str, ago: timedelta) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.give_notice(name, entry))

    @rule(name=names)
    def somebody_acknowledges(self, name: str) -> None:
        entry = self.premises.entry()
        self.refused_or_done(lambda: self.premises.registry.acknowledge(name, entry))

    @rule(name=names, ago=SPANS, outcome=st.sampled_from(Outcome))
    def hold_ends(self, name: str, ago: timedelta, outcome: Outcome) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.record_outcome(name, entry, outcome))

    @rule(name=names, field=st.sampled_from(CORRECTABLE), ago=st.none() | SPANS)
    def instant_is_corrected(self, name: str, field: str, ago: timedelta | None) -> None:
        entry = self.premises.entry(reason=WHY)
        instant = None if ago is None else self.now - ago
        self.refused_or_done(
            lambda: self.premises.registry.correct_instant(name, entry, field, instant)
        )

    @rule(name=names, outcome=st.none() | st.sampled_from(Outcome), ago=SPANS)
    def outcome_is_corrected(self, name: str, outcome: Outcome | None, ago: timedelta) -> None:
        entry = self.premises.entry(self.now - ago, reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.correct_outcome(name, entry, outcome))

    @rule(name=names, policy=POLICIES)
    def policy_is_changed(self, name: str, policy: str) -> None:
        entry = self.premises.entry(reason=WHY)
        self.refused_or_done(lambda: self.premises.registry.change_policy(name, entry, policy))

    # What must always be so.

    def holds(self) -> list[tuple[str, Hold]]:
        with self.premises.database.read() as connection:
            ids = list(connection.execute(sa.select(holds.TABLE.c.id)).scalars())
        return [(name, self.premises.hold(name)) for name in ids]

    def log(self, name: str) -> list[dict[str, Any]]:
        return self.premises.events(name)

    @invariant()
    def stored_due_instant_and_status_are_those_of_the_engine(self) -> None:
        for name, hold in self.holds():
            with self.premises.database.read() as connection:
                row = connection.execute(sa.select(holds.TABLE).where(holds.TABLE.c.id == name))
                stored = row.one()
                rules = self.premises.house.recorder.rules(connection, hold)
            assert stored.next_due_at == duties.next_due(hold, rules)
            assert stored.status == status(hold)
            assert stored.retry_at is None

    @invariant()
    def every_event_that_is_named_is_on_the_log_of_the_same_hold(self) -> None:
        for name, _ in self.holds():
            log = self.log(name)
            ids = [event["id"] for event in log]
            assert len(ids) == len(set(ids))
            for place, event in enumerate(log):
                for key in ("answers", "confirms", "confirmed_by", "beside"):
                    if key in event["data"]:
                        assert event["data"][key] in ids[: place + 1], event

    @invariant()
    def one_expiry_and_one_charge_stand_at_most_and_as_the_hold_says(self) -> None:
        for name, hold in self.holds():
            assert self.standing(name, Kind.HOLD_EXPIRED) == _instants(hold.expired_at)
            charges = self.standing(name, Kind.RELEASE_WITHOUT_NOTIFICATION)
            assert charges == _instants(hold.accused_at)

    def standing(self, name: str, kind: Kind) -> list[datetime]:
        log = self.log(name)
        answered = {e["data"]["answers"] for e in log if e["kind"] == WITHDRAWN[kind]}
        return [
            datetime.fromisoformat(event["occurred_at"])
            for event in log
            if event["kind"] == kind and event["id"] not in answered
        ]

    @invariant()
    def log_replays_to_the_facts_of_the_hold(self) -> None:
        for name, hold in self.holds():
            told = log_reader.facts_told([_event(event) for event in self.log(name)])
            for field in (*CORRECTABLE, "policy", "outcome", "outcome_at"):
                assert told.get(field) == getattr(hold, field), field

    @invariant()
    def nothing_is_dated_after_it_was_recorded(self) -> None:
        for event in self.premises.events():
            occurred_at, recorded_at = (
                datetime.fromisoformat(event[name]) for name in ("occurred_at", "recorded_at")
            )
            assert occurred_at <= recorded_at, event

    @invariant()
    def closed_hold_has_one_outcome_and_no_reminder_waits(self) -> None:
        for name, hold in self.holds():
            if hold.outcome is None:
                continue
            assert status(hold) is Status(hold.outcome)
            waiting = {
                each.type for each in self.premises.deliveries(hold_id=name, state="waiting")
            }
            assert not waiting & set(journal.OVERTAKEN)


def _instants(instant: datetime | None) -> list[datetime]:
    return [] if instant is None else [instant]


def _event(told: dict[str, Any]) -> Event:
    return Event(
        Kind(told["kind"]),
        datetime.fromisoformat(told["occurred_at"]),
        told["data"],
        by_time=told["actor"] == journal.TIMEKEEPER,
    )


EVERY_RUN = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    # A failing story of twenty steps is short enough to read; shrinking it takes minutes.
    phases=(Phase.explicit, Phase.generate),
)


@pytest.fixture(autouse=True)
def template(migrated_file: Path) -> None:
    RegistryLife.template = migrated_file


TestRegistryLife = RegistryLife.TestCase
TestRegistryLife.settings = EVERY_RUN


@pytest.mark.nightly
class TestManyRegistryLives(RegistryLife.TestCase):  # type: ignore[misc, valid-type]  # made at run time
    settings = settings(EVERY_RUN, max_examples=600, stateful_step_count=40, derandomize=False)
