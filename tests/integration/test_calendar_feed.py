"""The calendar feed: an account's own open holds at a secret address, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar, Event

from scheduler.domain.hold import Outcome
from scheduler.errors import HoldNotFoundError, NotAllowedError
from tests.support.browser import Browser
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import Office, Person

ELM = "ELM"
NAME, A_NUMBER = "Q. Quartermaine", "A012345678"


@pytest.fixture
def premises(sqlite_premises: Premises) -> Premises:
    """On one kind of database: a feed has few words of SQL of its own."""
    return sqlite_premises


@pytest.fixture
def office(premises: Premises) -> Office:
    premises.add_facility()
    return Office(premises)


def feed_of(office: Office, person: Person) -> str:
    return office.people.calendar_feeds.add(OPERATOR, person.account_id).url


def read(office: Office, url: str, **headers: str) -> httpx.Response:
    return Browser(office.app).get(url, headers=headers)


def entries(answer: httpx.Response) -> list[dict[str, Any]]:
    calendar = Calendar.from_ical(answer.text)
    assert calendar.errors == []
    assert "method" not in calendar
    found = [each for each in calendar.walk("VEVENT") if isinstance(each, Event)]
    assert [each for each in found if each.errors] == []
    return [{name.lower(): each[name] for name in each} | {"at": each.start} for each in found]


def started(premises: Premises, hold_ref: str, facility: str = FACILITY, **more: Any) -> str:
    now = premises.clock.now().isoformat()
    told = {"facility_code": facility, "would_release_at": now, **more}
    return premises.register(hold_ref, **told).hold.id


def test_feed_shows_the_limits_of_all_open_holds_of_its_account(
    office: Office, premises: Premises
) -> None:
    deadline = premises.clock.now() + timedelta(hours=48)
    running = started(premises, "R-1")
    premises.register("R-2")
    url = feed_of(office, office.person("facility", [FACILITY]))

    answer = read(office, url)
    (entry,) = entries(answer)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert entry["at"] == deadline
    assert entry["summary"] == f"[Hold {running}] Authority to hold ends"
    assert entry["location"] == "Oakmont jail (OAK)"
    assert entry["url"] == f"https://holds.example.gov/holds/{running}"
    assert "Reference: R-1" in entry["description"]
    assert "Deadline: Wed 4 Mar 2026 09:00 EST" in entry["description"]
    assert "+1 919 555 0142" in entry["description"]
    assert (entry["class"], entry["transp"]) == ("PRIVATE", "TRANSPARENT")


@pytest.mark.parametrize(
    ("role", "facilities", "offices", "seen"),
    [
        pytest.param("facility", [FACILITY], [], {"R-1"}, id="facility staff"),
        pytest.param("facility", [ELM], [], {"R-2"}, id="staff of the other"),
        pytest.param("agent", [], [OFFICE], {"R-1"}, id="agent of the one office"),
        pytest.param("auditor", [], [], {"R-1", "R-2"}, id="auditor"),
    ],
)
def test_feed_never_shows_what_its_account_does_not_see(
    office: Office,
    premises: Premises,
    role: str,
    facilities: list[str],
    offices: list[str],
    seen: set[str],
) -> None:
    started(premises, "R-1")
    started(premises, "R-2", ELM)

    answer = read(office, feed_of(office, office.person(role, facilities, offices)))

    assert {reference for reference in ("R-1", "R-2") if reference in answer.text} == seen
    assert len(entries(answer)) == len(seen)


def test_feed_names_nobody_who_is_held(office: Office, premises: Premises) -> None:
    started(premises, "R-1", subject_name=NAME, a_number=A_NUMBER)

    text = read(office, feed_of(office, office.person("auditor"))).text.replace("\r\n ", "")

    assert "R-1" in text
    for secret in (NAME, "Quartermaine", A_NUMBER, A_NUMBER[1:]):
        assert secret not in text


def test_hold_leaves_the_feed_when_it_closes(office: Office, premises: Premises) -> None:
    hold_id = started(premises, "R-1")
    url = feed_of(office, office.person("auditor"))
    premises.clock.tick(hours=1)

    before = entries(read(office, url))
    premises.registry.record_outcome(hold_id, premises.entry(), Outcome.TRANSFERRED)

    assert len(before) == 1
    assert entries(read(office, url)) == []


def test_limit_that_has_passed_says_so(office: Office, premises: Premises) -> None:
    started(premises, "R-1")
    url = feed_of(office, office.person("auditor"))

    premises.tick(hours=48)

    assert "Authority to hold ended" in entries(read(office, url))[0]["summary"]


def test_earlier_ceiling_is_an_entry_of_its_own(office: Office, premises: Premises) -> None:
    premises.add_facility("FIR", policy="8-cfr-287.7d")
    # From a Friday on, the weekend counts for the ceiling alone.
    premises.clock.tick(days=4)
    hold_id = started(premises, "R-1", "FIR")
    url = feed_of(office, office.person("auditor"))

    ceiling, deadline = entries(read(office, url))

    assert ceiling["summary"] == f"[Hold {hold_id}] Ceiling, plan to this"
    assert deadline["summary"] == f"[Hold {hold_id}] Authority to hold ends"
    # Saturday and Sunday, over which the clocks go forward.
    assert deadline["at"] - ceiling["at"] == timedelta(hours=47)
    assert ceiling["uid"] != deadline["uid"]
    assert "Ceiling: Sun 8 Mar 2026" in ceiling["description"]


def test_program_that_has_read_it_already_is_told_so_until_something_changes(
    office: Office, premises: Premises
) -> None:
    started(premises, "R-1")
    url = feed_of(office, office.person("auditor"))

    tag = read(office, url).headers["etag"]
    premises.clock.tick(minutes=20)
    again = read(office, url, **{"If-None-Match": tag})
    started(premises, "R-2")
    changed = read(office, url, **{"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_feed_says_how_often_to_read_it_and_keeps_to_itself(
    office: Office, premises: Premises
) -> None:
    answer = read(office, feed_of(office, office.person("auditor")))

    assert "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in answer.text
    assert "\r\nX-PUBLISHED-TTL:PT15M\r\n" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_feed_ends_with_its_account_and_with_the_next_feed(
    office: Office, premises: Premises
) -> None:
    person = office.person("auditor")
    first = feed_of(office, person)
    second = feed_of(office, person)

    replaced, good = read(office, first), read(office, second)
    office.people.users.disable(OPERATOR, person.account_id)

    assert (replaced.status_code, good.status_code) == (404, 200)
    assert read(office, second).status_code == 404
    assert read(office, "/calendar/guess.ics").status_code == 404


def test_feed_is_kept_as_a_hash_and_told_on_the_log_without_its_address(
    office: Office, premises: Premises
) -> None:
    person = office.person("auditor")

    url = feed_of(office, person)
    office.people.calendar_feeds.end(OPERATOR, person.account_id)

    token = url.rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 43
    assert premises.scalar("SELECT token_hash FROM calendar_feed") != token
    told = [e for e in premises.events(kind="setting_changed") if token in str(e)]
    changes = [
        (bool(e["data"]["old"]), bool(e["data"]["new"]))
        for e in premises.events(kind="setting_changed")
        if e["data"]["field"] == "calendar_feed_at"
    ]
    assert told == []
    assert changes == [(False, True), (True, False)]


def test_people_make_their_own_feed_and_nobody_else_s(office: Office, premises: Premises) -> None:
    own, other = office.person("facility", [FACILITY]), office.person("auditor")
    feeds = office.people.calendar_feeds
    actor = feeds.who(feed_of(office, own).rpartition("/")[2].removesuffix(".ics"))

    made = feeds.add(actor, own.account_id)

    assert read(office, made.url).status_code == 200
    with pytest.raises(NotAllowedError):
        feeds.add(actor, other.account_id)
    with pytest.raises(NotAllowedError):
        feeds.end(actor, other.account_id)


def test_account_without_a_feed_has_none_to_end(office: Office) -> None:
    with pytest.raises(HoldNotFoundError, match="no calendar feed"):
        office.people.calendar_feeds.end(OPERATOR, office.person("auditor").account_id)


def test_feed_is_made_read_and_ended_on_a_server(postgres_premises: Premises) -> None:
    office = Office(postgres_premises)
    started(postgres_premises, "R-1")
    person = office.person("facility", [FACILITY])

    url = feed_of(office, person)
    shown = entries(read(office, url))
    office.people.calendar_feeds.end(OPERATOR, person.account_id)

    assert len(shown) == 1
    assert read(office, url).status_code == 404
