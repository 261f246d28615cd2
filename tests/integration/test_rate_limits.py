"""Who asks too often is told to wait, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.accounts.counters import Counters
from scheduler.errors import TooManyRequestsError
from tests.support.house import Premises
from tests.support.office import Office
from web.rate_limits import SIGN_INS_OF_ACCOUNT, SIGN_INS_OF_SOURCE, RateLimits


@pytest.fixture
def limits(sqlite_premises: Premises) -> RateLimits:
    counters = Counters(sqlite_premises.database, sqlite_premises.clock)
    return RateLimits(counters, counters, sqlite_premises.clock, api_per_minute=2)


def test_account_is_refused_after_its_attempts_whatever_they_come_from(
    limits: RateLimits, sqlite_premises: Premises
) -> None:
    for number in range(SIGN_INS_OF_ACCOUNT.amount):
        limits.sign_in(f"192.0.2.{number}", "Deputy@oak.example.gov ")
    sqlite_premises.clock.tick(minutes=5)

    with pytest.raises(TooManyRequestsError, match="at most 20 in 15 minutes") as refused:
        limits.sign_in("198.51.100.1", "deputy@oak.example.gov")

    assert refused.value.retry_after == timedelta(minutes=10)
    sqlite_premises.clock.tick(minutes=10)
    limits.sign_in("198.51.100.1", "deputy@oak.example.gov")


def test_source_is_refused_after_its_attempts_whatever_account_they_name(
    limits: RateLimits,
) -> None:
    for number in range(SIGN_INS_OF_SOURCE.amount):
        limits.sign_in("192.0.2.1", f"user{number}@oak.example.gov")

    with pytest.raises(TooManyRequestsError, match="from this address"):
        limits.sign_in("192.0.2.1", "another@oak.example.gov")
    limits.sign_in("192.0.2.2", "another@oak.example.gov")


def test_addresses_of_one_host_count_as_one(limits: RateLimits) -> None:
    for number in range(SIGN_INS_OF_SOURCE.amount):
        limits.sign_in(f"2001:db8::{number:x}", f"user{number}@oak.example.gov")

    with pytest.raises(TooManyRequestsError, match="from this address"):
        limits.sign_in("2001:db8::ffff", "another@oak.example.gov")


def test_key_that_asks_too_often_is_told_when_to_come_again(sqlite_premises: Premises) -> None:
    sqlite_premises.settings = sqlite_premises.settings.model_copy(
        update={"api_requests_per_minute": 3}
    )
    office = Office(sqlite_premises)
    machine, other = office.machine("auditor"), office.machine("auditor")

    answers = [machine.get("/holds/NONE") for _ in range(4)]
    neighbour = other.get("/holds/NONE")
    sqlite_premises.clock.tick(seconds=60)

    assert [each.status_code for each in answers] == [404, 404, 404, 429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].headers["retry-after"] == "60"
    assert answers[-1].json()["type"] == "urn:holdclock:problem:too-many-requests"
    assert neighbour.status_code == 404
    assert machine.get("/holds/NONE").status_code == 404
