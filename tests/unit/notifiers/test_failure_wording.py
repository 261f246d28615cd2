"""What an administrator reads when alerts do not arrive."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from notifiers import render, wording
from notifiers.base import DELIVERY_FAILED, Alert, Failure
from tests.support.alerts import alert


def failed(**told: Any) -> Alert:
    usual: dict[str, Any] = {
        "channel": "webhook",
        "status": 503,
        "given_up": False,
        "breaker_opened": True,
        "alert_type": "hold.expired",
        "fallback": "email",
    }
    return alert(DELIVERY_FAILED, "alert_failed", failure=Failure(**usual | told))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        pytest.param(
            {"given_up": True}, "ALERT NOT DELIVERED by webhook: given up there", id="given up"
        ),
        pytest.param(
            {}, "ALERTS FAIL by webhook: an endpoint does not take them", id="breaker opened"
        ),
    ],
)
def test_headline_says_what_failed_by_which_kind_of_channel(
    told: dict[str, Any], text: str
) -> None:
    said = failed(**told)

    assert wording.headline(said) == text
    assert render.subject(said) == f"[Hold 7Q3KM4] {text}"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "The endpoint gave no answer that counts."),
        (302, "The endpoint answered that it points elsewhere (302)."),
        (403, "The endpoint answered that it refuses it (403)."),
        (410, "The endpoint answered that it wants no more (410)."),
        (503, "The endpoint answered that it has a fault of its own (503)."),
        (601, "The endpoint answered that it does not take it (601)."),
    ],
)
def test_the_answer_is_told_by_its_class(status: int | None, text: str) -> None:
    assert text in wording.sentences(failed(status=status))


@pytest.mark.parametrize(
    ("fallback", "text"),
    [
        ("email", "The alert goes by email instead."),
        (None, "THIS ALERT GOES NO OTHER WAY: its recipient has no further channel."),
    ],
)
def test_it_says_whether_the_alert_goes_another_way(fallback: str | None, text: str) -> None:
    assert text in wording.sentences(failed(fallback=fallback))


def test_it_names_what_the_alert_was_about() -> None:
    assert "It was about: Expired." in wording.sentences(failed())


def test_a_webhook_carries_the_same_facts_and_other_alerts_carry_none_of_them() -> None:
    names = {"failed_channel", "failed_status", "failed_type", "given_up", "instead"}

    data = orjson.loads(render.webhook_body(failed()))["data"]
    other = orjson.loads(render.webhook_body(alert("hold.expired", "hold_expired")))["data"]

    assert {name: data[name] for name in names} == {
        "failed_channel": "webhook",
        "failed_status": 503,
        "failed_type": "hold.expired",
        "given_up": False,
        "instead": "email",
    }
    assert not names & set(other)
