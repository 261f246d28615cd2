"""Duty lists, channels in order, secrets and certificates, through commands."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import Authority
from tests.support.command_line import CommandLine

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def contact(shell: CommandLine, name: str, *options: str) -> str:
    made: str = shell.ask("contact", "add", "--office", "EAST", "--name", name, *options)["id"]
    return made


def mail(shell: CommandLine, whose: str, address: str, *options: str) -> Any:
    return shell.ask(
        "channel", "add", "--contact", whose, "--kind", "email", "--address", address, *options
    )


def webhook(shell: CommandLine, whose: str, *options: str) -> Any:
    url = "https://hooks.example.gov/holds"
    return shell.ask(
        "channel", "add", "--contact", whose, "--kind", "webhook", "--url", url, *options
    )


def hours_around(shell: CommandLine, *, on: bool) -> str:
    """Return daily hours in UTC that hold this moment, or do not."""
    begins = shell.now + timedelta(hours=-2 if on else 2)
    return f"daily {begins:%H}:00-{begins + timedelta(hours=4):%H}:00"


def test_duty_list_shows_who_is_on_duty_and_the_chain(shell: CommandLine) -> None:
    off = contact(
        shell, "Night", "--place", "1", "--zone", "UTC", "--schedule", hours_around(shell, on=False)
    )
    on = contact(
        shell, "Day", "--place", "2", "--zone", "UTC", "--schedule", hours_around(shell, on=True)
    )
    always = contact(shell, "Reserve", "--place", "3")
    silent = contact(shell, "Silent", "--place", "4")
    boss = contact(shell, "Supervisor", "--supervisor")
    for number, each in enumerate((off, on, always, boss)):
        mail(shell, each, f"c{number}@example.org")

    duty = shell.ask("duty", "list", "--office", "EAST")
    words = shell.do("duty", "list", "--office", "EAST")

    assert duty["first"] == on
    assert [(e["id"], e["on_duty"]) for e in duty["list"]] == [
        (off, False),
        (on, True),
        (always, True),
    ]
    assert [[each["id"] for each in place] for place in duty["chain"]] == [[always], [boss]]
    assert duty["nobody_on_duty"] is False
    assert silent not in json.dumps(duty)
    assert "goes on to: Reserve, then Supervisor" in words
    assert "always" in words


def test_duty_list_says_where_nobody_is_on_duty_and_where_there_is_none(
    shell: CommandLine,
) -> None:
    empty = shell.do("duty", "list", "--office", "EAST")
    off = contact(
        shell, "Night", "--place", "1", "--zone", "UTC", "--schedule", hours_around(shell, on=False)
    )
    mail(shell, off, "night@example.org")

    duty = shell.ask("duty", "list", "--office", "EAST")

    assert "has no duty list" in empty
    assert (duty["first"], duty["nobody_on_duty"], duty["chain"]) == (off, True, [])
    assert "Nobody is on duty: the first of the list is told." in shell.do(
        "duty", "list", "--office", "EAST"
    )
    assert "office 'WEST': there is none" in shell.refused("duty", "list", "--office", "WEST")


def test_contact_keeps_its_hours_and_kinds_until_they_are_taken_off(shell: CommandLine) -> None:
    made = contact(
        shell, "Duty", "--zone", "America/New_York", "--schedule", "mon-fri 08:00-18:00",
        "--quiet", "22:00-06:00", "--kinds", "reminder, hold.notice_overdue",
    )  # fmt: skip

    kept = shell.ask("contact", "show", made)
    words = shell.do("contact", "show", made)
    bare = shell.ask(
        "contact", "edit", made, "--schedule", "", "--quiet", "", "--zone", "", "--kinds", ""
    )

    assert kept["schedule"] == [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}
    ]
    assert kept["quiet_hours"] == {"from": "22:00", "to": "06:00"}
    assert kept["kinds"] == ["hold.notice_overdue", "hold.reminder"]
    assert "mon-fri 08:00-18:00" in words
    assert "22:00-06:00" in words
    assert {bare[name] for name in ("schedule", "quiet_hours", "timezone", "kinds")} == {None}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--schedule", "mon 08:00-18:00"], "timezone: it is missing"),
        (["--quiet", "22:00-06:00"], "timezone: it is missing"),
        (["--zone", "Nowhere", "--quiet", "22:00-06:00"], "timezone: 'Nowhere' is refused"),
        (["--zone", "UTC", "--schedule", "weekends"], "schedule: 'weekends' is refused"),
        (["--zone", "UTC", "--quiet", "night"], "quiet_hours: 'night' is refused"),
        (["--kinds", "reminder,pigeon"], "kinds: 'pigeon' is unknown; use hold.authority_lapsed"),
        (["--supervisor", "--place", "1"], "place: only an office has a duty list"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_contact_that_does_not_hold_together_is_refused(
    shell: CommandLine, options: list[str], said: str
) -> None:
    refused = shell.refused("contact", "add", "--office", "EAST", "--name", "Duty", *options)

    assert said in refused
    assert shell.ask("contact", "list") == []


def test_zone_of_hours_cannot_be_taken_off_alone_nor_a_jail_be_listed(shell: CommandLine) -> None:
    made = contact(shell, "Duty", "--zone", "UTC", "--quiet", "22:00-06:00")
    jail = shell.ask("contact", "add", "--facility", "OAK", "--name", "Booking")["id"]

    assert "timezone: it is missing" in shell.refused("contact", "edit", made, "--zone", "")
    assert "only an office has a duty list" in shell.refused(
        "contact", "edit", jail, "--place", "1"
    )


def test_facility_may_alert_the_agency_despite_a_prohibition(shell: CommandLine) -> None:
    before = shell.ask("facility", "show", "OAK")["alerts_despite_prohibition"]
    on = shell.ask("facility", "edit", "OAK", "--alerts-despite-prohibition")
    off = shell.ask("facility", "edit", "OAK", "--no-alerts-despite-prohibition")

    assert before is False
    assert on["alerts_despite_prohibition"] is True
    assert off["alerts_despite_prohibition"] is False


# Channels.


def test_channels_have_an_order(shell: CommandLine) -> None:
    duty = contact(shell, "Duty")
    first = mail(shell, duty, "one@example.org")["id"]
    second = mail(shell, duty, "two@example.org")["id"]
    before = mail(shell, duty, "zero@example.org", "--place", "1")["id"]

    shell.ask("channel", "edit", first, "--place", "5")

    places = {each["id"]: each["place"] for each in shell.ask("channel", "list")}
    assert places == {first: 5, second: 2, before: 1}


def test_secret_is_rotated_in_two_steps_and_shown_once(shell: CommandLine) -> None:
    made = webhook(shell, contact(shell, "Duty"))

    begun = shell.ask("channel", "rotate", made["id"])
    again = shell.refused("channel", "rotate", made["id"])
    finished = shell.ask("channel", "rotate", made["id"], "--finish")
    nothing = shell.refused("channel", "rotate", made["id"], "--finish")

    assert begun["secret"].startswith("whsec_")
    assert begun["secret"] != made["secret"]
    assert "two secrets sign already" in again
    assert finished == {"id": made["id"], "secret": None, "finished": True}
    assert "none to drop" in nothing
    assert begun["secret"].removeprefix("whsec_") not in shell.do("events", "export")
    assert "Its secret, shown this once: whsec_" in shell.do("channel", "rotate", made["id"])


def test_url_of_a_service_comes_on_standard_input_and_is_shown_nowhere(shell: CommandLine) -> None:
    duty = contact(shell, "Duty")

    made = shell.ask(
        "channel", "add", "--contact", duty, "--kind", "apprise", "--url", "-", stdin=SLACK + "\n"
    )
    refused = shell.refused(
        "channel", "add", "--contact", duty, "--kind", "apprise", "--url", "json://10.0.0.1/x"
    )

    assert shell.ask("channel", "show", made["id"])["address"] == "apprise"
    assert "json is not allowed" in refused
    for told in (shell.do("channel", "list", "--json"), shell.do("events", "export")):
        assert "T1JJ3T3L2" not in told


def test_webhook_takes_its_certificates_from_files(shell: CommandLine, tmp_path: Path) -> None:
    authority = Authority(tmp_path, now=shell.now)
    caller = tmp_path / "caller.pem"
    caller.write_text(authority.client_pem("holdclock"), "utf-8")
    duty = contact(shell, "Duty")

    made = webhook(shell, duty, "--ca-file", str(authority.path), "--client-pem", str(caller))
    refused = shell.refused(
        "channel", "add", "--contact", duty, "--kind", "webhook",
        "--url", "https://hooks.example.gov/", "--client-pem", str(authority.path),
    )  # fmt: skip

    assert made["secret"].startswith("whsec_")
    assert "client_pem: it is not a certificate with the unencrypted key" in refused
    assert "PRIVATE" not in shell.do("channel", "show", made["id"], "--json")


@pytest.mark.parametrize(
    "options",
    [
        ["--kind", "apprise"],
        ["--kind", "apprise", "--url", "slack://x", "--secret", "whsec_x"],
        ["--kind", "email", "--address", "a@example.org", "--secret", "whsec_x"],
        ["--kind", "webhook", "--url", "https://x.example", "--ca-file", "/nowhere.pem"],
        ["--kind", "webhook", "--url", "https://x.example", "--place", "0"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_fit_the_kind_are_wrong_usage(
    shell: CommandLine, options: list[str]
) -> None:
    answer = shell.run("channel", "add", "--contact", "X", *options)

    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr
