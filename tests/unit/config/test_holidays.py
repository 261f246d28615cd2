from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config import holidays
from config.policies import load_policies
from scheduler.errors import ConfigError, PolicyError
from tests.support import oracle

POLICIES = load_policies()
CFR = POLICIES["8-cfr-287.7d"]
NH = POLICIES["nh-30-b-1"]
DAY = date(2030, 2, 6)  # a Wednesday, no federal holiday


def own_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def one_day(scope: str = "") -> str:
    return f'[[day]]\ndate = "2030-02-06"\nname = "Day"\nsource = "order 1"\n{scope}\n'


@pytest.mark.parametrize("year", range(1989, 2103))
def test_federal_dates_agree_with_the_statute(year: int) -> None:
    found = holidays.federal_year(year)

    assert set(found.statutory) == oracle.statutory_holidays(year)
    assert set(found.in_lieu) == oracle.in_lieu_days(year)


def test_federal_holidays_are_eleven_since_juneteenth() -> None:
    assert len(holidays.federal_year(2020).statutory) == 10
    assert len(holidays.federal_year(2021).statutory) == 11


@pytest.mark.parametrize("year", [1988, 2103, 9999])
def test_year_without_a_table_is_refused_and_not_taken_as_free_of_holidays(year: int) -> None:
    with pytest.raises(PolicyError, match="there is no table of federal holidays"):
        holidays.federal_year(year)


def test_shipped_file_adds_no_day() -> None:
    assert holidays.load_holidays().extra == ()


@pytest.mark.parametrize(
    ("scope", "state", "facility_code", "cfr", "nh"),
    [
        pytest.param("", None, None, True, True, id="everywhere"),
        pytest.param('policies = ["nh-30-b-1"]', "NH", "X", False, True, id="one policy"),
        pytest.param('states = ["NH", "VT"]', "NH", "X", True, True, id="in the state"),
        pytest.param('states = ["NH"]', "NC", "X", False, False, id="in another state"),
        pytest.param('states = ["NH"]', None, None, False, False, id="state not known"),
        pytest.param('facilities = ["X"]', "NH", "X", True, True, id="at the facility"),
        pytest.param('facilities = ["X"]', "NH", "Y", False, False, id="at another"),
        pytest.param(
            'states = ["NC"]\nfacilities = ["X"]',
            "NH",
            "X",
            False,
            False,
            id="all scopes must match",
        ),
    ],
)
def test_dated_day_reaches_what_its_scope_names(
    tmp_path: Path, scope: str, state: str | None, facility_code: str | None, cfr: bool, nh: bool
) -> None:
    book = holidays.load_holidays(own_file(tmp_path, one_day(scope)), policies=POLICIES)

    calendar = book.calendar("America/New_York", state=state, facility_code=facility_code)

    assert calendar.excluded_reason(DAY, CFR) == ("Day, order 1" if cfr else None)
    assert calendar.excluded_reason(DAY, NH) == ("Day, order 1" if nh else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            one_day("colour = 1"), "day 2030-02-06: colour: unknown field", id="unknown field"
        ),
        pytest.param(
            one_day('policies = ["nowhere"]'), "policies: 'nowhere' is unknown", id="unknown policy"
        ),
        pytest.param(one_day("states = []"), "states: [] is refused", id="empty scope"),
        pytest.param(one_day('states = ["Ohio"]'), "states: 'Ohio' is refused", id="state in full"),
        pytest.param(one_day('states = "NH"'), "states: 'NH' is refused", id="no list"),
        pytest.param(one_day() + one_day(), "given twice for the same holds", id="twice"),
        pytest.param(
            '[[day]]\ndate = "2030-02-30"\nname = "x"\nsource = "y"\n',
            "date: '2030-02-30' is refused",
            id="no such date",
        ),
        pytest.param(
            '[[day]]\ndate = "1989-02-03"\nname = "x"\nsource = "y"\n',
            "date: '1989-02-03' is refused",
            id="year",
        ),
        pytest.param(
            '[[day]]\ndate = "2030-02-06"\nname = "x"\n', "source: None is refused", id="no source"
        ),
        pytest.param(
            '[[day]]\nname = "x"\nsource = "y"\n', "day without a date: date: None", id="no date"
        ),
        pytest.param("[[days]]\n", "days: unknown; write [[day]] tables", id="other table"),
    ],
)
def test_wrong_day_is_refused_with_its_field(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as refused:
        holidays.load_holidays(own_file(tmp_path, text), policies=POLICIES)

    assert any(expected in problem for problem in refused.value.problems)


def test_every_wrong_day_is_named_at_once(tmp_path: Path) -> None:
    text = one_day("colour = 1\nstates = []") + '[[day]]\ndate = "x"\nname = ""\nsource = ""\n'

    with pytest.raises(ConfigError) as refused:
        holidays.load_holidays(own_file(tmp_path, text), policies=POLICIES)

    assert len(refused.value.problems) == 5


def test_date_may_be_written_as_a_toml_date(tmp_path: Path) -> None:
    text = one_day().replace('"2030-02-06"', "2030-02-06")

    assert holidays.load_holidays(own_file(tmp_path, text)).extra[0].day == DAY
