"""What went out, whether all is well, and changes of the law, through commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


def add_webhook(shell: CommandLine, url: str = "https://hooks.example.gov/holds") -> str:
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]
    channel: str = shell.ask(
        "channel", "add", "--contact", contact, "--kind", "webhook", "--url", url
    )["id"]
    return channel


# --- Deliveries and health ----------------------------------------------------------


def test_delivery_is_listed_by_hold_and_state(shell: CommandLine) -> None:
    channel = add_webhook(shell)
    shell.register("R-1")
    shell.register("R-2")

    (listed,) = shell.ask("delivery", "list", "--hold", "R-1", "--state", "waiting")
    shown = shell.ask("delivery", "show", listed["id"])

    assert (listed["type"], listed["channel_id"]) == ("hold.registered", channel)
    assert shown == {**listed, "tries": []}
    assert len(shell.ask("delivery", "list")) == 2
    assert "hold.registered" in shell.do("delivery", "list")
    assert listed["id"] in shell.do("delivery", "show", listed["id"])


def test_superseded_delivery_is_sent_again_and_a_waiting_one_is_not(shell: CommandLine) -> None:
    add_webhook(shell)
    shell.register()
    shell.do("hold", "cancel", "R-1")
    (superseded,) = shell.ask("delivery", "list", "--state", "superseded")

    again = shell.ask("delivery", "resend", superseded["id"])
    said = shell.refused("delivery", "resend", superseded["id"])

    assert (again["state"], again["ended_at"]) == ("waiting", None)
    assert "it is waiting; only one that is dead or superseded" in said
    (event,) = [
        each
        for each in shell.ask("events", "list", "--kind", "setting_changed")
        if each["data"]["noun"] == "delivery"
    ]
    assert (event["data"]["old"], event["data"]["new"]) == ("superseded", "waiting")


def health(shell: CommandLine, settings: Mapping[str, str | None] | None = None) -> dict[str, bool]:
    answer = shell.run("doctor", "--json", settings=settings)
    checks = answer.json
    assert answer.code == (0 if all(check["well"] for check in checks) else 1)
    assert all(check["mend"] for check in checks if not check["well"])
    return {check["name"]: check["well"] for check in checks}


def test_doctor_finds_a_new_installation_well(database_url: str, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path, {"HOLDCLOCK_DATABASE_URL": database_url})
    shell.settle()

    found = health(shell)

    assert all(found.values())
    assert {"settings", "policies", "database", "clock", "workers", "outbox"} <= set(found)
    assert "ok   database: takes writes" in shell.do("doctor")


def test_doctor_finds_work_that_nobody_does(shell: CommandLine) -> None:
    shell.register(lodged_at=shell.at(hours=10), would_release_at=shell.at(hours=1))

    answer = shell.run("doctor")

    assert answer.code == 1
    assert "ILL  workers: none has ever run" in answer.stdout
    assert "mend: start one: `holdclock worker`" in answer.stdout


def test_doctor_finds_mail_channels_without_a_mail_server(shell: CommandLine) -> None:
    contact = shell.ask("contact", "add", "--office", "EAST", "--name", "Duty")["id"]
    shell.ask(
        "channel", "add", "--contact", contact, "--kind", "email", "--address", "duty@example.org"
    )

    assert health(shell)["mail"] is False


def test_doctor_finds_a_webhook_that_the_key_does_not_open(shell: CommandLine) -> None:
    add_webhook(shell)
    other_key = "Q2hhbmdlZCBrZXksIDMyIGJ5dGVzIG9mIHJ1YmJpc2g"

    assert health(shell)["webhooks"] is True
    assert health(shell, {"HOLDCLOCK_DATA_KEY": other_key})["webhooks"] is False


def test_doctor_finds_a_mail_server_that_does_not_answer(shell: CommandLine) -> None:
    silent = {
        "HOLDCLOCK_SMTP_HOST": "127.0.0.1",
        "HOLDCLOCK_SMTP_PORT": "1",
        "HOLDCLOCK_SMTP_FROM": "hold@example.org",
    }

    assert health(shell, silent)["mail server"] is False


@pytest.mark.parametrize(
    ("settings", "ill"),
    [
        ({"HOLDCLOCK_DATA_KEY": None}, "settings"),
        ({"HOLDCLOCK_DATABASE_URL": "sqlite:////nowhere/h.db"}, "database"),
    ],
    ids=["key", "database"],
)
def test_doctor_says_what_keeps_it_from_looking_further(
    shell: CommandLine, settings: dict[str, str | None], ill: str
) -> None:
    assert health(shell, settings)[ill] is False


def test_doctor_names_wrong_policies(shell: CommandLine, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[policy]]\nid = "x"\n', encoding="utf-8")

    assert health(shell, {"HOLDCLOCK_POLICIES_FILE": str(wrong)})["policies"] is False


# --- Changes of the law -----------------------------------------------------------


def test_added_holiday_lists_the_holds_it_moves_and_moves_them_when_told(
    shell: CommandLine,
) -> None:
    # Tuesday noon to Thursday noon; the Wednesday becomes a holiday.
    running = shell.register(
        lodged_at="2025-03-04T08:00",
        would_release_at="2025-03-04T12:00",
        policy="8-cfr-287.7d",
        reason="entered from paper",
    )
    add = (
        "holiday", "add", "--date", "2025-03-05", "--name", "Day of mourning",
        "--source", "Executive Order 1", "--reason", "proclaimed",
    )  # fmt: skip

    asked = shell.run(*add)
    before = shell.ask("holiday", "list")
    done = shell.ask(*add, "--yes")

    assert asked.code == 1
    assert "this change reaches 1 open holds, and nothing was changed" in asked.stderr
    assert "Fri 7 Mar 2025 12:00 EST" in asked.stdout
    assert before == []
    (move,) = done["holds"]
    assert (move["hold_id"], move["old_deadline_at"]) == (running["id"], running["deadline_at"])
    moved = shell.ask("hold", "show", "R-1")
    assert moved["deadline_at"] == move["new_deadline_at"] == "2025-03-07T17:00:00Z"
    assert moved["window_no"] == 2
    (listed,) = shell.ask("holiday", "list")
    assert (listed["day"], listed["name"]) == ("2025-03-05", "Day of mourning")
    assert "it is on record already" in shell.refused(*add, "--yes")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--date", "2025-02-30"], "day: '2025-02-30' is refused"),
        (["--date", "2030-02-01", "--policy", "48h"], "policies: '48h' is unknown"),
        (["--date", "2030-02-01", "--facility", "ELM"], "facility 'ELM'"),
        (["--date", "2030-02-01", "--source", " "], "source: it is empty"),
    ],
    ids=["no date", "policy", "facility", "source"],
)
def test_holiday_that_cannot_be_kept_is_refused(
    shell: CommandLine, arguments: list[str], said: str
) -> None:
    given = ["--name", "X", "--source", "Y", "--reason", "Z", *arguments]

    assert said in shell.refused("holiday", "add", *given)


def test_law_that_reaches_open_holds_is_applied_when_told(shell: CommandLine) -> None:
    shell.do("facility", "edit", "OAK", "--policy", "nc-162-62")
    shell.register(
        lodged_at="2025-09-29T08:00", policy="nc-162-62-2024", reason="entered from paper"
    )
    apply = ("policy", "apply", "nc-162-62-2025", "--reason", "S.L. 2025-85")

    asked = shell.run(*apply)
    done = shell.ask(*apply, "--yes")

    assert asked.code == 1
    assert [each["hold_ref"] for each in done["holds"]] == ["R-1"]
    assert shell.ask("hold", "show", "R-1")["policy"] == "nc-162-62-2025"
    assert "does not reach holds" in shell.refused("policy", "apply", "i-247a", "--reason", "x")


def test_holiday_is_changed_and_withdrawn_with_the_holds_it_moves(shell: CommandLine) -> None:
    # Tuesday noon to Thursday noon; the Wednesday becomes a holiday, then the Friday, then none.
    shell.register(
        lodged_at="2025-03-04T08:00",
        would_release_at="2025-03-04T12:00",
        policy="8-cfr-287.7d",
        reason="entered from paper",
    )
    why = ("--reason", "proclaimed", "--yes")
    told = ("--date", "2025-03-05", "--name", "Day of mourning", "--source", "Order 1")
    added = shell.ask("holiday", "add", *told, *why)["id"]
    with_it = shell.ask("hold", "show", "R-1")["deadline_at"]

    asked = shell.run("holiday", "edit", added, "--date", "2025-03-14", "--reason", "a slip")
    edited = shell.ask("holiday", "edit", added, "--date", "2025-03-14", *why)
    without = shell.ask("hold", "show", "R-1")["deadline_at"]
    shell.ask("holiday", "disable", added, *why)

    assert (asked.code, "reaches 1 open holds" in asked.stderr) == (1, True)
    assert (with_it, without) == ("2025-03-07T17:00:00Z", "2025-03-06T17:00:00Z")
    assert edited["holds"][0]["new_deadline_at"] == without
    shown = shell.ask("holiday", "show", added)
    assert (shown["day"], shown["disabled_at"] is None) == ("2025-03-14", False)
    assert "it was withdrawn" in shell.refused("holiday", "disable", added, *why)
    assert shell.run("holiday", "edit", added, "--reason", "x").code == 2
