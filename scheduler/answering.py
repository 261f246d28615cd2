"""Answers to alerts by one-time links: what a link asks, and what its recipient says.

A link stands for one delivery and is its recipient's whole right: to see where the
hold stands, and to say once that they come, or that they cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from scheduler.domain import duties, facts, ladder, refusals
from scheduler.domain.actors import Actor, Deed, Role
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules, Status
from scheduler.domain.instants import rfc3339
from scheduler.errors import ConflictError, HoldNotFoundError, InvalidHoldError
from scheduler.intake import MAY_BE_AHEAD, plain_text
from scheduler.links import AcknowledgeLinks
from scheduler.recorder import Entry, Recorder, Step
from scheduler.store import answers
from scheduler.store.answers import CONTACT_PREFIX, Answered, Asked
from scheduler.store.engine import Connection
from scheduler.views import HoldView, Views

__all__ = ["Answered", "Answers", "Question", "Rung"]

LONGEST_NOTE = 300
ARRIVAL_REACH = timedelta(days=7)
"""Nobody promises more than a week ahead: no window is longer than that for long."""


class Rung(NamedTuple):
    """The next reminder: when, how long before its limit, and which limit."""

    at: datetime
    lead: timedelta
    counts_to: str


class Question(NamedTuple):
    """What a link asks about, as it stands.

    Attributes:
        view: The hold, brought up to the instant it is read at: a page must not show
            time left that is over because no worker runs.
        mine: What was answered by this very link; it is used up then.
        latest: The last answer of anybody who has the alert.
        next_rung: None where no reminder comes any more.
        goes_on: Whether "cannot come" alerts somebody else.
    """

    view: HoldView
    mine: Answered | None
    latest: Answered | None
    next_rung: Rung | None
    goes_on: bool

    @property
    def is_closed(self) -> bool:
        """Whether the hold has an outcome: then there is nothing to answer."""
        return self.view.hold.outcome is not None


class _Said(NamedTuple):
    """What a recipient says; the same again changes nothing."""

    arrival_at: datetime | None
    note: str | None
    is_coming: bool


class Answers:
    """Reads and takes the answers of recipients.

    Args:
        recorder: Writes facts.
        links: Reads tokens.
        views: Reads holds.
    """

    def __init__(self, recorder: Recorder, links: AcknowledgeLinks, views: Views) -> None:
        self._recorder = recorder
        self._links = links
        self._views = views

    def read(self, token: str) -> Question:
        """Return what the link asks. Nothing is recorded.

        Raises:
            HoldNotFoundError: The link was not made here, or its recipient is switched off.
        """
        return self._read(self._asked(token))

    def acknowledge(
        self, token: str, *, arrival_at: datetime | None = None, note: str | None = None
    ) -> None:
        """Record that the recipient has the alert; the same again is harmless.

        Args:
            token: Of the link.
            arrival_at: UTC, when they expect to be at the facility.
            note: For all who see the hold; nothing about the person held.

        Raises:
            HoldNotFoundError: As `read`.
            HoldStateError: The hold is closed.
            ConflictError: The link was used for another answer.
            InvalidHoldError: The arrival is in the past or too far ahead, or the note is unfit.
        """
        note = plain_text(note, "note", LONGEST_NOTE)
        step = partial(facts.record, apply=partial(facts.acknowledge, arrival_at=arrival_at))
        self._give(token, _Said(arrival_at, note, is_coming=True), step)

    def pass_on(self, token: str, *, note: str | None = None) -> None:
        """Record that the recipient cannot come: the next one is alerted at once.

        Raises:
            HoldError: As `acknowledge`.
        """
        note = plain_text(note, "note", LONGEST_NOTE)
        self._give(token, _Said(None, note, is_coming=False), facts.pass_on)

    def _asked(self, token: str) -> Asked:
        delivery_id = self._links.delivery_id(token)
        with self._recorder.database.read() as connection:
            asked = None if delivery_id is None else answers.asked(connection, delivery_id)
        if asked is None:
            raise HoldNotFoundError("link: it was not made here, or it holds no longer")
        return asked

    def _read(self, asked: Asked) -> Question:
        view = self._views.hold(asked.hold_id)
        with self._recorder.database.read() as connection:
            given = answers.of_hold(connection, asked.hold_id)
            rules = self._recorder.rules(connection, view.hold)
        hold = duties.catch_up(view.hold, rules, view.now, view.now).hold
        view = view._replace(hold=hold, rules=rules)
        return Question(
            view=view,
            mine=_by_link(given, asked.delivery_id),
            latest=next((each for each in reversed(given) if each.is_coming), None),
            next_rung=_next_rung(view),
            goes_on=facts.can_pass_on(hold, rules, view.now),
        )

    def _give(self, token: str, said: _Said, step: Step) -> None:
        asked = self._asked(token)
        if self._is_said(asked, said):
            return
        actor = Actor(f"{CONTACT_PREFIX}{asked.contact_id}", Role.RECIPIENT)
        try:
            self._recorder.record(
                asked.hold_id,
                Entry(actor=actor, note=said.note),
                Deed.ACKNOWLEDGE,
                _answering(asked.delivery_id, step),
                also=partial(_take, asked, said.arrival_at),
            )
        except ConflictError:
            # A second press of the button, handled at the same moment: the first counts.
            if not self._is_said(asked, said):
                raise

    def _is_said(self, asked: Asked, said: _Said) -> bool:
        with self._recorder.database.read() as connection:
            mine = _by_link(answers.of_hold(connection, asked.hold_id), asked.delivery_id)
        return mine is not None and said == _Said(mine.arrival_at, mine.note, mine.is_coming)


def _answering(delivery_id: str, step: Step) -> Step:
    """Let the event of an answer name the alert it answers."""

    def named(hold: Hold, rules: Rules, fact: Fact) -> Recorded:
        return step(hold, rules, fact._replace(details={**fact.details, "alert": delivery_id}))

    return named


def _take(asked: Asked, arrival_at: datetime | None, connection: Connection, now: datetime) -> None:
    """Use the link up, in the transaction of the answer."""
    if not answers.use(connection, asked.delivery_id, now):
        raise ConflictError("link: it was used before", hold_id=asked.hold_id)
    _check_arrival(arrival_at, now)


def _check_arrival(arrival_at: datetime | None, now: datetime) -> None:
    if arrival_at is None:
        return
    if not now - MAY_BE_AHEAD <= arrival_at <= now + ARRIVAL_REACH:
        raise InvalidHoldError(
            f"arrival_at: {rfc3339(arrival_at)} is not ahead; use an instant within 7 days "
            f"from {rfc3339(now)}",
            field="arrival_at",
        ).saying(refusals.NOT_AHEAD, at=arrival_at)


def _by_link(given: Sequence[Answered], delivery_id: str) -> Answered | None:
    return next((each for each in given if each.alert == delivery_id), None)


def _next_rung(view: HoldView) -> Rung | None:
    hold, rules, now = view.hold, view.rules, view.now
    if view.status is not Status.RUNNING:
        return None
    rungs = []
    for series in (ladder.to_ceiling(hold, rules), ladder.to_deadline(hold, rules)):
        at = None if series.limit is None else ladder.next_rung(series.limit, series.leads, now)
        if at is not None and series.limit is not None:
            rungs.append(Rung(at, series.limit - at, series.counts_to))
    return min(rungs, default=None)
