from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from config import policies
from scheduler.domain.policy import Anchor, Excluded, Notice, Paper
from scheduler.errors import ConfigError

BOOK = policies.load_policies()
H48 = timedelta(hours=48)
WEEKENDS = frozenset(Excluded)
RELEASE = Anchor.WOULD_RELEASE_AT
FORM = (Paper.SERVED, Paper.WARRANT)
ORDER = (Paper.JUDICIAL_ORDER,)
GOOD = """
[[policy]]
id = "county-1"
version = 1
title = "A county's own"
anchor = "would_release_at"
limit = "24 h"
notice = "requested"
source = "county ordinance 1"
mark = "V"
"""


def own_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        policies.load_policies(path)
    return refused.value.problems


@pytest.mark.parametrize(
    ("policy_id", "anchor", "limit", "excludes", "notice", "papers", "checks", "mark"),
    [
        ("i-247a", RELEASE, H48, frozenset(), Notice.REQUESTED, FORM, (), "V"),
        ("8-cfr-287.7d", RELEASE, H48, WEEKENDS, Notice.REQUESTED, (), ("i-247a",), "Q"),
        ("i-247-2012", RELEASE, H48, WEEKENDS, Notice.REQUESTED, (), ("i-247a",), "Q"),
        ("i-247d-2015", RELEASE, H48, frozenset(), Notice.REQUESTED, (Paper.SERVED,), (), "R"),
        ("i-247n-2015", Anchor.NONE, None, frozenset(), Notice.REQUESTED, (), (), "V"),
        ("i-247g-2025", Anchor.NONE, None, frozenset(), Notice.REQUESTED, (), (), "S"),
        ("nc-162-62-2024", Anchor.LODGED_AT, H48, frozenset(), Notice.REQUESTED, ORDER, (), "V/Q"),
        ("nc-162-62-2025", RELEASE, H48, frozenset(), Notice.REQUIRED, ORDER, (), "S"),
        ("nh-30-b-1", RELEASE, H48, WEEKENDS, Notice.REQUESTED, (), ("i-247a",), "V/S"),
        ("287g-wso", Anchor.WARRANT_SERVED_AT, H48, frozenset(), Notice.REQUESTED, (), (), "V"),
        ("fl-908", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("tx-2a-060", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V/R"),
        ("ok-22-171.3", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("id-18-9005", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("ia-27a", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("la-33-84", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("wv-15-16-3", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "V"),
        ("in-2026", RELEASE, H48, frozenset(), Notice.REQUIRED, FORM, (), "S"),
        ("tn-2026", RELEASE, H48, frozenset(), Notice.REQUIRED, (), (), "S"),
        ("salt-lake-county", RELEASE, H48, frozenset(), Notice.REQUESTED, (), (), "V"),
        ("no-hold", Anchor.NONE, None, frozenset(), Notice.OPTIONAL, (), (), "V/Q"),
        ("no-hold-no-notice", Anchor.NONE, None, frozenset(), Notice.PROHIBITED, (), (), "V"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) > 4 else "",
)
def test_shipped_policy_says_what_its_source_says(
    policy_id: str,
    anchor: Anchor,
    limit: timedelta | None,
    excludes: frozenset[Excluded],
    notice: Notice,
    papers: tuple[Paper, ...],
    checks: tuple[str, ...],
    mark: str,
) -> None:
    policy = BOOK[policy_id]

    assert policy.enabled
    assert (policy.anchor, policy.limit, policy.excludes) == (anchor, limit, excludes)
    assert (policy.notice, policy.papers, policy.checks) == (notice, papers, checks)
    assert policy.mark == mark
    assert not policy.observed


def test_texts_that_nobody_read_are_kept_but_switched_off() -> None:
    off = {policy.id for policy in BOOK.values() if not policy.enabled}

    assert off == {"ga-42-1-11.5", "nc-15a-534-query", "ct-54-192h"}
    assert len(BOOK) == 25


def test_north_carolina_has_two_texts_in_one_family() -> None:
    old, new = BOOK["nc-162-62-2024"], BOOK["nc-162-62-2025"]

    assert BOOK.families == {"nc-162-62": (old, new)}
    assert (old.in_force_until, new.in_force_from) == (date(2025, 9, 30), date(2025, 10, 1))
    assert (old.applies_by, new.applies_by) == ("offence", "confinement")
    assert (new.notice_overdue_after, new.notice_reminder_before) == (
        timedelta(hours=2),
        timedelta(hours=1),
    )
    assert (old.reaches_open, new.reaches_open) == (False, True)


def test_own_file_adds_a_policy(tmp_path: Path) -> None:
    book = policies.load_policies(own_file(tmp_path, GOOD))

    assert book["county-1"].limit == timedelta(hours=24)
    assert len(book) == len(BOOK) + 1


def test_own_file_replaces_a_policy_with_a_higher_version(tmp_path: Path) -> None:
    text = GOOD.replace("county-1", "ct-54-192h").replace("version = 1", "version = 2")

    book = policies.load_policies(own_file(tmp_path, text))

    assert book["ct-54-192h"].enabled
    assert book["ct-54-192h"].version == 2


def test_own_file_may_not_replace_a_policy_at_the_same_version(tmp_path: Path) -> None:
    text = GOOD.replace("county-1", "ct-54-192h")

    assert problems_of(own_file(tmp_path, text)) == (
        "policy ct-54-192h: version: 1 replaces version 1; use 2 or higher",
    )


def test_row_takes_over_the_terms_of_the_row_it_is_based_on(tmp_path: Path) -> None:
    text = """
[[policy]]
id = "county-2"
version = 1
title = "As North Carolina, but without notice"
based_on = "nc-162-62-2024"
notice = "optional"
source = "ordinance 2"
mark = "V"
"""

    policy = policies.load_policies(own_file(tmp_path, text))["county-2"]

    assert (policy.anchor, policy.limit, policy.papers) == (Anchor.LODGED_AT, H48, ORDER)
    assert policy.notice is Notice.OPTIONAL
    assert (policy.family, policy.in_force_from) == (None, None)


def test_shipped_rows_keep_their_terms_when_their_base_is_replaced(tmp_path: Path) -> None:
    text = GOOD.replace("county-1", "i-247a").replace("version = 1", "version = 2")

    book = policies.load_policies(own_file(tmp_path, text))

    assert book["i-247a"].limit == timedelta(hours=24)
    assert book["fl-908"].limit == H48


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    text = """
[[policy]]
id = "a"
version = 1
title = "no source, no time"
anchor = "would_release_at"
limit = "0 h"
notice = "requested"
mark = "V"

[[policy]]
id = "b"
version = 1
title = "negative"
anchor = "lodged_at"
limit = "-48 h"
notice = "requested"
source = "s"
mark = "V"

[[policy]]
id = "c"
version = 1
title = "wrong words"
anchor = "booked_at"
limit = "48 h"
notice = "requested"
papers = ["i-200"]
zone = "Mars/Phobos"
source = "s"
mark = "V"

[[policy]]
id = "d"
version = 1
title = "wrong names"
anchor = "would_release_at"
limit = "48 h"
notice = "requested"
checks = ["nowhere", "no-hold", "ct-54-192h"]
based_on = "nobody"
family = "nc-162-62"
in_force_from = "2025-09-30"
in_force_until = "2025-09-30"
source = "s"
mark = "V"
"""

    problems = problems_of(own_file(tmp_path, text))

    starts = {": ".join(problem.split(": ")[:2]) for problem in problems}
    assert starts == {
        "policy a: source",
        "policy b: limit",
        "policy c: anchor",
        "policy c: papers",
        "policy c: zone",
        "policy d: checks",
        "policy d: based_on",
        "policy d: in_force_from",
    }
    assert sum("policy d: checks" in problem for problem in problems) == 3


@pytest.mark.parametrize(
    ("bases", "policy_id"), [(("b", "a"), "a"), (("b", "a"), "b")], ids=["first", "second"]
)
def test_rows_based_on_each_other_are_refused(
    tmp_path: Path, bases: tuple[str, str], policy_id: str
) -> None:
    rows = [
        GOOD.replace("county-1", name).replace("mark", f'based_on = "{base}"\nmark')
        for name, base in zip(("a", "b"), bases, strict=True)
    ]

    problems = problems_of(own_file(tmp_path, "".join(rows)))

    assert any(
        problem.startswith(f"policy {policy_id}: based_on: ") and "leads back" in problem
        for problem in problems
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[[policy", "cannot be read as TOML", id="no TOML"),
        pytest.param("[rules]\nx = 1\n", "rules: unknown; write [[policy]] tables", id="other"),
        pytest.param("policy = 5\n", "policy: 5 is refused", id="no table"),
        pytest.param("[[policy]]\ntitle = 'x'\n", "id: None is refused", id="no id"),
        pytest.param(GOOD + GOOD, "policy county-1: id: given twice", id="twice"),
    ],
)
def test_file_that_is_no_policy_file_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert any(expected in problem for problem in problems_of(own_file(tmp_path, text)))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in problems_of(tmp_path / "nowhere.toml")[0]


def test_family_may_not_bear_a_policys_name(tmp_path: Path) -> None:
    text = GOOD.replace("mark", 'family = "i-247a"\nmark')

    assert problems_of(own_file(tmp_path, text)) == (
        "policy county-1: family: 'i-247a' is a policy's id; use another name",
    )


def test_every_shipped_row_names_a_source_and_a_mark() -> None:
    rows = tomllib.loads(policies.SHIPPED.read_text(encoding="utf-8"))["policy"]

    assert [row["id"] for row in rows if not row["source"] or not row["mark"]] == []
