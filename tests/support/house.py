"""A house opened on a migrated database, with people to tell, moved by hand.

Nothing here runs by itself: `tick` carries out what is due at the clock's
instant, `deliver` sends what that put in the outbox, in the caller's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from config import settings as config_settings
from notifiers.base import Notifier
from notifiers.recording import RecordingNotifier
from scheduler import clock as clocks
from scheduler import intake, wiring
from scheduler.domain.actors import Actor, Role
from scheduler.domain.hold import Hold
from scheduler.links import AcknowledgeLinks
from scheduler.recorder import Entry
from scheduler.registry import Registered
from scheduler.store import at_once, holds, journal, outbox, schema
from scheduler.store.cipher import WEBHOOK, Cipher
from scheduler.store.engine import open_database
from scheduler.tally import Tally
from scheduler.worker.deadlines import Deadlines, Ticked
from scheduler.worker.delivery import Clocks, Delivery
from scheduler.worker.timekeeper import Timekeeper
from tests.support import processes

Result = TypeVar("Result")

OPERATOR: Final = Actor("cli:tester", Role.OPERATOR)
FACILITY: Final = "OAK"
ELSEWHERE: Final = "ELM"
"""A second facility, where a test adds it."""
OFFICE: Final = "EAST"
ZONE: Final = "America/New_York"
URL: Final = "https://hooks.example.gov/holds"
BASE_URL: Final = "https://holds.example.gov"


def read_settings(
    database_url: str, folder: Path, base_url: str = BASE_URL
) -> config_settings.Settings:
    """Return settings with throw-away keys that let alerts go to this machine."""
    told = {
        "HOLDCLOCK_DATABASE_URL": database_url,
        "HOLDCLOCK_BASE_URL": base_url,
        "HOLDCLOCK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "HOLDCLOCK_WEBHOOK_ALLOWED_PORTS": "1024-65535",
    }
    return config_settings.load_settings(processes.clean_environ(folder, settings=told))


def migrate(database_url: str) -> None:
    """Bring a database's schema up to date."""
    database = open_database(database_url, durable=False)
    try:
        schema.migrate(database)
    finally:
        database.close()


class InlinePool(Executor):
    """Runs what it is given at once, in the thread that gives it."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as exc:
            future.set_exception(exc)
            raise
        return future


class HeldPool(Executor):
    """Keeps what it is given until the test runs it: a send that is under way."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        future: Future[Result] = Future()
        self.waiting.append(lambda: future.set_result(fn(*args, **kwargs)))
        return future

    def finish(self) -> None:
        """Let everything that is under way come to its end."""
        waiting, self.waiting = self.waiting, []
        for run in waiting:
            run()


