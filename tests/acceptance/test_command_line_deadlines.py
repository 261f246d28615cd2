"""`holdclock deadline`: worked cases, a batch with bad lines, own policies; no database, no keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine

NEW_YORK = "America/New_York"
WEEKDAYS, ELAPSED = "8-cfr-287.7d", "i-247a"

# The start, where every hour counts, and without weekends and federal holidays;
# a published example agrees with the weekday rule on the first two.
WORKED = [
    ("2025-03-03T17:00", "Wed 5 Mar 2025 17:00 EST", "Wed 5 Mar 2025 17:00 EST"),
    ("2025-03-06T17:00", "Sat 8 Mar 2025 17:00 EST", "Mon 10 Mar 2025 17:00 EDT"),
    ("2025-08-29T18:00", "Sun 31 Aug 2025 18:00 EDT", "Wed 3 Sep 2025 18:00 EDT"),
    ("2025-11-26T18:00", "Fri 28 Nov 2025 18:00 EST", "Mon 1 Dec 2025 18:00 EST"),
    ("2026-12-31T09:00", "Sat 2 Jan 2027 09:00 EST", "Tue 5 Jan 2027 09:00 EST"),
    ("2026-03-07T12:00", "Mon 9 Mar 2026 13:00 EDT", "Wed 11 Mar 2026 00:00 EDT"),
    ("2026-10-31T12:00", "Mon 2 Nov 2026 11:00 EST", "Wed 4 Nov 2026 00:00 EST"),
]


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A shell that knows no database and no keys."""
    shell = CommandLine(tmp_path, {})
    shell.settings = {
        name: text for name, text in shell.settings.items() if not name.startswith("HOLDCLOCK_")
    }
    return shell


def question(policy: str, start: str, zone: str = NEW_YORK) -> list[str]:
    return ["deadline", "--policy", policy, "--from", start, "--timezone", zone]


@pytest.mark.parametrize(("start", "elapsed", "weekdays"), WORKED, ids=lambda case: case[:16])
def test_worked_case(shell: CommandLine, start: str, elapsed: str, weekdays: str) -> None:
    every_hour = shell.do(*question(ELAPSED, start))
    counted = shell.do(*question(WEEKDAYS, start))

    assert f"Authority ends  {elapsed}" in every_hour
    assert f"Authority ends  {weekdays}" in counted
    if elapsed != weekdays:
        assert f"Ceiling         {elapsed}, by i-247a: plan to this" in counted


def test_answer_has_the_steps_their_source_and_the_warning(shell: CommandLine) -> None:
    answer = shell.ask(*question(WEEKDAYS, "2025-08-29T18:00:00-04:00"))

    assert answer["policy"] == WEEKDAYS
    assert answer["starts_at"] == "2025-08-29T22:00:00Z"
    assert answer["deadline_at"] == "2025-09-03T22:00:00Z"
    assert answer["ceiling_at"] == "2025-08-31T22:00:00Z"
    assert [step["total"] for step in answer["steps"]][-1] == "48 h"
    assert any("Labor Day" in step["why"] for step in answer["steps"])
    assert any("counsel must confirm" in warning for warning in answer["warnings"])


def test_policy_without_a_clock_answers_with_nulls(shell: CommandLine) -> None:
    answer = shell.ask(*question("no-hold", "2025-08-29T18:00:00-04:00"))

    assert (answer["starts_at"], answer["deadline_at"], answer["ceiling_at"]) == (None, None, None)
    assert "no clock" in shell.do(*question("no-hold", "2025-08-29T18:00:00-04:00"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (question("48h", "2025-08-29T18:00Z"), "policy: '48h' is unknown; use one of i-247a"),
        (question(ELAPSED, "tomorrow"), "from: 'tomorrow' is refused; write an RFC 3339"),
        (question(ELAPSED, "1989-12-31T00:00Z"), "use a year from 1990 to 2100"),
        (question(ELAPSED, "2025-08-29T18:00Z", "EST5EDT4"), "timezone: 'EST5EDT4' is refused"),
        (question(ELAPSED, "2026-03-08T02:30"), "does not exist; use one before 02:00 or from"),
    ],
    ids=["policy", "no time", "year", "zone", "spring gap"],
)
def test_wrong_question_is_refused(shell: CommandLine, asked: list[str], said: str) -> None:
    assert said in shell.refused(*asked)


