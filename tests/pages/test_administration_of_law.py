"""Holidays and policies on pages: what each moves is shown first, then a button does just that."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from tests.support.administration import filled
from tests.support.browser import Page
from tests.support.house import FACILITY, OFFICE, OPERATOR, Premises
from tests.support.office import Office, Person
from tests.support.signing_in import PASSWORD, Visitor

NEW = "/administration/new/holiday"
HOLIDAYS = "/administration/holidays"
POLICY = "/administration/policies/nc-162-62-2025"
MOURNING = {
    "day": "2026-03-04",
    "name": "Day of mourning",
    "source": "Executive Order 1",
    "reason": "Proclaimed by the governor.",
}
WEDNESDAY_COUNTS = "2026-03-05T17:00:00+00:00"
WITHOUT_WEDNESDAY = "2026-03-06T17:00:00+00:00"
PLACES = {"facility": ([FACILITY], []), "agent": ([], [OFFICE]), "auditor": ([], [])}


@pytest.fixture
def desk(office: Office) -> Person:
    return office.person("administrator")


@pytest.fixture
def running(premises: Premises) -> str:
    """A hold from Tuesday 3 March 2026, noon, that leaves out weekends and holidays; its id."""
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"policy": "8-cfr-287.7d"})
    premises.clock.move_to(datetime.fromisoformat("2026-03-03T12:30-05:00"))
    return register(premises, "OAK-1")


def register(premises: Premises, ref: str) -> str:
    times = {"lodged_at": "2026-03-03T08:00", "would_release_at": "2026-03-03T12:00"}
    return premises.register(ref, **times).hold.id


def deadline(premises: Premises, hold_id: str) -> str:
    limit = premises.hold(hold_id).deadline_at
    assert limit is not None
    return limit.isoformat()


def agreed(person: Person, url: str, moves: httpx.Response) -> httpx.Response:
    """Press the button of a page that shows what would move."""
    assert 'name="seen"' in moves.text
    return person.send(url, Page(moves).form())


def test_holiday_is_added_once_the_holds_that_it_moves_were_looked_at(
    premises: Premises, running: str, desk: Person
) -> None:
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING))
    between = deadline(premises, running)
    done = agreed(desk, NEW, shown)

    text = Page(shown).text
    assert shown.status_code == 200
    assert "It reaches 1 open hold, and moves the limits of 1." in text
    assert "was Thu 5 Mar 2026 12:00 EST" in text
    assert "becomes Fri 6 Mar 2026 12:00 EST" in text
    assert "24\xa0h later" in shown.text
    assert between == WEDNESDAY_COUNTS
    assert done.status_code == 303
    assert deadline(premises, running) == WITHOUT_WEDNESDAY
    told = Page(desk.get(done.headers["location"])).text
    assert "Wed 4 Mar 2026: Day of mourning" in told
    assert "Facilitiesall" in told
    (changed,) = premises.events(running, "policy_changed")
    assert changed["data"]["reason"] == MOURNING["reason"]


def test_moves_are_shown_again_where_they_are_others_by_the_time_of_the_button(
    premises: Premises, running: str, desk: Person
) -> None:
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING))
    second = register(premises, "OAK-2")

    again = agreed(desk, NEW, shown)

    text = Page(again).text
    assert again.status_code == 409
    assert "are others by now" in text
    assert "It reaches 2 open holds" in text
    assert premises.house.holidays.all() == []
    assert agreed(desk, NEW, again).status_code == 303
    assert deadline(premises, running) == deadline(premises, second) == WITHOUT_WEDNESDAY


def test_what_was_agreed_to_survives_the_end_of_a_session(
    premises: Premises, office: Office
) -> None:
    visitor = Visitor(office, "administrator")
    visitor.sign_in()
    shown = visitor.fill(visitor.get(NEW), NEW, **MOURNING)
    premises.clock.tick(minutes=31)

    late = visitor.fill(shown, NEW)
    offered = visitor.fill(
        late, "/sign-in", email=visitor.email, password=PASSWORD, code=visitor.code()
    )
    before = premises.house.holidays.all()
    done = visitor.fill(offered, NEW)

    assert late.status_code == 401
    assert "Day of mourning" in Page(offered).text
    assert "seen" not in Page(offered).text
    assert before == []
    assert done.status_code == 303
    assert [each.name for each in premises.house.holidays.all()] == ["Day of mourning"]


def test_holiday_that_reaches_no_hold_is_shown_first_as_well(
    premises: Premises, desk: Person
) -> None:
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING))

    assert "It reaches no open hold." in Page(shown).text
    assert premises.house.holidays.all() == []
    assert agreed(desk, NEW, shown).status_code == 303
    assert [each.name for each in premises.house.holidays.all()] == ["Day of mourning"]


def test_double_click_adds_one_and_says_the_same(premises: Premises, desk: Person) -> None:
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING))

    answers = [agreed(desk, NEW, shown) for _ in range(2)]

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(premises.house.holidays.all()) == 1


def test_from_the_moves_one_goes_back_to_the_form_as_it_was_typed(desk: Person) -> None:
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING, states="NC\nTN"))

    back = desk.send(NEW, Page(shown).form(back="yes"))

    form = Page(back).form()
    assert back.status_code == 200
    assert "seen" not in form
    assert {name: form[name] for name in MOURNING} == MOURNING
    assert form["states"].split() == ["NC", "TN"]


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(desk: Person) -> None:
    typed = {**MOURNING, "day": "2026-02-30", "source": "", "reason": "", "states": "Ohio"}

    answer = desk.send(NEW, filled(desk, NEW, **typed))
    later = desk.send(NEW, filled(desk, NEW, **{**MOURNING, "day": "4 March"}))

    page = Page(answer)
    assert answer.status_code == later.status_code == 422
    for said in ("Source: it is missing", "Reason: it is missing", "States: 'Ohio' is refused"):
        assert page.text.count(said) == 2, said
    assert page.form()["day"] == "2026-02-30"
    assert "Day: '4 March' is refused" in Page(later).text


def test_date_that_does_not_exist_is_refused_at_its_field(desk: Person) -> None:
    answer = desk.send(NEW, filled(desk, NEW, **{**MOURNING, "day": "2026-02-30"}))

    assert answer.status_code == 422
    assert "Day: '2026-02-30' is refused; write a date that exists" in Page(answer).text


def added(desk: Person, **typed: str) -> str:
    """Add a holiday by its pages; return the address of its page."""
    shown = desk.send(NEW, filled(desk, NEW, **MOURNING, **typed))
    done: str = agreed(desk, NEW, shown).headers["location"]
    return done.partition("?")[0]


def test_holidays_are_listed_by_their_day(desk: Person) -> None:
    for day in ("2026-12-24", "2026-03-06", "2026-10-05"):
        shown = desk.send(NEW, filled(desk, NEW, **{**MOURNING, "day": day}))
        agreed(desk, NEW, shown)

    told = Page(desk.get(HOLIDAYS)).text

    places = [told.index(day) for day in ("Fri 6 Mar 2026", "Mon 5 Oct 2026", "Thu 24 Dec 2026")]
    assert places == sorted(places)


def test_holiday_is_changed_and_its_scope_emptied(
    premises: Premises, running: str, desk: Person
) -> None:
    page = added(desk, states="TN")
    before = deadline(premises, running)

    shown = desk.send(f"{page}/edit", filled(desk, f"{page}/edit", states="", reason="A slip."))
    done = agreed(desk, f"{page}/edit", shown)

    assert before == WEDNESDAY_COUNTS
    assert "becomes Fri 6 Mar 2026 12:00 EST" in Page(shown).text
    assert done.status_code == 303
    assert deadline(premises, running) == WITHOUT_WEDNESDAY
    (record,) = premises.house.holidays.all()
    assert (record.states, record.name) == (frozenset(), "Day of mourning")


def test_edit_overwrites_nobody(premises: Premises, office: Office, desk: Person) -> None:
    page, other = added(desk), office.person("administrator")
    first, second = filled(desk, f"{page}/edit"), filled(other, f"{page}/edit")
    shown = other.send(f"{page}/edit", {**second, "name": "Mourning", "reason": "Shorter."})
    agreed(other, f"{page}/edit", shown)

    stale = desk.send(f"{page}/edit", {**first, "name": "Day of grief", "reason": "As printed."})

    assert stale.status_code == 412
    assert "Name: somebody changed this to 'Mourning'" in Page(stale).text
    assert Page(stale).form()["reason"] == "As printed."
    assert [each.name for each in premises.house.holidays.all()] == ["Mourning"]


def test_holiday_is_withdrawn_after_its_moves_were_shown(
    premises: Premises, running: str, desk: Person
) -> None:
    page = added(desk)
    between = deadline(premises, running)

    shown = desk.send(f"{page}/disable", filled(desk, f"{page}/disable", reason="Revoked."))
    done = agreed(desk, f"{page}/disable", shown)
    after = Page(desk.get(page))

    assert between == WITHOUT_WEDNESDAY
    assert "24\xa0h earlier" in shown.text
    assert done.status_code == 303
    assert deadline(premises, running) == WEDNESDAY_COUNTS
    assert "Switched off since" in after.text
    assert not after.all("a", href=f"{page}/disable")
    late = desk.send(f"{page}/disable", {"reason": "Again."})
    assert late.status_code == 409
    assert "it was withdrawn" in Page(late).text


def test_limit_that_would_be_past_at_once_is_marked(
    premises: Premises, running: str, office: Office
) -> None:
    page = added(office.person("administrator"))
    premises.clock.move_to(datetime.fromisoformat("2026-03-05T13:00-05:00"))
    desk, url = office.person("administrator"), f"{page}/disable"

    shown = Page(desk.send(url, filled(desk, url, reason="Revoked.")))

    assert "1 of them would be past a limit at once." in shown.text
    assert "past at once" in shown.text


def test_markup_in_a_name_is_escaped(desk: Person) -> None:
    name = "<script>alert(1)</script>"

    shown = desk.send(NEW, filled(desk, NEW, **{**MOURNING, "name": name}))
    page = agreed(desk, NEW, shown).headers["location"]

    for answer in (shown, desk.get(page), desk.get(HOLIDAYS)):
        assert name not in answer.text
        assert name in Page(answer).text


def test_days_of_a_year_are_those_that_a_new_hold_would_pin(
    premises: Premises, desk: Person
) -> None:
    added(desk, facilities=FACILITY)
    premises.add_facility("ELM")
    year = "/administration/holidays-of-a-year"

    here = Page(desk.get(f"{year}?facility={FACILITY}&year=2026")).text
    there = Page(desk.get(f"{year}?facility=ELM&year=2026")).text
    later = Page(desk.get(f"{year}?facility={FACILITY}&year=2027")).text

    assert "Sat 4 Jul 2026 Independence Day, 5 U.S.C. 6103(a)" in here
    assert "Fri 3 Jul 2026 in lieu of Independence Day, 5 U.S.C. 6103(b)" in here
    assert "Wed 4 Mar 2026 Day of mourning, Executive Order 1" in here
    assert "Day of mourning" not in there
    assert "Day of mourning" not in later
    wrong = desk.get(f"{year}?facility={FACILITY}&year=26")
    assert wrong.status_code == 422
    assert "Year: '26' is refused; use 1990 to 2100" in Page(wrong).text
    assert desk.get(f"{year}?facility=NONE&year=2026").status_code == 404
    assert desk.get(year).status_code == 200


def test_policies_are_told_with_source_and_mark(desk: Person) -> None:
    listed, page = Page(desk.get("/administration/policies")), Page(desk.get(POLICY))

    assert "Form I-247A" in listed.text
    assert "counsel must confirm" in listed.text
    assert "SourceS.L. 2025-85, by an official digest" in page.text
    assert "S: known from a paraphrase" in page.text
    assert page.all("a", href=f"{POLICY}/apply")
    other = Page(desk.get("/administration/policies/i-247a"))
    assert not other.all("a", href="/administration/policies/i-247a/apply")


@pytest.fixture
def under_old_law(premises: Premises) -> str:
    """A hold of a facility in North Carolina that pinned the law before the new one; its id."""
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"policy": "i-247a"})
    premises.clock.move_to(datetime.fromisoformat("2026-03-03T12:30-05:00"))
    hold_id = register(premises, "OAK-1")
    premises.administration.edit(OPERATOR, "facility", FACILITY, {"policy": "nc-162-62"})
    return hold_id


def test_law_is_brought_to_open_holds_after_they_were_shown(
    premises: Premises, under_old_law: str, desk: Person
) -> None:
    url = f"{POLICY}/apply"

    shown = desk.send(url, filled(desk, url, reason="S.L. 2025-85"))
    before = premises.hold(under_old_law).policy
    done = agreed(desk, url, shown)

    assert "It reaches 1 open hold" in Page(shown).text
    assert (before, premises.hold(under_old_law).policy) == ("i-247a", "nc-162-62-2025")
    assert done.headers["location"] == f"{POLICY}?done=apply"


def test_policy_that_reaches_no_open_hold_is_not_applied(desk: Person) -> None:
    answer = desk.send("/administration/policies/i-247a/apply", {"reason": "x"})

    assert answer.status_code == 422
    assert "does not reach holds that were open" in Page(answer).text


@pytest.mark.parametrize("role", PLACES)
def test_nobody_else_opens_or_sends_anything(office: Office, role: str) -> None:
    person = office.person(role, *PLACES[role])

    statuses = {
        person.get(HOLIDAYS).status_code,
        person.get(NEW).status_code,
        person.send(NEW, MOURNING).status_code,
        person.get(POLICY).status_code,
        person.send(f"{POLICY}/apply", {"reason": "x"}).status_code,
    }

    assert statuses == {403}
