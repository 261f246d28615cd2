"""Puts the parts together: the only place that knows them all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from config.holidays import ExtraDay, HolidayBook, load_holidays
from config.policies import load_policies
from config.settings import Settings, StoreSettings
from notifiers.apprise_channel import SCHEMES, AppriseNotifier
from notifiers.base import Notifier
from notifiers.guard import Guard
from notifiers.mail_message import check_address
from notifiers.smtp import SmtpNotifier
from notifiers.tls import endpoint_tls
from notifiers.webhook import WebhookNotifier
from scheduler.administration import Administration, Checks
from scheduler.amendments import Amendments
from scheduler.answering import Answers
from scheduler.clock import Clock, SystemClock
from scheduler.directory_views import DirectoryViews
from scheduler.domain.legal_calendar import LegalCalendar
from scheduler.domain.policy_book import PolicyBook
from scheduler.event_log import EventLog
from scheduler.kept_holidays import KeptHolidays
from scheduler.links import AcknowledgeLinks, InvitationLinks
from scheduler.open_holds import OpenHolds
from scheduler.papers.desk import Papers
from scheduler.recorder import Recorder
from scheduler.registry import Registry
from scheduler.replies import Replies
from scheduler.store import holidays, schema
from scheduler.store.cipher import REPLY, WEBHOOK, Cipher
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection, Database, open_database
from scheduler.store.holidays import HolidayRecord
from scheduler.store.rules import RuleBook
from scheduler.tally import Tally
from scheduler.views import Views
from scheduler.worker.deadlines import Deadlines
from scheduler.worker.delivery import AT_MOST, Clocks, Delivery
from scheduler.worker.heartbeat import Heartbeat
from scheduler.worker.invitations import InvitationMails
from scheduler.worker.service import Service
from scheduler.worker.timekeeper import Timekeeper


class Law(NamedTuple):
    """What the holds are judged by: policies and holidays on record."""

    book: PolicyBook
    holidays: HolidayBook

    def calendar_for(self, connection: Connection, facility: FacilityRecord) -> LegalCalendar:
        """Return the legal calendar of a facility, with the days added since."""
        return self.calendar_with(facility, holidays.all_of(connection))

    def calendar_with(
        self, facility: FacilityRecord, records: Sequence[HolidayRecord]
    ) -> LegalCalendar:
        """Return the legal calendar of a facility, with these days beside those on file."""
        added = tuple(
            ExtraDay(each.day, each.name, each.source, each.policies, each.states, each.facilities)
            for each in records
        )
        book = replace(self.holidays, extra=self.holidays.extra + added)
        return book.calendar(facility.timezone, state=facility.state, facility_code=facility.code)


def read_law(settings: StoreSettings) -> Law:
    """Read policies and holidays.

    Raises:
        ConfigError: With everything that is wrong in them.
    """
    book = load_policies(settings.policies_file)
    return Law(book, load_holidays(settings.holidays_file, policies=frozenset(book)))


@dataclass(frozen=True, kw_only=True)
class House:
    """An opened database with everything that reads and writes it."""

    database: Database
    clock: Clock
    law: Law
    rule_book: RuleBook
    recorder: Recorder
    registry: Registry
    administration: Administration
    directory: DirectoryViews
    amendments: Amendments
    holidays: KeptHolidays
    event_log: EventLog
    person_cipher: Cipher | None
    webhook_cipher: Cipher | None

    def close(self) -> None:
        """Give back every connection."""
        self.database.close()


def prepare_database(settings: StoreSettings) -> None:
    """Create the database if need be, and bring its schema up to date.

    Raises:
        StoreError: The schema is newer than this release.
    """
    database = open_database(settings.database_url)
    try:
        schema.migrate(database)
    finally:
        database.close()


def open_house(
    settings: StoreSettings,
    *,
    clock: Clock | None = None,
    sends: bool = True,
    durable: bool = True,
    simulation: bool = False,
) -> House:
    """Open the database and put everything around it.

    Args:
        settings: With keys (`Settings`) where people's data or secrets come in.
        clock: The machine's own unless given.
        sends: False records alerts without sending them.
        durable: False leaves out the wait for the disk.
        simulation: Accept a database that a replay filled.

    Raises:
        ConfigError: Policies or holidays are wrong.
        StoreError: The database cannot be used as it is.
    """
    law = read_law(settings)
    database = open_database(settings.database_url, durable=durable)
    schema.require(database, simulation=simulation)
    clock = clock or SystemClock()
    data_key = settings.data_key if isinstance(settings, Settings) else None
    person = None if data_key is None else Cipher(data_key)
    webhook = None if data_key is None else Cipher(data_key, purpose=WEBHOOK)
    rule_book = RuleBook(law.holidays.federal)
    recorder = Recorder(database, clock, rule_book=rule_book, sends=sends)
    amendments = Amendments(recorder, law.book)
    return House(
        database=database,
        clock=clock,
        law=law,
        rule_book=rule_book,
        recorder=recorder,
        registry=Registry(recorder, book=law.book, calendar_for=law.calendar_for, cipher=person),
        administration=Administration(
            database,
            clock,
            book=law.book,
            cipher=webhook,
            checks=_checks(settings),
        ),
        directory=DirectoryViews(database, clock),
        amendments=amendments,
        holidays=KeptHolidays(recorder, amendments, book=law.book, calendar_with=law.calendar_with),
        event_log=EventLog(database, clock),
        person_cipher=person,
        webhook_cipher=webhook,
    )


def _checks(settings: StoreSettings) -> Checks:
    guard = _guard(settings)
    schemes = settings.apprise_schemes if isinstance(settings, Settings) else None
    return Checks(
        url=guard.check_url,
        address=check_address,
        apprise_url=AppriseNotifier(guard, schemes=schemes or SCHEMES).check_url,
        certificates=endpoint_tls,
    )


def _guard(settings: StoreSettings) -> Guard:
    if not isinstance(settings, Settings):
        return Guard()
    return Guard(
        allowed_networks=settings.webhook_allowed_networks,
        allowed_ports=settings.webhook_allowed_ports,
    )


def notifiers(settings: Settings) -> Mapping[str, Notifier]:
    """Return the ways out of the house that the settings provide."""
    guard = _guard(settings)
    ways: dict[str, Notifier] = {
        "webhook": WebhookNotifier(guard),
        "apprise": AppriseNotifier(guard, schemes=settings.apprise_schemes or SCHEMES),
    }
    mailer = _mailer(settings)
    if mailer is not None:
        ways["email"] = mailer
    return ways


def build_fetch(settings: Settings) -> Callable[..., tuple[int, bytes]]:
    """Return the guarded way out for what the product itself asks of others."""
    return WebhookNotifier(_guard(settings)).fetch


def _mailer(settings: Settings) -> SmtpNotifier | None:
    if not settings.smtp_host:
        return None
    return SmtpNotifier(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security.value,
        username=settings.smtp_username or "",
        password=settings.smtp_password or "",
        sender=settings.smtp_from or "",
    )


def build_invitation_mails(house: House, settings: Settings, *, pool: Executor) -> InvitationMails:
    """Return what sends invitations; the pool runs the sends."""
    mailer = _mailer(settings)
    return InvitationMails(
        house.database,
        clock=house.clock,
        real=SystemClock(),
        post=None if mailer is None else mailer.post,
        links=InvitationLinks(settings.secret_key, settings.base_url),
        base_url=settings.base_url,
        pool=pool,
    )


def build_views(house: House) -> Views:
    """Return every way to read the record, all of it."""
    return Views(house.database, house.clock, rule_book=house.rule_book, book=house.law.book)


def build_open_holds(house: House) -> OpenHolds:
    """Return what a board reads, all of it."""
    return OpenHolds(house.database, house.clock, rule_book=house.rule_book)


def build_papers(house: House) -> Papers:
    """Return what makes the papers to print."""
    return Papers(house.database, house.clock, rule_book=house.rule_book, event_log=house.event_log)


def acknowledge_links(settings: Settings) -> AcknowledgeLinks:
    """Return what makes and reads the links to answer alerts by."""
    return AcknowledgeLinks(settings.secret_key, settings.base_url)


def build_answers(house: House, settings: Settings) -> Answers:
    """Return what the page behind those links reads and records."""
    return Answers(house.recorder, acknowledge_links(settings), build_views(house))


def build_replies(house: House, settings: Settings) -> Replies:
    """Return what keeps answers, to give them again to whoever asks twice."""
    return Replies(house.database, house.clock, Cipher(settings.data_key, purpose=REPLY))


def _heartbeat(settings: Settings, pool: Executor, clock: Clock) -> Heartbeat | None:
    if settings.heartbeat_url is None:
        return None
    ping = partial(WebhookNotifier(_guard(settings)).ping, settings.heartbeat_url)
    return Heartbeat(ping, pool, clock)


def build_worker(
    house: House,
    settings: Settings,
    *,
    ways: Mapping[str, Notifier] | None = None,
    tally: Tally | None = None,
) -> Service:
    """Return a worker for the house; nothing runs before its `start`.

    Args:
        house: Opened.
        settings: With keys.
        ways: Out of the house, instead of those of the settings.
        tally: Counts what the worker does, for whoever shows it.
    """
    real = SystemClock()
    timekeeper = Timekeeper(house.database, house.clock)
    pool = ThreadPoolExecutor(AT_MOST, thread_name_prefix="send")
    worker_id = secrets.token_hex(8)
    delivery = Delivery(
        house.database,
        ways if ways is not None else notifiers(settings),
        clocks=Clocks(real, real, house.clock),
        pool=pool,
        rule_book=house.rule_book,
        cipher=house.webhook_cipher or Cipher(settings.data_key, purpose=WEBHOOK),
        base_url=settings.base_url,
        worker_id=worker_id,
        links=acknowledge_links(settings),
        tally=tally,
    )
    deadlines = Deadlines(house.database, timekeeper, rule_book=house.rule_book, tally=tally)
    service = Service(
        house.database,
        clock=house.clock,
        real=real,
        deadlines=deadlines,
        delivery=delivery,
        timekeeper=timekeeper,
        pool=pool,
        worker_id=worker_id,
        heartbeat=_heartbeat(settings, pool, real),
        invitations=build_invitation_mails(house, settings, pool=pool),
    )
    house.recorder.on_commit = service.wake
    return service
