"""Who is told and the event log, through commands; every refusal and wrong usage."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine

# --- Nouns --------------------------------------------------------------------


def test_facility_is_added_shown_changed_and_switched_off(shell: CommandLine) -> None:
    added = shell.ask(
        "facility", "add", "--code", "ELM", "--name", "Elm jail", "--state", "tn",
        "--timezone", "America/Chicago", "--policy", "tn-2026", "--office", "EAST",
        "--phone", "+1 615 555 0100", "--ladder", "4 h", "--ladder", "30 min",
    )  # fmt: skip
    changed = shell.ask("facility", "edit", "ELM", "--name", "Elmwood jail", "--phone", "")
    shell.do("facility", "disable", "ELM")

    assert added["id"] == "ELM"
    assert (changed["name"], changed["phone"], changed["state"]) == ("Elmwood jail", None, "TN")
    assert changed["ladder"] == ["4 h", "30 min"]
    assert shell.ask("facility", "show", "ELM")["disabled_at"].endswith("Z")
    assert shell.ask("facility", "enable", "ELM") == {"id": "ELM", "disabled": False}
    assert shell.ask("facility", "show", "ELM")["disabled_at"] is None
    assert [each["code"] for each in shell.ask("facility", "list")] == ["ELM", "OAK"]
    assert "Elmwood jail" in shell.do("facility", "list")
    assert "America/Chicago" in shell.do("facility", "show", "ELM")


def test_every_change_is_an_event_with_the_old_and_the_new_value(shell: CommandLine) -> None:
    shell.do("office", "edit", "EAST", "--name", "Eastern office")

    (event,) = [
        each
        for each in shell.ask("events", "list", "--kind", "setting_changed")
        if each["data"]["field"] == "name"
    ]
    assert (event["data"]["old"], event["data"]["new"]) == ("East office", "Eastern office")
    assert event["actor"].startswith("cli:")


def test_contact_belongs_to_exactly_one_side(shell: CommandLine) -> None:
    supervisor = shell.ask(
        "contact", "add", "--office", "EAST", "--name", "Supervisor", "--supervisor"
    )
    admin = shell.ask("contact", "add", "--administrators", "--name", "Administrators")
    first = shell.ask("contact", "add", "--office", "EAST", "--name", "First", "--place", "1")
    moved = shell.ask("contact", "edit", first["id"], "--place", "2")
    jail = shell.ask("contact", "add", "--facility", "OAK", "--name", "Booking")
    none = shell.run("contact", "add", "--name", "Nobody's")
    two = shell.run("contact", "add", "--office", "EAST", "--facility", "OAK", "--name", "Both")

    sides = {each["id"]: each["side"] for each in shell.ask("contact", "list")}
    assert sides == {
        supervisor["id"]: "supervisor",
        admin["id"]: "administrators",
        first["id"]: "office",
        jail["id"]: "facility",
    }
    assert moved["place"] == 2
    assert (none.code, two.code) == (2, 2)
    assert "there is none on record" in shell.refused(
        "contact", "add", "--office", "WEST", "--name", "Duty"
    )


def test_secret_of_a_webhook_is_shown_once_and_never_again(shell: CommandLine) -> None:
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]

    made = shell.ask(
        "channel", "add", "--contact", contact, "--kind", "webhook", "--url",
        "https://hooks.example.gov/holds",
    )  # fmt: skip

    assert made["secret"].startswith("whsec_")
    for told in (
        shell.do("channel", "list", "--json"),
        shell.do("channel", "show", made["id"]),
        shell.do("events", "export"),
    ):
        assert made["secret"].removeprefix("whsec_") not in told
        assert "secrets" not in told.replace("(not shown)", "")


def test_mail_channel_needs_no_key_and_a_webhook_does(shell: CommandLine) -> None:
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]
    keyless: dict[str, str | None] = {"HOLDCLOCK_DATA_KEY": None, "HOLDCLOCK_SECRET_KEY": None}
    add = ("channel", "add", "--contact", contact, "--json", "--kind")

    mail = shell.run(*add, "email", "--address", "duty@example.org", settings=keyless)
    hook = shell.run(*add, "webhook", "--url", "https://hooks.example.gov/", settings=keyless)

    assert (mail.code, mail.json["secret"]) == (0, None)
    assert hook.code == 1
    assert "HOLDCLOCK_DATA_KEY: is missing" in hook.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["facility", "show", "ELM"], "facility 'ELM': there is none on record"),
        (["facility", "edit", "OAK", "--office", "WEST"], "office 'WEST': there is none"),
        (["facility", "edit", "OAK", "--timezone", "EST5"], "timezone: 'EST5' is refused"),
        (["facility", "edit", "OAK", "--policy", "48h"], "policy: '48h' is unknown"),
        (["office", "add", "--code", "EAST", "--name", "Again"], "it is on record already"),
        (["office", "add", "--code", "a b", "--name", "X"], "code: 'a b' is refused"),
        (["contact", "disable", "NOBODY"], "contact 'NOBODY': there is none"),
        (["channel", "test", "NOWHERE"], "channel 'NOWHERE': there is none"),
        (["delivery", "list", "--facility", "ELM"], "facility 'ELM'"),
        (["delivery", "show", "1"], "delivery '1': there is none"),
        (["delivery", "resend", "1"], "delivery '1': there is none"),
        (["hold", "show", "R-9"], "hold 'R-9': there is no such hold"),
        (["hold", "transfer", "R-9"], "hold 'R-9': there is no such hold"),
        (["hold", "list", "--facility", "ELM"], "on record: OAK"),
        (["hold", "list", "--status", "open"], "status: 'open' is unknown; use one of lodged"),
        (["hold", "register", "--facility", "ELM", "--ref", "R"], "on record: OAK"),
        (["events", "list", "--kind", "alarm"], "kind: 'alarm' is unknown; use one of"),
        (["events", "list", "--since", "2026-01-01T00:00"], "add the offset"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refusal_says_what_was_wrong_and_what_is_allowed(
    shell: CommandLine, arguments: list[str], said: str
) -> None:
    assert said in shell.refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "2099-01-01T00:00Z"], "is in the future; a fact may be at most 2 min ahead"),
        (["--at", "2020-01-01T00:00Z"], "is more than 72 h back: say why (reason)"),
        (["--at", "25:40"], "outcome_at: '25:40' is refused"),
    ],
    ids=["future", "far back", "no time"],
)
def test_instant_of_a_fact_is_checked(shell: CommandLine, arguments: list[str], said: str) -> None:
    shell.register()

    assert said in shell.refused("hold", "transfer", "R-1", *arguments)


def test_closed_hold_takes_no_other_outcome(shell: CommandLine) -> None:
    shell.register()
    shell.do("hold", "transfer", "R-1")

    said = shell.refused("hold", "release", "R-1")

    assert "it was closed as 'transferred' at" in said
    assert "correct the outcome first" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--field", "hold_ref", "--to", "X", "--reason", "x"], "'hold_ref' cannot be corrected"),
        (["--field", "lodged_at", "--none", "--reason", "x"], "cannot be taken off the record"),
        (["--field", "served_at", "--to", "2026-01-01T00:00Z"], "reason: it is missing"),
        (["--field", "outcome", "--none", "--reason", "x"], "has none on record"),
        (["--field", "outcome", "--to", "gone", "--reason", "x"], "outcome: 'gone' is unknown"),
        (["--field", "outcome", "--to", "released", "--reason", "x"], "at: it is missing"),
        (["--field", "outcome_at", "--none", "--reason", "x"], "needs an outcome on record"),
        (["--field", "policy", "--none", "--reason", "x"], "a hold always has one"),
    ],
)
def test_correction_that_cannot_be_made_is_refused(
    shell: CommandLine, arguments: list[str], said: str
) -> None:
    shell.register()

    assert said in shell.refused("hold", "correct", "R-1", *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["hold", "register", "--ref", "R-1"],
        ["hold", "show"],
        ["hold", "paper", "R-1"],
        ["hold", "paper", "R-1", "warrant", "--paper", "served"],
        ["hold", "close", "R-1"],
        ["hold", "correct", "R-1", "--field", "served_at"],
        ["hold", "correct", "R-1", "--field", "served_at", "--to", "x", "--none"],
        ["hold", "correct", "R-1", "--field", "served_at", "--none", "--at", "2026-01-01T00:00Z"],
        ["hold", "list", "--limit", "0"],
        ["channel", "add", "--contact", "X", "--kind", "pigeon"],
        ["channel", "add", "--contact", "X", "--kind", "webhook"],
        ["channel", "add", "--contact", "X", "--kind", "email", "--url", "https://x.example"],
        ["facility", "edit", "OAK"],
        ["events", "export", "--format", "xml"],
        ["serve", "--port", "70000"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_with_words_on_standard_error(
    shell: CommandLine, arguments: list[str]
) -> None:
    answer = shell.run(*arguments)

    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [["hold", "list"], ["events", "export"], ["doctor", "--live"], ["office", "list"]],
    ids=" ".join,
)
def test_missing_database_is_refused_with_the_mend_and_not_created(
    tmp_path: Path, arguments: list[str]
) -> None:
    file = tmp_path / "none.db"
    shell = CommandLine(tmp_path, {"HOLDCLOCK_DATABASE_URL": f"sqlite:///{file}"})

    said = shell.refused(*arguments)

    assert "`holdclock migrate` creates one" in said
    assert not file.exists()


def test_wrong_settings_are_all_named_at_once(shell: CommandLine) -> None:
    answer = shell.run(
        "hold", "list",
        settings={"HOLDCLOCK_LOG_LEVEL": "loud", "HOLDCLOCK_DATABASE_ULR": "sqlite:///x"},
    )  # fmt: skip

    assert answer.code == 1
    assert "HOLDCLOCK_LOG_LEVEL" in answer.stderr
    assert "HOLDCLOCK_DATABASE_ULR: is not a setting" in answer.stderr


# --- The event log --------------------------------------------------------------


def test_export_has_every_event_once_in_order_and_as_the_contract_shapes_it(
    shell: CommandLine,
) -> None:
    shell.register(lodged_at=shell.at(hours=10), would_release_at=shell.at(hours=1))
    shell.do("hold", "transfer", "R-1")

    listed = shell.ask("events", "list")
    lines = [json.loads(line) for line in shell.do("events", "export").splitlines()]
    rows = list(csv.DictReader(io.StringIO(shell.do("events", "export", "--format", "csv"))))

    assert lines == listed
    assert [each["id"] for each in lines] == [row["id"] for row in rows[:-1]]
    assert [row["kind"] for row in rows[len(lines) :]] == ["log_exported"]
    assert len({each["id"] for each in lines}) == len(lines)
    assert [each["recorded_at"] for each in lines] == sorted(each["recorded_at"] for each in lines)
    assert all(
        set(each)
        == {
            "seq", "id", "kind", "hold_id", "hold_ref", "facility_code", "window_no",
            "occurred_at", "recorded_at", "actor", "data",
        }
        for each in lines
    )  # fmt: skip


def test_events_are_filtered_by_hold_facility_kind_and_time(shell: CommandLine) -> None:
    shell.register("R-1", lodged_at=shell.at(hours=10), would_release_at=shell.at(hours=1))
    shell.register("R-2", lodged_at=shell.at(hours=5))

    def kinds(*wanted: str) -> list[str]:
        return [each["kind"] for each in shell.ask("events", "list", *wanted)]

    assert kinds("--hold", "R-2") == ["hold_registered"]
    assert kinds("--facility", "OAK", "--kind", "hold_registered") == ["hold_registered"] * 2
    assert "clock_started" in kinds("--hold", "R-1", "--since", shell.at(hours=1))
    assert kinds("--hold", "R-1", "--until", shell.at(hours=2)) == ["hold_registered"]
    assert len(kinds("--limit", "2")) == 2
    assert "hold_registered" in shell.do("events", "list", "--hold", "R-1")
