"""What people type or press on pages, and that must do no harm: formulas, presses at once."""

from __future__ import annotations

import csv
import io
from functools import partial

from tests.support import scene
from tests.support.browser import Page
from tests.support.house import FACILITY, Premises
from tests.support.office import Office
from tests.support.together import at_once

FORMULA = "=cmd|'/C calc'!A0"


def test_formula_in_a_note_is_none_in_the_copy_that_the_page_offers(
    premises: Premises, office: Office
) -> None:
    hold_id = premises.register("=SUM(A1)").hold.id
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get(f"/holds/{hold_id}/record?fact=notice")).form(note=FORMULA)
    assert desk.post(f"/holds/{hold_id}/record", form).status_code == 303
    links = [str(each["href"]) for each in Page(desk.get("/events")).all("a")]

    copy = desk.get(next(href for href in links if "format=csv" in href))

    cells = [cell for row in csv.reader(io.StringIO(copy.text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert "'=SUM(A1)" in cells
    assert any(FORMULA in cell for cell in cells)


def test_form_of_a_new_hold_that_comes_several_times_at_once_registers_once(
    premises: Premises, office: Office
) -> None:
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get("/holds/new")).form(hold_ref="OK-77", facility_code=FACILITY, show="")

    answers = at_once(*[partial(desk.post, "/holds/new", form)] * 3)

    assert {each.status_code for each in answers} <= {303, 409}
    assert premises.kinds().count("hold_registered") == 1


def test_form_of_a_fact_that_comes_several_times_at_once_records_once(
    premises: Premises, office: Office
) -> None:
    hold_id = scene.play(premises)["CR-2291"]
    desk = office.person("facility", [FACILITY])
    form = Page(desk.get(f"/holds/{hold_id}/record?fact=transfer")).form()

    answers = at_once(*[partial(desk.post, f"/holds/{hold_id}/record", form)] * 3)

    assert {each.status_code for each in answers} <= {303, 409}
    assert premises.kinds(hold_id).count("transfer_recorded") == 1