@pytest.mark.parametrize(
    "arguments",
    [
        ["deadline"],
        ["deadline", "--policy", ELAPSED],
        ["deadline", "--batch", "--policy", ELAPSED],
        ["deadline", "--at", "2025-08-29T18:00Z"],
    ],
    ids=["nothing", "half", "batch and more", "unknown option"],
)
def test_wrong_usage_exits_2(shell: CommandLine, arguments: list[str]) -> None:
    answer = shell.run(*arguments)

    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr


def test_batch_answers_every_line_in_order_the_bad_ones_too(shell: CommandLine) -> None:
    good = {"policy": ELAPSED, "from": "2025-08-29T18:00:00-04:00", "timezone": NEW_YORK}
    lines: list[str | bytes] = [
        json.dumps(good),
        "not JSON",
        "",
        "[]",
        json.dumps({**good, "policy": 7}),
        json.dumps({**good, "from": "2025-08-29T18:00"}),
        json.dumps({**good, "timezone": None}),
        b"\xff\xfe",
        json.dumps({**good, "policy": WEEKDAYS}),
    ]
    raw = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)

    answer = shell.run("deadline", "--batch", stdin=raw + b"\n")

    answers = [json.loads(line) for line in answer.stdout.splitlines()]
    assert (answer.code, answer.stderr, len(answers)) == (0, "", len(lines))
    assert answers[0]["deadline_at"] == "2025-08-31T22:00:00Z"
    assert [set(each) for each in answers[1:8]] == [{"error"}] * 7
    assert "add the offset" in answers[5]["error"]
    assert answers[8]["deadline_at"] == "2025-09-03T22:00:00Z"


def test_batch_of_nothing_answers_nothing(shell: CommandLine) -> None:
    assert shell.run("deadline", "--batch") == (0, "", "")


def test_own_policies_and_holidays_count(shell: CommandLine, tmp_path: Path) -> None:
    policies, holidays = tmp_path / "policies.toml", tmp_path / "holidays.toml"
    policies.write_text(
        '[[policy]]\nid = "ours"\nversion = 1\ntitle = "Ours"\nanchor = "would_release_at"\n'
        'limit = "24 h"\nexcludes = ["holiday"]\nnotice = "requested"\n'
        'source = "County rule 7"\nmark = "R"\n',
        encoding="utf-8",
    )
    holidays.write_text(
        '[[day]]\ndate = 2026-06-10\nname = "County day"\nsource = "Resolution 3"\n',
        encoding="utf-8",
    )
    shell.settings |= {
        "HOLDCLOCK_POLICIES_FILE": str(policies),
        "HOLDCLOCK_HOLIDAYS_FILE": str(holidays),
    }

    answer = shell.ask(*question("ours", "2026-06-09T12:00:00-04:00"))
    line = json.dumps({"policy": "ours", "from": "2026-06-09T16:00:00Z", "timezone": NEW_YORK})
    batch = shell.run("deadline", "--batch", stdin=line)

    assert answer["deadline_at"] == "2026-06-11T16:00:00Z"
    assert any("County day, Resolution 3" in step["why"] for step in answer["steps"])
    assert json.loads(batch.stdout)["deadline_at"] == answer["deadline_at"]


def test_policies_are_listed_shown_and_checked(shell: CommandLine, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[policy]]\nid = "x"\nlimit = "0 h"\nlength = 1\n', encoding="utf-8")

    listed = shell.ask("policy", "list")
    shown = shell.ask("policy", "show", WEEKDAYS)
    said = shell.refused("policy", "check", str(wrong)).splitlines()

    assert {"i-247a", "no-hold", "ga-42-1-11.5"} <= {each["id"] for each in listed}
    assert (shown["limit"], shown["mark"]) == ("48 h", "Q")
    assert shown["excludes"] == ["saturday", "sunday", "holiday"]
    assert "there is none on record" in shell.refused("policy", "show", "48h")
    assert "all are right" in shell.do("policy", "check")
    assert any("length: unknown field" in line for line in said)
    assert any("source: missing" in line for line in said)
    assert "ga-42-1-11.5 (off)" in shell.do("policy", "list")
