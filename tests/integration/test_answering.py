"""Answers by one-time links: read without a trace, given once, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler import wiring
from scheduler.answering import Answers
from scheduler.domain.events import Kind
from scheduler.domain.hold import Outcome
from scheduler.errors import (
    ConflictError,
    HoldNotFoundError,
    HoldStateError,
    InvalidHoldError,
)
from tests.support.house import OPERATOR, Premises
from tests.support.together import at_once

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Alerted:
    """A hold whose 12 h reminder has just gone out, with the links of those who got it."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        premises.add_webhook()
        chief = premises.administration.add_contact(OPERATOR, name="Chief", administrators=True)
        premises.administration.add_webhook(OPERATOR, chief, "https://hooks.example.gov/chief")
        started = (NOW - 36 * HOUR).isoformat()
        papers = dict.fromkeys(("lodged_at", "served_at", "warrant_served_at"), started)
        registered = premises.register(would_release_at=started, **papers)
        self.hold_id = registered.hold.id
        premises.tick(seconds=1)
        self.answers = self.opened()

    def opened(self) -> Answers:
        """Another process's way to the same record."""
        return wiring.build_answers(self.premises.house, self.premises.settings)

    def token(self, type_: str = "hold.reminder") -> str:
        """The token of the last alert of a type."""
        delivery = self.premises.deliveries(hold_id=self.hold_id, type=type_)[-1]
        links = wiring.acknowledge_links(self.premises.settings)
        return links.url(delivery.id).rpartition("/")[2]

    def remind(self) -> str:
        """Let the next rung come; return the token of its reminder."""
        self.premises.tick(hours=4)
        return self.token()

    def answered(self) -> list[dict[str, Any]]:
        """The answers on record."""
        return self.premises.events(self.hold_id, Kind.ALERT_ACKNOWLEDGED)


@pytest.fixture
def alerted_on_each(premises: Premises) -> Alerted:
    found = Alerted(premises)
    premises.tick(hours=4)
    return found


@pytest.fixture
def alerted(sqlite_premises: Premises) -> Alerted:
    found = Alerted(sqlite_premises)
    sqlite_premises.tick(hours=4)
    return found


def test_reading_shows_where_the_hold_stands_and_records_nothing(alerted: Alerted) -> None:
    written = alerted.premises.events()
    token = alerted.token()

    question = alerted.answers.read(token)

    assert question.view.hold.id == alerted.hold_id
    assert (question.mine, question.latest, question.is_closed) == (None, None, False)
    assert question.goes_on
    assert alerted.premises.events() == written
    assert all(each.acknowledged_at is None for each in alerted.premises.deliveries())


def test_answer_acknowledges_the_hold_and_uses_the_link_up(alerted_on_each: Alerted) -> None:
    now = alerted_on_each.premises.clock.now()
    token = alerted_on_each.token()

    alerted_on_each.answers.acknowledge(token, arrival_at=now + HOUR, note="two agents")

    hold = alerted_on_each.premises.hold(alerted_on_each.hold_id)
    assert (hold.acknowledged_at, hold.arrival_at) == (now, now + HOUR)
    assert hold.escalate_at is None
    (event,) = alerted_on_each.answered()
    delivery = alerted_on_each.premises.deliveries(type="hold.reminder")[-1]
    assert event["actor"] == f"contact:{delivery.contact_id}"
    assert event["data"] == {
        "alert": delivery.id,
        "arrival_at": "2026-03-02T19:00:01Z",
        "note": "two agents",
    }
    assert delivery.acknowledged_at == now


def test_used_link_tells_what_was_answered_by_whom(alerted: Alerted) -> None:
    now = alerted.premises.clock.now()
    token = alerted.token()
    alerted.answers.acknowledge(token, arrival_at=now + HOUR, note="two agents")
    alerted.premises.clock.tick(minutes=5)

    mine = alerted.answers.read(token).mine

    assert mine is not None
    assert (mine.at, mine.by, mine.arrival_at) == (now, "Duty", now + HOUR)
    assert (mine.note, mine.is_coming) == ("two agents", True)


