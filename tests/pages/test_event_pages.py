"""The event log as a page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office


def test_log_is_read_in_sentences_by_whoever_may(premises: Premises, office: Office) -> None:
    scene.play(premises)
    desk, auditor = office.person("facility", [FACILITY]), office.person("auditor")

    theirs, everything = (Page(each.get("/events")).text for each in (desk, auditor))

    assert "The limit passed with no transfer or release on record." in theirs
    assert "TR-0312" not in theirs
    assert "Setting of facility" not in theirs
    older = Page(auditor.get("/events")).text
    assert "TR-0312" in everything + older


def lines(answer: Any) -> int:
    return int(answer.text.count("<li><span><time"))


def test_filter_and_pages_go_through_the_whole_log(premises: Premises, office: Office) -> None:
    for number in range(60):
        premises.register(f"OK-{number}")
    desk = office.person("facility", [FACILITY])

    first = desk.get("/events?kind=hold_registered")
    (older,) = Page(first).all("a", rel="next")
    second = desk.get(str(older["href"]))
    newest = desk.get(str(Page(second).all("a", rel="first")[0]["href"]))

    assert (lines(first), lines(second)) == (50, 10)
    assert "kind=hold_registered" in str(older["href"])
    assert Page(newest).text == Page(first).text


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        pytest.param("kind=nothing", "kind", "nothing is no kind of event", id="kind"),
        pytest.param("facility_code=X", "facility_code", "There is no facility X", id="facility"),
        pytest.param("facility_code=PINE", "facility_code", "no facility PINE", id="not theirs"),
        pytest.param("hold=%00", "hold", "among your facilities", id="no text"),
        pytest.param("hold=TR-0312", "hold", "There is no hold TR-0312", id="hold not theirs"),
        pytest.param("from=yesterday", "from", "yesterday is not a day", id="from"),
        pytest.param("to=2026-13-01", "to", "There is no day 2026-13-01", id="to"),
        pytest.param("to=2026-03-01+25:40", "to", "25:40 is not a time of day", id="time"),
        pytest.param("from=2026-03-02&to=2026-03-01", "to", "ends before it begins", id="both"),
    ],
)
def test_what_cannot_be_asked_for_is_told_at_its_field(
    premises: Premises, office: Office, query: str, field: str, says: str
) -> None:
    scene.play(premises)

    answer = office.person("facility", [FACILITY]).get(f"/events?{query}")

    page = Page(answer)
    assert answer.status_code == 422
    assert says in page.text
    (wrong,) = [held for _, held in page.elements if held.get("aria-invalid")]
    assert (wrong["id"], wrong["aria-describedby"]) == (
        field,
        f"{field}-h {field}-p" if field in {"from", "to"} else f"{field}-p",
    )
    assert lines(answer) == 0


@pytest.mark.parametrize("cursor", ["zzz", "%00"])
def test_address_that_was_cut_short_leads_back_to_the_newest(
    premises: Premises, office: Office, cursor: str
) -> None:
    answer = office.person("auditor").get(f"/events?kind=call_logged&cursor={cursor}")

    assert answer.status_code == 422
    assert Page(answer).all("a", rel="first")[0]["href"] == "/events?kind=call_logged"


def test_days_and_minutes_are_the_jails_and_both_ends_are_inside(
    premises: Premises, office: Office
) -> None:
    # 09:00 in New York, 08:00 in Chicago.
    scene.play(premises)
    premises.clock.tick(hours=24)
    premises.register("LATE-1", lodged_at=premises.clock.now().isoformat())
    auditor = office.person("auditor")

    def refs(query: str) -> set[str]:
        page = Page(auditor.get(f"/events?kind=hold_registered&{query}"))
        return set(re.findall(r"LATE-1|OK-1190|TR-0312", page.text))

    assert refs("from=2026-03-03") == {"LATE-1"}
    assert refs("facility_code=OAK&to=2026-02-27") == {"OK-1190"}
    assert refs("facility_code=OAK&from=2026-02-27+10:00&to=2026-02-27+10:00") == {"OK-1190"}
    assert refs("facility_code=OAK&from=2026-02-27+10:01&to=2026-03-01") == set()
    assert refs("facility_code=PINE&from=2026-02-27+09:00&to=2026-02-27+09:00") == {"TR-0312"}


def test_hold_is_found_by_reference_or_id_and_the_copy_is_of_the_same(
    premises: Premises, office: Office
) -> None:
    ids = scene.play(premises)
    desk = office.person("facility", [FACILITY])

    by_ref, by_id = (desk.get(f"/events?hold={name}") for name in ("LK-0417", ids["LK-0417"]))
    query = "kind=clock_started&hold=LK-0417&from=2026-02-20&to=2026-03-09"
    narrowed = desk.get(f"/events?{query}&facility_code=OAK")
    (copy,) = [
        str(link["href"]) for link in Page(narrowed).all("a") if "csv" in str(link.get("href"))
    ]

    assert lines(by_ref) == lines(by_id) > 1
    assert lines(narrowed) == 1
    assert copy == (
        "/api/v1/events/export?format=csv&kind=clock_started&facility_code=OAK"
        f"&hold_id={ids['LK-0417']}"
        "&since=2026-02-20T05%3A00%3A00Z&until=2026-03-10T04%3A00%3A00Z"
    )
    assert desk.get(copy).text.count("clock_started") == 1


def test_reference_that_two_jails_use_asks_which(premises: Premises, office: Office) -> None:
    premises.add_facility()
    premises.register("SAME-1")
    premises.register("SAME-1", facility_code="ELM")
    auditor = office.person("auditor")

    both, one = (auditor.get(f"/events?hold=SAME-1{more}") for more in ("", "&facility_code=ELM"))

    assert "Several facilities have a hold SAME-1" in Page(both).text
    assert lines(one) == 1


def test_copy_is_taken_by_the_same_session(premises: Premises, office: Office) -> None:
    premises.register("OK-1")

    answer = office.person("facility", [FACILITY]).get("/api/v1/events/export?format=csv")

    assert answer.status_code == 200
    assert "hold_registered" in answer.text
