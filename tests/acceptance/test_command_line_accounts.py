"""Accounts and keys on the command line: the first administrator comes from here."""

from __future__ import annotations

import pytest

from tests.support.command_line import CommandLine

PASSWORD = "violet tractors eat seven clouds\n"


def add(shell: CommandLine, email: str = "desk@example.gov", *more: str) -> str:
    told = more or ("--role", "administrator")
    made: str = shell.ask("user", "add", "--email", email, *told, "--password-stdin",
                          stdin=PASSWORD)["id"]  # fmt: skip
    return made


def test_first_administrator_is_made_with_a_password_from_standard_input(
    shell: CommandLine,
) -> None:
    made = add(shell, "Desk@Example.gov")

    account = shell.ask("user", "show", "desk@example.gov")
    assert (account["id"], account["role"], account["has_password"]) == (
        made,
        "administrator",
        True,
    )
    assert not {"password_hash", "totp_secret", "recovery_codes"} & account.keys()
    assert "desk@example.gov" in shell.do("user", "list")


def test_every_change_of_an_account_is_an_event_without_its_address_or_password(
    shell: CommandLine,
) -> None:
    made = add(shell)
    shell.do("user", "edit", made, "--email", "night@example.gov", "--role", "facility",
             "--facility", "OAK")  # fmt: skip
    shell.do("user", "set-password", made, "--password-stdin", stdin="other " + PASSWORD)
    shell.do("user", "reset-second-factor", made)
    shell.do("user", "unlock", made)
    shell.do("user", "disable", made)
    shell.do("user", "enable", made)

    told = [
        (each["data"]["field"], each["data"]["old"], each["data"]["new"])
        for each in shell.ask("events", "list", "--kind", "setting_changed")
        if each["data"]["noun"] == "account"
    ]
    hidden = "(not shown)"
    assert [each for each in told if each[0] in ("email", "password", "second_factor")] == [
        ("email", hidden, hidden),
        ("email", hidden, hidden),
        ("password", hidden, hidden),
        ("second_factor", hidden, hidden),
    ]
    assert ("role", "administrator", "facility") in told
    assert ("facility_codes", "[]", '["OAK"]') in told
    assert [each[0] for each in told].count("disabled_at") == 2
    assert "example.gov" not in str(told)


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        pytest.param(
            ["--role", "administrator"], "short\n", "5 characters are too few", id="short password"
        ),
        pytest.param(
            ["--role", "administrator"], "deskdeskdeskdesk\n", "tried first", id="own address"
        ),
        pytest.param(["--role", "chief"], PASSWORD, "role: 'chief' is unknown", id="unknown role"),
        pytest.param(["--role", "facility"], PASSWORD, "facility: it is missing", id="no place"),
        pytest.param(
            ["--role", "facility", "--facility", "ELM"], PASSWORD, "'ELM'", id="unknown place"
        ),
        pytest.param(
            ["--role", "auditor", "--office", "EAST"], PASSWORD, "does not go with", id="odd place"
        ),
    ],
)
def test_account_that_cannot_be_is_refused(
    shell: CommandLine, arguments: list[str], stdin: str, said: str
) -> None:
    answer = shell.refused("user", "add", "--email", "desk@example.gov", *arguments,
                           "--password-stdin", stdin=stdin)  # fmt: skip

    assert said in answer
    assert stdin.strip() not in answer
    assert shell.ask("user", "list") == []


def test_address_is_taken_once_and_must_be_one(shell: CommandLine) -> None:
    add(shell)

    again = shell.refused("user", "add", "--email", "DESK@example.gov", "--role", "auditor",
                          "--password-stdin", stdin=PASSWORD)  # fmt: skip
    wrong = shell.refused("user", "add", "--email", "a@b, c@d", "--role", "auditor",
                          "--password-stdin", stdin=PASSWORD)  # fmt: skip

    assert "another account has" in again
    assert "is not one plain mail address" in wrong


def test_invitation_without_a_mail_server_is_refused_before_anything_is_made(
    shell: CommandLine,
) -> None:
    said = shell.refused(
        "user", "add", "--email", "desk@example.gov", "--role", "auditor", "--invite"
    )

    assert "HOLDCLOCK_SMTP_HOST: is missing" in said
    assert shell.ask("user", "list") == []


def test_invitation_waits_for_the_mail(shell: CommandLine) -> None:
    shell.settings |= {
        "HOLDCLOCK_SMTP_HOST": "mail.example.gov",
        "HOLDCLOCK_SMTP_FROM": "holds@example.gov",
    }

    made = shell.ask("user", "add", "--email", "desk@example.gov", "--role", "auditor", "--invite")

    assert not shell.ask("user", "show", made["id"])["has_password"]
    fields = [each["data"].get("field") for each in shell.ask("events", "list")]
    assert "invited_at" in fields


def test_one_way_to_a_password_is_asked_for(shell: CommandLine) -> None:
    told = ["user", "add", "--email", "desk@example.gov", "--role", "auditor"]

    assert shell.run(*told).code == 2
    assert shell.run(*told, "--invite", "--password-stdin").code == 2
    assert shell.run("user", "edit", "desk@example.gov").code == 2


def test_key_is_shown_once_and_can_be_named_ended_and_dated_anew(shell: CommandLine) -> None:
    made = shell.ask("api-key", "add", "--name", "Jail system", "--role", "facility",
                     "--facility", "OAK")  # fmt: skip

    shell.do("api-key", "edit", made["id"], "--name", "Night jail system",
             "--expires", shell.at(hours=-48))  # fmt: skip
    shown = shell.ask("api-key", "show", made["id"])
    listed = shell.do("api-key", "list")
    shell.do("api-key", "disable", made["id"])

    assert made["key"].startswith(f"hc_live_{made['id']}_")
    assert (shown["name"], shown["facility_codes"]) == ("Night jail system", ["OAK"])
    assert shown["expires_at"] < made["expires_at"]
    assert made["key"][17:] not in str(shown) + listed
    assert shell.ask("api-key", "show", made["id"])["disabled_at"] is not None


def test_key_prints_alone_on_standard_output_to_be_piped(shell: CommandLine) -> None:
    answer = shell.run("api-key", "add", "--name", "Pipe", "--role", "auditor")

    assert answer.stdout.startswith("hc_live_")
    assert answer.stdout.count("\n") == 1
    assert "not shown again" in answer.stderr