def test_same_answer_again_is_harmless_and_another_one_is_refused(alerted: Alerted) -> None:
    arrival_at = alerted.premises.clock.now() + HOUR
    token = alerted.token()
    alerted.answers.acknowledge(token, arrival_at=arrival_at)

    alerted.premises.clock.tick(minutes=1)
    alerted.answers.acknowledge(token, arrival_at=arrival_at)
    with pytest.raises(ConflictError):
        alerted.answers.acknowledge(token, arrival_at=arrival_at + HOUR)
    with pytest.raises(ConflictError):
        alerted.answers.pass_on(token)

    assert len(alerted.answered()) == 1
    assert alerted.premises.hold(alerted.hold_id).arrival_at == arrival_at


def test_of_answers_at_once_one_is_recorded(alerted_on_each: Alerted) -> None:
    arrival_at = alerted_on_each.premises.clock.now() + HOUR
    token = alerted_on_each.token()

    def answer(number: int) -> Callable[[], None]:
        promised = arrival_at + number * HOUR
        return lambda: alerted_on_each.opened().acknowledge(token, arrival_at=promised)

    came = at_once(*(answer(number) for number in range(4)))

    assert [type(each) for each in came if each is not None] == [ConflictError] * 3
    assert len(alerted_on_each.answered()) == 1


def test_double_click_at_once_is_one_answer_and_no_refusal(alerted_on_each: Alerted) -> None:
    arrival_at = alerted_on_each.premises.clock.now() + HOUR
    token = alerted_on_each.token()

    came = at_once(
        *[lambda: alerted_on_each.opened().acknowledge(token, arrival_at=arrival_at)] * 3
    )

    assert came == [None, None, None]
    assert len(alerted_on_each.answered()) == 1


def test_link_of_a_later_reminder_answers_anew(alerted: Alerted) -> None:
    alerted.answers.acknowledge(alerted.token(), note="on my way")

    token = alerted.remind()
    question = alerted.answers.read(token)
    alerted.answers.acknowledge(token)

    assert question.mine is None
    assert question.latest is not None
    assert question.latest.note == "on my way"
    assert len(alerted.answered()) == 2


def test_whoever_cannot_come_alerts_the_next_at_once(alerted_on_each: Alerted) -> None:
    token = alerted_on_each.token()

    alerted_on_each.answers.pass_on(token, note="in court")

    assert alerted_on_each.premises.hold(alerted_on_each.hold_id).acknowledged_at is None
    (escalation,) = alerted_on_each.premises.deliveries(
        hold_id=alerted_on_each.hold_id, type="hold.escalated"
    )
    (event,) = alerted_on_each.answered()
    assert event["data"]["passes_on"] is True
    chief = alerted_on_each.premises.house.directory.get("contact", escalation.contact_id)
    assert chief["name"] == "Chief"
    mine = alerted_on_each.answers.read(token).mine
    assert mine is not None
    assert (mine.is_coming, mine.passed_on, mine.note) == (False, True, "in court")
    assert alerted_on_each.answers.read(token).latest is None


def test_whoever_was_alerted_next_acknowledges_by_their_own_link(alerted: Alerted) -> None:
    alerted.answers.pass_on(alerted.token())

    alerted.answers.acknowledge(alerted.token("hold.escalated"))

    assert alerted.premises.hold(alerted.hold_id).acknowledged_at is not None
    assert [bool(each["data"].get("answer")) for each in alerted.answered()] == [True, False]


# Refusals. They do not depend on the kind of database.


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: token[:-1], id="cut short"),
        pytest.param(lambda token: token.swapcase(), id="other letters"),
        pytest.param(lambda token: f"x{token}", id="another delivery"),
        pytest.param(lambda token: token.partition(".")[0], id="unsigned"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "\N{SNOWMAN}.\N{SNOWMAN}", id="not even ASCII"),
    ],
)
def test_forged_link_is_unknown(alerted: Alerted, spoil: Callable[[str], str]) -> None:
    token = spoil(alerted.token())

    with pytest.raises(HoldNotFoundError):
        alerted.answers.read(token)
    with pytest.raises(HoldNotFoundError):
        alerted.answers.acknowledge(token)