class Premises:
    """One facility and its office, with everything that reads and writes them.

    Args:
        settings: With a migrated database.
        clock: The holds', moved by hand.
    """

    def __init__(self, settings: config_settings.Settings, clock: clocks.SettableClock) -> None:
        self.settings = settings
        self.clock = clock
        self.house = wiring.open_house(settings, clock=clock, durable=False)
        self.database = self.house.database
        self.registry = self.house.registry
        self.administration = self.house.administration
        self.notifier = RecordingNotifier()
        self.mailer = RecordingNotifier("email")
        self.deadlines = self.new_deadlines()
        self.delivery = self.new_delivery()

    # What is set up once.

    def settle(self, *, policy: str = "i-247a", phone: str | None = "+1 919 555 0142") -> None:
        """Put the office and the facility on record."""
        self.administration.add_office(OPERATOR, OFFICE, name="East office")
        self.administration.add_facility(
            OPERATOR,
            FACILITY,
            name="Oakmont jail",
            state="NC",
            timezone=ZONE,
            policy=policy,
            office=OFFICE,
            phone=phone,
        )

    def add_facility(self, code: str = ELSEWHERE, **more: Any) -> None:
        """Put a second facility on record, or one more; `more` is what is not as usual."""
        usual = {"name": "Elm jail", "state": "NC", "timezone": ZONE, "policy": "i-247a"}
        self.administration.add_facility(OPERATOR, code, **(usual | more))

    def add_webhook(self, url: str = URL, **contact: Any) -> str:
        """Add a contact with a webhook, of the office unless told otherwise; its channel's id."""
        if not contact:
            contact = {"office": OFFICE}
        contact_id = self.administration.add_contact(OPERATOR, name="Duty", **contact)
        return self.administration.add_webhook(OPERATOR, contact_id, url).id

    # Time and people.

    def register(self, hold_ref: str = "R-1", **fields: Any) -> Registered:
        """Register a hold at the facility; fields as they would be typed."""
        told = {"facility_code": FACILITY, "hold_ref": hold_ref, **fields}
        asked = intake.read_registration(told, ZONE, self.clock.now())
        return self.registry.register_hold(asked, OPERATOR)

    def register_many(self, count: int, **fields: Any) -> list[str]:
        """Register a hold and put so many like it beside it; return all ids.

        The copies come without events: what is counted is what the worker writes.
        """
        first = self.register("COPY-0", **fields)
        ids = [first.hold.id, *(f"CPY{number:05d}" for number in range(1, count))]
        copies = [
            first.hold._replace(id=hold_id, hold_ref=f"COPY-{number}")
            for number, hold_id in enumerate(ids[1:], 1)
        ]
        rows = [holds.New(copy, first.next_due_at, quiet=False, digest=copy.id) for copy in copies]
        with self.database.write() as connection:
            at_once.insert(connection, [holds.insertion(rows, self.clock.now())])
        return ids

    def entry(self, at: datetime | None = None, **told: Any) -> Entry:
        """Return what the operator says about when and why."""
        return Entry(actor=OPERATOR, at=at, **told)

    def tick(self, **elapsed: float) -> Ticked:
        """Let time pass, then carry out what is due."""
        if elapsed:
            self.clock.tick(**elapsed)
        return self.deadlines.drain()

    def deliver(self, **elapsed: float) -> int:
        """Let time pass, then send what is due and record it; return how many were sent."""
        if elapsed:
            self.clock.tick(**elapsed)
        sent = 0
        while handed_out := self.delivery.turn():
            sent += handed_out
        return sent

    def new_deadlines(self) -> Deadlines:
        """Return a deadline loop of its own, as another process has."""
        timekeeper = Timekeeper(self.database, self.clock)
        return Deadlines(self.database, timekeeper, rule_book=self.house.rule_book)

    def new_delivery(
        self,
        *,
        ways: Mapping[str, Notifier] | None = None,
        pool: Executor | None = None,
        worker_id: str = "first",
        tally: Tally | None = None,
    ) -> Delivery:
        """Return a delivery loop of its own, as another process has."""
        return Delivery(
            self.database,
            ways or {"webhook": self.notifier, "email": self.mailer},
            clocks=Clocks(self.clock, self.clock, self.clock),
            pool=pool or InlinePool(),
            rule_book=self.house.rule_book,
            cipher=Cipher(self.settings.data_key, purpose=WEBHOOK),
            base_url=BASE_URL,
            worker_id=worker_id,
            links=AcknowledgeLinks(self.settings.secret_key, BASE_URL),
            chance=Random(1),
            tally=tally,
        )

    # What is on record.

    def hold(self, name: str) -> Hold:
        """Return a hold as it is stored."""
        with self.database.read() as connection:
            stored = holds.find(connection, name)
        assert stored is not None
        return stored.hold

    def events(self, hold_id: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the events of a hold, or of all of them, in the order of recording."""
        return [
            event
            for event in self.house.event_log.events()
            if hold_id in (None, event["hold_id"]) and kind in (None, event["kind"])
        ]

    def kinds(self, hold_id: str | None = None) -> list[str]:
        """Return the kinds of the events about holds, in the order of recording."""
        return [event["kind"] for event in self.events(hold_id) if event["hold_id"] is not None]

    def deliveries(self, **wanted: Any) -> list[sa.Row[Any]]:
        """Return the rows of the outbox, the oldest first, that have these values."""
        query = sa.select(journal.DELIVERY).order_by(journal.DELIVERY.c.id)
        for name, value in wanted.items():
            query = query.where(journal.DELIVERY.c[name] == value)
        with self.database.read() as connection:
            return list(connection.execute(query))

    def attempts(self, delivery_id: str) -> list[sa.Row[Any]]:
        """Return the attempts at one delivery, in order."""
        table = outbox.ATTEMPT
        query = sa.select(table).where(table.c.delivery_id == delivery_id).order_by(table.c.number)
        with self.database.read() as connection:
            return list(connection.execute(query))

    def execute(self, statement: str, **values: Any) -> None:
        """Run one statement of SQL, as somebody with the database's password could."""
        with self.database.write() as connection:
            connection.execute(sa.text(statement), values)

    def hold_back(self, delivery_id: str, until: datetime) -> None:
        """Let an alert wait for the end of a quiet hour, as routing writes it."""
        table = journal.DELIVERY
        with self.database.write() as connection:
            connection.execute(
                sa.update(table).where(table.c.id == delivery_id).values(attempt_at=until)
            )

    def scalar(self, statement: str, **values: Any) -> Any:
        """Return the one value that a question in SQL has."""
        with self.database.read() as connection:
            return connection.execute(sa.text(statement), values).scalar_one()

    def close(self) -> None:
        """Give back every connection."""
        self.house.close()


@contextmanager
def premises(
    database_url: str,
    clock: clocks.SettableClock,
    folder: Path,
    *,
    policy: str = "i-247a",
    base_url: str = BASE_URL,
) -> Iterator[Premises]:
    """Lend a house on a migrated database that nobody has used yet."""
    opened = Premises(read_settings(database_url, folder, base_url), clock)
    try:
        opened.settle(policy=policy)
        yield opened
    finally:
        opened.close()
