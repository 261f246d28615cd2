from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from config.policies import load_policies
from scheduler.domain.policy import (
    Anchor,
    Excluded,
    Notice,
    Paper,
    Policy,
    policy_data,
    policy_from,
)
from scheduler.errors import PolicyError

BOOK = load_policies()


def table(**fields: object) -> dict[str, object]:
    return {
        "id": "test-1",
        "version": 1,
        "title": "A policy",
        "anchor": "would_release_at",
        "limit": "48 h",
        "notice": "requested",
        "source": "a statute",
        "mark": "R",
        **fields,
    }


def test_table_is_read_field_by_field() -> None:
    data = table(
        excludes=["saturday", "holiday"],
        observed=True,
        notice="required",
        notice_overdue_after="2 h",
        notice_reminder_before="30 min",
        checks=["i-247a"],
        papers=["judicial_order"],
        ladder=["30 min", "4 h"],
        in_force_from="2025-10-01",
        applies_by="confinement",
        reaches_open=True,
    )

    policy = policy_from(data)

    assert policy.anchor is Anchor.WOULD_RELEASE_AT
    assert policy.limit == timedelta(hours=48)
    assert policy.excludes == {Excluded.SATURDAY, Excluded.HOLIDAY}
    assert policy.notice is Notice.REQUIRED
    assert policy.notice_overdue_after == timedelta(hours=2)
    assert policy.notice_reminder_before == timedelta(minutes=30)
    assert policy.papers == (Paper.JUDICIAL_ORDER,)
    assert policy.ladder == (timedelta(hours=4), timedelta(minutes=30))
    assert policy.in_force_from == date(2025, 10, 1)
    assert policy.in_force_until is None


@pytest.mark.parametrize("policy", BOOK.values(), ids=lambda policy: policy.id)
def test_pinned_policy_comes_back_from_json_as_it_was(policy: Policy) -> None:
    pinned = json.dumps(policy_data(policy))

    assert policy_from(json.loads(pinned)) == policy


def test_pinned_policy_writes_out_its_defaults() -> None:
    data = policy_data(policy_from(table()))

    assert data["notice_overdue_after"] == "0 min"
    assert data["in_force_until"] is None
    assert data["enabled"] is True


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"limti": "48 h"}, "limti: unknown field", id="unknown field"),
        pytest.param({"source": None}, "source: missing", id="no source"),
        pytest.param({"source": "  "}, "source: '  ' is refused", id="blank source"),
        pytest.param({"limit": None}, "limit: missing", id="clock without limit"),
        pytest.param({"limit": "0 h"}, "limit: 0 min is refused", id="zero limit"),
        pytest.param({"limit": "-48 h"}, "limit: -48 h is refused", id="negative limit"),
        pytest.param({"limit": 48}, "limit: 48 is refused", id="limit without a unit"),
        pytest.param({"limit": "2 d"}, "limit: '2 d' is refused", id="limit in days"),
        pytest.param({"limit": "9000 h"}, "limit: 9000 h is refused", id="limit over a year"),
        pytest.param({"anchor": "booked_at"}, "anchor: 'booked_at' is refused", id="anchor"),
        pytest.param(
            {"anchor": "none"},
            "limit: '48 h' is given but anchor is 'none'",
            id="limit without clock",
        ),
        pytest.param({"papers": ["i-200"]}, "papers: ['i-200'] is refused", id="paper"),
        pytest.param({"papers": "served"}, "papers: 'served' is refused", id="no list"),
        pytest.param(
            {"excludes": ["friday"]}, "excludes: ['friday'] is refused", id="excluded day"
        ),
        pytest.param({"excludes": ["sunday", "sunday"]}, "write each item once", id="twice"),
        pytest.param({"observed": True}, "observed: true without holidays", id="observed alone"),
        pytest.param({"observed": "yes"}, "observed: 'yes' is refused", id="claim as text"),
        pytest.param({"version": True}, "version: True is refused", id="version as claim"),
        pytest.param({"version": 0}, "version: 0 is refused", id="version below 1"),
        pytest.param({"mark": "X"}, "mark: 'X' is refused", id="mark"),
        pytest.param({"id": "Two Words"}, "id: 'Two Words' is refused", id="id"),
        pytest.param(
            {"in_force_from": "2025-02-30"},
            "in_force_from: '2025-02-30' is refused",
            id="no such date",
        ),
        pytest.param(
            {"in_force_from": "2025-10-01", "in_force_until": "2025-09-30"},
            "in_force_until: 2025-09-30 is before",
            id="dates reversed",
        ),
        pytest.param({"ladder": ["50 h"]}, "ladder: 50 h is refused", id="rung beyond the window"),
        pytest.param({"ladder": ["0 min"]}, "ladder: 0 min is refused", id="rung at the limit"),
        pytest.param(
            {"notice_overdue_after": "-1 h"},
            "notice_overdue_after: -1 h is negative",
            id="negative notice",
        ),
        pytest.param(
            {"notice": "optional", "notice_reminder_before": "1 h"},
            "notice_reminder_before: given while notice is optional",
            id="reminder of no duty",
        ),
        pytest.param(
            {"checks": ["test-1"]}, "checks: 'test-1' is the policy itself", id="checks itself"
        ),
        pytest.param(
            {"based_on": "test-1"}, "based_on: 'test-1' is the policy itself", id="based on itself"
        ),
    ],
)
def test_wrong_field_is_refused_with_its_name_and_value(
    fields: dict[str, object], expected: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        policy_from(table(**fields))

    assert f"policy {fields.get('id', 'test-1')}: " in str(refused.value)
    assert expected in str(refused.value)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(PolicyError) as refused:
        policy_from(table(anchor="x", mark="x", source="", colour="red"))

    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("day", "is_in_force"),
    [
        pytest.param(date(2024, 11, 30), False, id="the day before"),
        pytest.param(date(2024, 12, 1), True, id="the first day"),
        pytest.param(date(2025, 9, 30), True, id="the last day"),
        pytest.param(date(2025, 10, 1), False, id="the day after"),
    ],
)
def test_dates_in_force_are_inclusive(day: date, is_in_force: bool) -> None:
    assert BOOK["nc-162-62-2024"].in_force_on(day) is is_in_force


def test_notice_is_expected_where_requested_or_required_only() -> None:
    expected = {policy.notice for policy in BOOK.values() if policy.notice_expected}

    assert expected == {Notice.REQUESTED, Notice.REQUIRED}
