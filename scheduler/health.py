"""Whether this installation does its work: what `doctor` prints and `/readyz` says.

Each check says what it found and, where that is not well, how to mend it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduler.clock import Clock
from scheduler.domain.instants import duration_text, rfc3339
from scheduler.errors import InvalidHoldError, StoreError
from scheduler.silence import is_silent
from scheduler.store import directory, holds, metrics_rows, outbox, schema, soundness, workers
from scheduler.store.engine import UNAVAILABLE, Connection, Database
from scheduler.store.metrics_rows import Figures
from scheduler.store.workers import WorkerSeen

CLOCKS_MAY_PART = timedelta(seconds=2)
OVERDUE_AFTER = timedelta(seconds=60)
WAITS_TOO_LONG = timedelta(minutes=5)
"""An alert still waiting so long after it was to be tried: nobody sends."""
DEAD_LETTERS_FROM = timedelta(days=7)
"""What was given up longer ago is on record, and no news."""

TO_SERVE = frozenset({"database", "schema", "clock", "overdue", "set aside"})
"""What must be well for pages to be of use; the rest is for whoever runs `doctor`."""
LOOKED_AT_FOR_S = 1.0


class Check(NamedTuple):
    """One thing looked at.

    Attributes:
        found: What is the case.
        mend: What to do about it; empty where all is well.
    """

    name: str
    found: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        """Say whether nothing needs doing."""
        return not self.mend


class Condition(NamedTuple):
    """How the house is, as a page shows it: the checks, and the figures behind them.

    Attributes:
        at: UTC, when it was looked at.
        checks: As `examine` returns them.
        figures: Of the record, as the metrics have them.
        workers: Those that look, the last to look first.
        is_clock_suspect: The clock of one of them jumped.
        off_by: This host's clock from the database's; None where it is the one that counts.
        waiting_since: When the oldest alert that waits was written; None where none does.
        given_up: Alerts, in the last 7 days.
        schema: The revision of the database.
    """

    at: datetime
    checks: tuple[Check, ...]
    figures: Figures
    workers: tuple[WorkerSeen, ...]
    is_clock_suspect: bool
    off_by: timedelta | None
    waiting_since: datetime | None
    given_up: int
    schema: str


def condition(database: Database, clock: Clock) -> Condition:
    """Look at everything, and tell it with its figures."""
    checks, now = examine(database, clock), database.now(clock)
    with database.read() as connection:
        alive = tuple(_alive(connection, clock, now))
        return Condition(
            at=now,
            checks=tuple(checks),
            figures=metrics_rows.read(connection, now),
            workers=alive,
            is_clock_suspect=any(each.clock_suspect for each in alive),
            off_by=None if database.is_sqlite else abs(now - clock.now()),
            waiting_since=soundness.waiting_since(connection),
            given_up=soundness.given_up(connection, now - DEAD_LETTERS_FROM),
            schema=schema.revision(connection) or "",
        )


def examine(database: Database, clock: Clock) -> list[Check]:
    """Look at an opened database, its clock, its workers and its outbox."""
    now = database.now(clock)
    checks = [_writable(database), _clocks(database, clock)]
    with database.read() as connection:
        checks += [
            _overdue(connection, now - _of_the_world(OVERDUE_AFTER, clock)),
            _set_aside(connection),
            _workers(connection, clock, now),
            _outbox(connection, now - _of_the_world(WAITS_TOO_LONG, clock)),
            _dead_letters(connection, now),
        ]
    return checks


class Readiness:
    """Whether the pages can serve; looked at once a second at most, since anybody may ask.

    Args:
        database: Opened.
        clock: The holds'.
        real: The world's, for that second.
    """

    def __init__(self, database: Database, clock: Clock, real: Clock) -> None:
        self._database = database
        self._clock = clock
        self._real = real
        self._lock = threading.Lock()
        self._looked_at = -LOOKED_AT_FOR_S
        self._ill: list[Check] = []

    def what_is_ill(self) -> list[Check]:
        """Return the checks that fail of those that serving needs."""
        with self._lock:
            now = self._real.monotonic()
            if now - self._looked_at >= LOOKED_AT_FOR_S:
                self._ill = self._look()
                self._looked_at = now
            return self._ill

    def _look(self) -> list[Check]:
        writable = _writable(self._database)
        if not writable.is_well:
            return [writable]
        try:
            with self._database.read() as connection:
                is_current = schema.is_current(connection)
            checks = examine(self._database, self._clock)
        except (StoreError, *UNAVAILABLE) as exc:
            return [Check("database", str(exc), "start the database; `holdclock doctor` looks")]
        if not is_current:
            mend = "restart with the release that the schema belongs to"
            checks.append(Check("schema", "it is not that of this release", mend))
        return [check for check in checks if not check.is_well and check.name in TO_SERVE]


def is_live(database: Database, clock: Clock, host: str) -> bool:
    """Say whether a worker of this host has looked within half a minute."""
    now = database.now(clock)
    with database.read() as connection:
        return any(
            _looks(seen, clock, now) and seen.host == host for seen in workers.seen(connection)
        )


def _alive(connection: Connection, clock: Clock, now: datetime) -> list[WorkerSeen]:
    return [seen for seen in workers.seen(connection) if _looks(seen, clock, now)]


def _looks(seen: WorkerSeen, clock: Clock, now: datetime) -> bool:
    return seen.stopped_at is None and not is_silent(clock, now - seen.looked_at)


def _writable(database: Database) -> Check:
    try:
        soundness.try_write(database)
    except StoreError as exc:
        mend = "make room on the disk, and let this account write to the database and its folder"
        return Check("database", str(exc), mend)
    return Check("database", "takes writes; the schema is that of this release")


def _clocks(database: Database, clock: Clock) -> Check:
    apart = abs(database.now(clock) - clock.now())
    if apart > CLOCKS_MAY_PART:
        found = f"this host is {apart.total_seconds():.1f} s off the database's clock"
        return Check("clock", found, "let a time service (NTP) set the clock of both hosts")
    if database.is_sqlite:
        return Check("clock", "this host's own clock counts")
    return Check("clock", f"{apart.total_seconds():.2f} s off the database's")


def _of_the_world(span: timedelta, clock: Clock) -> timedelta:
    """Return a span of the world's time by the holds' clock, which may be a fast one."""
    return span / clock.real_seconds(1.0)


def _overdue(connection: Connection, before: datetime) -> Check:
    count, earliest = soundness.overdue(connection, before)
    if count and earliest is not None:
        found = f"{count} holds have something due since {rfc3339(earliest)}"
        return Check(
            "overdue", found, "start a worker (`holdclock worker`); it catches up by itself"
        )
    return Check("overdue", "nothing is overdue")


def _set_aside(connection: Connection) -> Check:
    found = holds.set_aside_holds(connection)
    if not found:
        return Check("set aside", "no hold is set aside")
    told = "; ".join(f"{hold_id} ({because})" for hold_id, because in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    mend = "watch these holds by hand, and look at the worker's log; they are tried every minute"
    return Check("set aside", f"holds that could not be carried on: {told}{more}", mend)


def _workers(connection: Connection, clock: Clock, now: datetime) -> Check:
    alive = _alive(connection, clock, now)
    suspect = [each.host for each in alive if each.clock_suspect]
    if suspect:
        found = f"the clock of {', '.join(suspect)} jumped"
        return Check("workers", found, "check that host's clock, then restart its worker")
    if alive:
        hosts = ", ".join(sorted({each.host for each in alive}))
        return Check("workers", f"{len(alive)} at work, on {hosts}")
    if holds.next_due_at(connection) is None:
        return Check("workers", "none is at work, and nothing is due; `holdclock worker` runs one")
    mend = "start one: `holdclock worker`; until then no reminder and no alert goes out"
    seen = workers.seen(connection)
    if not seen:
        return Check("workers", "none has ever run", mend)
    last = seen[0].looked_at
    ago = duration_text((now - last) // timedelta(minutes=1) * timedelta(minutes=1))
    found = f"none is at work; the last look was {ago} ago, {rfc3339(last)}"
    return Check("workers", found, mend)


def _outbox(connection: Connection, before: datetime) -> Check:
    counts = outbox.counts(connection)
    waiting = counts.get("waiting", 0) + counts.get("sending", 0)
    held_up, oldest = soundness.held_up(connection, before)
    if held_up and oldest is not None:
        found = f"alerts that should have been tried: {held_up}; the oldest is of {rfc3339(oldest)}"
        return Check("outbox", found, "start a worker (`holdclock worker`), or look at its log")
    return Check("outbox", f"alerts waiting: {waiting}" if waiting else "empty")


def _dead_letters(connection: Connection, now: datetime) -> Check:
    dead = soundness.given_up(connection, now - DEAD_LETTERS_FROM)
    if not dead:
        return Check("dead letters", "none in the last 7 days")
    mend = (
        "`holdclock delivery list --state dead` names them; mend the channel, try it with "
        "`holdclock channel test`, then `holdclock delivery resend`"
    )
    return Check("dead letters", f"alerts given up in the last 7 days: {dead}", mend)


def channels(
    database: Database, *, has_mail: bool, check: Callable[[str, str], None]
) -> Iterator[Check]:
    """Look at every channel in use.

    Args:
        database: Where they are.
        has_mail: A mail server is set up.
        check: Given a channel's id and URL, refuses a webhook that nothing can be
            sent to with the settings as they are.
    """
    with database.read() as connection:
        rows = [row for row in directory.all_of(connection, "channel") if not row["disabled_at"]]
    mail = sum(row["kind"] == "email" for row in rows)
    hooks = [row for row in rows if row["kind"] == "webhook"]
    yield _mail(mail, has_mail=has_mail)
    yield _webhooks([(row["id"], row["address"]) for row in hooks], check)
    if not rows:
        yield Check(
            "channels",
            "there is none, so nobody is told of anything; `holdclock contact add` and "
            "`holdclock channel add` make one",
        )


def _mail(count: int, *, has_mail: bool) -> Check:
    if count and not has_mail:
        mend = "set HOLDCLOCK_SMTP_HOST and HOLDCLOCK_SMTP_FROM"
        return Check("mail", f"{count} e-mail channels, and no mail server is set up", mend)
    return Check("mail", f"{count} e-mail channels" if count else "no e-mail channel")


def _webhooks(hooks: list[tuple[str, str]], check: Callable[[str, str], None]) -> Check:
    problems = []
    for channel_id, url in hooks:
        try:
            check(channel_id, url)
        except (InvalidHoldError, StoreError) as exc:
            problems.append(f"{channel_id}: {exc}")
    if problems:
        mend = "mend the settings, or add the channel anew and disable the old one"
        return Check("webhooks", "; ".join(problems), mend)
    return Check("webhooks", f"{len(hooks)} channels" if hooks else "no webhook")
