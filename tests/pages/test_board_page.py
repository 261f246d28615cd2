"""The board as it is sent: rows, groups, counts, filters, pages, and what it says when it is empty."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support import scene
from tests.support.browser import Browser, Page
from tests.support.house import Premises
from tests.support.office import Office

NBSP = "\N{NO-BREAK SPACE}"
HOUR = timedelta(hours=1)


def started(premises: Premises, hours_ago: float) -> str:
    return (premises.clock.now() - hours_ago * HOUR).isoformat()


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return Page(answer).text


def refs(answer: Any) -> list[str]:
    return re.findall(r'class="ref"[^>]*>([^<]*)<', answer.text)


def test_rows_stand_by_next_limit_in_their_groups(premises: Premises, office: Office) -> None:
    scene.play(premises)

    answer = office.person("administrator").get("/")

    found = refs(answer)
    assert found[:9] == [
        *("CR-2291", "OK-1190", "LK-0417", "OK-1188", "LK-0419", "TR-0312", "WS-0007"),
        *("CR-2288", "OK-1192"),
    ]
    assert set(found[9:]) == {"NH-0001", "PR-0090"}
    said = text(answer)
    for told in (
        "(1 expired) Board",
        "1 past the limit 2 due within 4 h 3 running longer 1 lapsed 4 clock not started",
        "EXPIRED 2 h 27 min ago",
        "Authority ended Mon 2 Mar 06:33 EST",
        "No transfer or release is on record",
        "1 h 30 min to ceiling",
        "37 h to deadline",
        "Ceiling was Sun 1 Mar 22:00 EST",
        "NO AUTHORITY ON RECORD: NOT SERVED, NO WARRANT",
        "Wed 4 Mar 07:48 CST",
        "Local custody goes on",
        "Release expected now: confirm or correct",
        "Not acknowledged",
        "No clock",
        "Live. Timekeeper ran 0 s ago.",
    ):
        assert (
            told in said if not told.startswith("Live") else told in answer.text.replace(NBSP, " ")
        )


def test_each_sees_what_is_theirs(premises: Premises, office: Office) -> None:
    scene.play(premises)

    at_pine = office.person("facility", [scene.PINE]).get("/")

    assert refs(at_pine) == ["TR-0312"]
    assert "past the limit" not in text(at_pine)


def test_filter_stands_in_the_address_and_never_hides_what_is_past_the_limit(
    premises: Premises, office: Office
) -> None:
    scene.play(premises)
    reader = office.person("auditor")

    by_state = reader.get("/?state=TN")
    by_text = reader.get("/?q=lk-0")
    nothing = reader.get("/?q=zzz")

    assert refs(by_state) == ["CR-2291", "TR-0312"]
    assert "The filter leaves out 9 open holds." in text(by_state)
    assert "2 due within 4 h" in text(by_state)
    assert refs(by_text) == ["CR-2291", "LK-0417", "LK-0419"]
    assert Page(by_text).all("input", id="q")[0]["value"] == "lk-0"
    assert refs(nothing) == ["CR-2291"]


def test_reference_or_id_that_names_one_hold_leads_to_it(
    premises: Premises, office: Office
) -> None:
    ids = scene.play(premises)
    reader = office.person("auditor")

    found = [reader.get(f"/?q={typed}") for typed in ("LK-0417", "lk-0417", ids["LK-0417"].lower())]

    assert {(each.status_code, each.headers["location"]) for each in found} == {
        (303, f"/holds/{ids['LK-0417']}")
    }


def test_nobody_signed_in_is_led_to_sign_in(office: Office) -> None:
    answer = Browser(office.app).get("/?state=NC")

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/%3Fstate%3DNC",
    )


def test_empty_board_is_a_true_zero_only_while_the_timekeeper_runs(
    premises: Premises, office: Office
) -> None:
    reader = office.person("facility", ["OAK"])
    scene.look(premises)

    running = text(reader.get("/"))
    premises.clock.tick(minutes=4)
    stopped = text(reader.get("/"))

    assert "No open holds at your facilities." in running
    assert "so this is a true zero and not a fault." in running
    assert "Reminders have stopped" not in running
    assert "Reminders have stopped. The timekeeper last ran at 09:00:00 EST, 4 min ago." in stopped
    assert "true zero" not in stopped


@pytest.mark.parametrize(("seconds", "is_told"), [(30, False), (31, True)])
def test_stopped_timekeeper_is_told_after_half_a_minute(
    premises: Premises, office: Office, seconds: int, is_told: bool
) -> None:
    scene.look(premises)
    premises.clock.tick(seconds=seconds)

    said = text(office.person("auditor").get("/"))

    assert ("Reminders have stopped" in said) is is_told


def test_limit_that_passes_while_the_worker_stands_still_is_shown_as_passed(
    premises: Premises, office: Office
) -> None:
    premises.register("R-1", would_release_at=started(premises, 47))
    premises.clock.tick(hours=1)
    reader = office.person("facility", ["OAK"])

    board, elsewhere = reader.get("/"), reader.get("/board/rows")

    assert "EXPIRED 0 h 00 min ago" in text(board)
    assert 'data-title="(1 expired) Board' in elsewhere.text
    assert premises.kinds().count("hold_expired") == 0


def test_hundred_rows_a_page_and_the_pressing_ones_on_each(
    premises: Premises, office: Office
) -> None:
    premises.register("PAST", would_release_at=started(premises, 50))
    premises.register("NEAR", would_release_at=started(premises, 45))
    premises.register_many(230, would_release_at=started(premises, 1))
    reader = office.person("facility", ["OAK"])

    pages = [reader.get(f"/?page={number}") for number in (1, 2, 3, 4, "x")]

    assert [len(refs(page)) for page in pages] == [102, 102, 32, 32, 102]
    assert all(refs(page)[:2] == ["PAST", "NEAR"] for page in pages)
    assert all("1 past the limit 1 due within 4 h 230 running longer" in text(p) for p in pages)
    assert len({ref for page in pages[:3] for ref in refs(page)}) == 232
    assert "Page 2 of 3" in text(pages[1])
    assert [link["href"] for link in Page(pages[1]).all("a", rel="next")] == ["/?page=3"]


def test_wall_has_nothing_to_press(premises: Premises, office: Office) -> None:
    scene.play(premises)

    wall = Page(office.person("agent", offices=["EAST"]).get("/wall"))

    assert "EXPIRED 2 h 27 min ago" in wall.text.replace(NBSP, " ")
    assert not [tag for tag, _ in wall.elements if tag in {"a", "button", "input", "form"}]


def test_script_in_a_reference_is_text(premises: Premises, office: Office) -> None:
    premises.register("<script>alert(1)</script>", would_release_at=started(premises, 1))

    answer = office.person("facility", ["OAK"]).get("/")

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_over_detention_stands_above_every_other_page(premises: Premises, office: Office) -> None:
    ids = scene.play(premises)
    reader = office.person("facility", ["OAK"])

    board = reader.get("/")

    assert 'class="alarm"' not in board.text
    assert f'href="/holds/{ids["CR-2291"]}"' in board.text