@pytest.mark.parametrize("noun", ["contact", "channel"])
def test_link_dies_with_its_contact_and_its_channel(alerted: Alerted, noun: str) -> None:
    token = alerted.token()
    delivery = alerted.premises.deliveries(type="hold.reminder")[-1]
    name = delivery.contact_id if noun == "contact" else delivery.channel_id
    alerted.premises.administration.disable(OPERATOR, noun, name)

    with pytest.raises(HoldNotFoundError, match="holds no longer"):
        alerted.answers.read(token)


def test_closed_hold_takes_no_answer_and_the_link_stays_unused(alerted: Alerted) -> None:
    premises, token = alerted.premises, alerted.token()
    premises.registry.record_outcome(alerted.hold_id, premises.entry(), Outcome.TRANSFERRED)

    with pytest.raises(HoldStateError):
        alerted.answers.acknowledge(token)

    assert alerted.answers.read(token).is_closed
    assert premises.deliveries(type="hold.reminder")[-1].acknowledged_at is None


@pytest.mark.parametrize(
    "ahead", [timedelta(minutes=-3), timedelta(days=7, seconds=1)], ids=["past", "too far"]
)
def test_arrival_must_lie_ahead_within_a_week(alerted: Alerted, ahead: timedelta) -> None:
    token, now = alerted.token(), alerted.premises.clock.now()

    with pytest.raises(InvalidHoldError) as refused:
        alerted.answers.acknowledge(token, arrival_at=now + ahead)

    assert refused.value.field == "arrival_at"
    assert alerted.answers.read(token).mine is None


@pytest.mark.parametrize("note", ["x" * 301, "turn \N{RIGHT-TO-LEFT OVERRIDE} round"])
def test_unfit_note_is_refused(alerted: Alerted, note: str) -> None:
    with pytest.raises(InvalidHoldError) as refused:
        alerted.answers.acknowledge(alerted.token(), note=note)

    assert refused.value.field == "note"


# What a question says.


def test_next_reminder_is_the_next_rung_ahead(alerted: Alerted) -> None:
    rung = alerted.answers.read(alerted.token()).next_rung

    assert rung is not None
    assert (rung.at, rung.lead, rung.counts_to) == (NOW + 8 * HOUR, 4 * HOUR, "ceiling")


def test_page_read_while_no_worker_runs_still_tells_that_the_deadline_has_passed(
    alerted: Alerted,
) -> None:
    token = alerted.token()
    alerted.premises.clock.tick(hours=20)

    question = alerted.answers.read(token)

    assert question.view.status == "expired"
    assert (question.next_rung, question.goes_on) == (None, False)
    assert alerted.premises.hold(alerted.hold_id).expired_at is None


def test_past_the_deadline_an_answer_is_recorded_and_passes_on_to_nobody(
    alerted: Alerted,
) -> None:
    token = alerted.token()
    alerted.premises.tick(hours=20)

    alerted.answers.pass_on(token)

    mine = alerted.answers.read(token).mine
    assert mine is not None
    assert (mine.is_coming, mine.passed_on) == (False, False)


def test_alert_carries_the_link_that_answers_it(
    alerted: Alerted,
) -> None:
    premises = alerted.premises
    premises.deliver()

    said = {each.alert.id: each.alert for each in premises.notifier.delivered}
    reminder = premises.deliveries(type="hold.reminder")[-1]
    url = said[reminder.id].acknowledge_url
    assert url == f"https://holds.example.gov/acknowledge/{alerted.token()}"


def test_alert_of_a_closed_hold_asks_for_no_answer(alerted: Alerted) -> None:
    premises = alerted.premises
    premises.deliver()
    premises.registry.record_outcome(alerted.hold_id, premises.entry(), Outcome.TRANSFERRED)
    premises.deliver()

    closed = [
        each.alert for each in premises.notifier.delivered if each.alert.type == "hold.closed"
    ]
    assert closed
    assert {alert.acknowledge_url for alert in closed} == {None}


def test_answer_of_the_command_line_is_the_latest_without_a_name(
    alerted: Alerted,
) -> None:
    premises = alerted.premises
    premises.registry.acknowledge(alerted.hold_id, premises.entry(note="by phone"))

    latest = alerted.answers.read(alerted.token()).latest

    assert latest is not None
    assert (latest.by, latest.note, latest.alert) == (None, "by phone", None)
