from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from scheduler import sentences
from scheduler.domain.events import Kind

ZONE = "America/New_York"


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "data": data,
        "occurred_at": "2026-03-02T14:00:00Z",
        "recorded_at": "2026-03-02T14:03:30Z",
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_event_has_a_sentence_of_its_own(kind: Kind) -> None:
    said = sentences.SENTENCES[kind]

    assert said.endswith(".")
    assert list(sentences.SENTENCES.values()).count(said) == 1


@pytest.mark.parametrize("said", [*sentences.SENTENCES.values(), *sentences.FLAGS.values()])
def test_sentences_keep_the_words_of_the_field(said: str) -> None:
    assert not re.search(r"\b(ticket|pickup|handoff|please|invalid|oops)\b|!", said, re.IGNORECASE)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(
            event("hold_registered", detainer_type="I-247A", policy="i-247a", policy_version=2),
            "Detainer I-247A registered, under policy i-247a version 2.",
            id="slots",
        ),
        pytest.param(
            event("release_recorded", basis="bond", late_entry=True, over_detention_minutes=12),
            "Released. Basis: bond. 12 min after the limit. Entered after the fact.",
            id="clauses and marks",
        ),
        pytest.param(
            event("alert_acknowledged", answer="cannot come", passes_on=True, note="in court"),
            "The recipient of the alert cannot come. Note: in court.",
            id="an answer that acknowledges nothing",
        ),
        pytest.param(
            event("transfer_recorded", reported_by="agency"),
            "Transferred: the agency took custody. Reported by the agency.",
            id="whose word",
        ),
        pytest.param(
            event(
                "clock_corrected",
                field="would_release_at",
                old="",
                new="2026-03-02T14:00:00Z",
                reason="wrong.",
            ),
            "Corrected, which moved the clock: would have been released from nothing to "
            "Mon 2 Mar 09:00 EST. Reason: wrong.",
            id="instants in local time",
        ),
        pytest.param(
            event("release_without_notification", confirmed=False),
            "No transfer or notice on record at the deadline; whereabouts unconfirmed.",
            id="unconfirmed: never where the person is",
        ),
        pytest.param(
            event("release_without_notification", confirmed=True),
            sentences.CONFIRMED,
            id="confirmed by a release",
        ),
        pytest.param(
            event("authority_missing", papers="served, judicial_order"),
            "No authority on record when the clock started; missing: copy served, "
            "judicial official's order.",
            id="papers",
        ),
        pytest.param(
            event("reminder_due", lead="4 h", counts_to="deadline", missed=2),
            "Reminder: 4 h to the deadline. It stands for 2 earlier, due meanwhile.",
            id="reminder",
        ),
        pytest.param(
            event("call_logged", note="{field} {0}"),
            "A call was made. Note: {field} {0}.",
            id="braces are nothing special",
        ),
        pytest.param(event("seal_written"), "Seal written.", id="a kind that is not known here"),
        pytest.param(
            event("alert_sent", channel="email", type="hold.expired"),
            "Alert delivered by email: Expired, attempt not on record.",
            id="data that lacks something",
        ),
    ],
)
def test_event_is_told_in_plain_sentences(told: dict[str, Any], said: str) -> None:
    assert sentences.sentence(told, ZONE) == said


def test_evidence_has_seconds_and_the_year() -> None:
    told = event("hold_registered", expected_release_at="2026-03-04T14:00:07Z")

    assert "Release expected Wed 4 Mar 2026 09:00:07 EST." in sentences.sentence(
        told, ZONE, seconds=True
    )


def test_lateness_is_from_what_happened_to_its_recording() -> None:
    assert sentences.lateness(event("call_logged")) == timedelta(minutes=3, seconds=30)


def test_type_of_an_alert_has_a_title() -> None:
    assert sentences.alert_title("hold.clock_started") == "Clock started"
