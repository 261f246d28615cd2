"""The life of a hold, told on the command line, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, instant, on_file

HOLD_FIELDS = {
    "id",
    "hold_ref",
    "facility_code",
    "status",
    "policy",
    "policy_version",
    "lodged_at",
    "served_at",
    "warrant_served_at",
    "would_release_at",
    "expected_release_at",
    "assumed",
    "starts_at",
    "deadline_at",
    "ceiling_at",
    "next_due_at",
    "papers_missing",
    "notice_given_at",
    "outcome",
    "outcome_at",
    "over_detention_minutes",
    "acknowledged_at",
    "window_no",
    "version",
}


@pytest.fixture
def shell(database_url: str, tmp_path: Path) -> CommandLine:
    """A shell on a database with one facility."""
    shell = CommandLine(tmp_path, {"HOLDCLOCK_DATABASE_URL": database_url})
    shell.settle()
    return shell


@pytest.fixture
def quick(tmp_path: Path) -> CommandLine:
    """The same on SQLite alone, where the database makes no difference."""
    return on_file(tmp_path)


def test_hold_lives_from_lodging_to_transfer(shell: CommandLine) -> None:
    lodged = shell.register(lodged_at=shell.at(hours=10))
    served = shell.ask("hold", "serve-copy", "R-1", "--at", shell.at(hours=9), "--by", "Booking")
    shell.ask("hold", "paper", "R-1", "warrant", "--at", shell.at(hours=9))
    told = shell.ask("hold", "notice", "R-1", "--at", shell.at(minutes=70), "--how", "telephone")
    running = shell.ask("hold", "start-clock", lodged["id"], "--at", shell.at(hours=1))
    taken = shell.ask("hold", "acknowledge", "R-1", "--arrival", shell.at(hours=-5))
    shell.ask("hold", "call", "R-1", "--to", "Duty officer", "--note", "on the way")
    shell.ask("hold", "claim-citizenship", "R-1")
    gone = shell.ask("hold", "transfer", "R-1", "--by", "two officers")

    assert set(lodged) >= HOLD_FIELDS
    assert (lodged["status"], lodged["starts_at"], lodged["version"]) == ("lodged", None, 1)
    assert lodged["papers_missing"] == ["served", "warrant"]
    assert served["served_at"] == shell.at(hours=9)
    assert running["status"] == "running"
    assert running["papers_missing"] == []
    assert running["deadline_at"] == running["ceiling_at"] == shell.at(hours=-47)
    assert running["next_due_at"] is not None
    assert told["notice_given_at"] == shell.at(minutes=70)
    assert taken["acknowledged_at"] is not None
    assert taken["arrival_at"] == shell.at(hours=-5)
    assert (gone["status"], gone["outcome"]) == ("transferred", "transferred")
    assert gone["over_detention_minutes"] == 0
    assert gone["next_due_at"] is None
    kinds = [event["kind"] for event in shell.ask("events", "list", "--hold", "R-1")]
    assert kinds == [
        "hold_registered",
        "detainer_served",
        "paper_received",
        "notice_recorded",
        "clock_started",
        "alert_acknowledged",
        "call_logged",
        "citizenship_claimed",
        "transfer_recorded",
    ]


def test_hold_whose_deadline_passed_is_expired_and_released_late(shell: CommandLine) -> None:
    shell.register(lodged_at=shell.at(hours=70), would_release_at=shell.at(hours=50))

    expired = shell.ask("hold", "show", "R-1")
    words = shell.do("hold", "show", "R-1")
    released = shell.ask(
        "hold", "release", "R-1", "--at", shell.at(minutes=30), "--basis", "time served"
    )

    assert expired["status"] == "expired"
    assert 120 <= expired["over_detention_minutes"] <= 121
    assert "over_detention" in expired["overlays"]
    assert "no_authority_on_record" in expired["overlays"]
    assert words.startswith("EXPIRED 2 h 0")
    assert "No transfer or release is on record." in words
    assert "NO AUTHORITY ON RECORD: NOT SERVED" in words
    assert "Serving late does not lengthen the window." in words
    assert (released["status"], released["outcome_basis"]) == ("released", "time served")
    assert released["over_detention_minutes"] == 90
    assert "1 h 30 min after the deadline" in shell.do("hold", "show", "R-1")


def test_correction_opens_a_new_window_and_a_stale_version_is_refused(shell: CommandLine) -> None:
    shell.register(lodged_at=shell.at(hours=10), would_release_at=shell.at(hours=2))

    corrected = shell.ask(
        "hold", "correct", "R-1", "--field", "would_release_at", "--to", shell.at(hours=3),
        "--reason", "misread the log", "--if-version", "1",
    )  # fmt: skip
    stale = shell.refused(
        "hold", "correct", "R-1", "--field", "would_release_at", "--none",
        "--reason", "not released", "--if-version", "1",
    )  # fmt: skip
    taken_off = shell.ask(
        "hold", "correct", "R-1", "--field", "would-release-at", "--none", "--reason", "not so"
    )

    assert corrected["deadline_at"] == shell.at(hours=-45)
    assert (corrected["window_no"], corrected["version"]) == (2, 2)
    assert "version 1 is stale, it is at 2" in stale
    assert (taken_off["status"], taken_off["deadline_at"]) == ("lodged", None)


def test_outcome_is_corrected_to_another_dated_anew_and_taken_off(quick: CommandLine) -> None:
    correct = ("hold", "correct", "R-1", "--reason", "wrong entry", "--field")
    quick.register(lodged_at=quick.at(hours=10), would_release_at=quick.at(hours=2))
    quick.ask("hold", "transfer", "R-1", "--at", quick.at(hours=1))

    released = quick.ask(*correct, "outcome", "--to", "released", "--at", quick.at(minutes=50))
    dated = quick.ask(*correct, "outcome_at", "--to", quick.at(minutes=40))
    reopened = quick.ask(*correct, "outcome", "--none")

    assert (released["outcome"], released["outcome_at"]) == ("released", quick.at(minutes=50))
    assert (dated["outcome"], dated["outcome_at"]) == ("released", quick.at(minutes=40))
    assert (reopened["status"], reopened["outcome"]) == ("running", None)


def test_policy_is_corrected_and_the_deadline_with_it(quick: CommandLine) -> None:
    quick.register(lodged_at=quick.at(hours=10), would_release_at=quick.at(hours=2))

    changed = quick.ask(
        "hold", "correct", "R-1", "--field", "policy", "--to", "nc-162-62-2024",
        "--reason", "the older law governs",
    )  # fmt: skip

    assert changed["policy"] == "nc-162-62-2024"
    assert changed["deadline_at"] == quick.at(hours=-38)
    assert changed["window_no"] == 2


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (["cancel"], "cancelled"),
        (["decline"], "declined"),
        (["close", "--as", "other_custody", "--to", "Wake County"], "other_custody"),
        (["close", "--as", "other-custody"], "other_custody"),
        (["close", "--as", "died"], "died"),
        (["close", "--as", "escaped"], "escaped"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_hold_can_end_in_every_way(quick: CommandLine, command: list[str], outcome: str) -> None:
    quick.register()

    closed = quick.ask("hold", command[0], "R-1", *command[1:])

    assert (closed["status"], closed["outcome"]) == (outcome, outcome)


def test_superseded_hold_names_the_newer_one(quick: CommandLine) -> None:
    quick.register("R-1")
    newer = quick.register("R-1/2")

    closed = quick.ask("hold", "close", "R-1", "--as", "superseded", "--by", "R-1/2")

    assert (closed["status"], closed["superseded_by"]) == ("superseded", newer["id"])


def test_registering_again_returns_the_hold_and_adds_nothing(quick: CommandLine) -> None:
    lodged_at = quick.at(hours=1)
    first = quick.register(lodged_at=lodged_at)

    again = quick.register(lodged_at=lodged_at)
    told = quick.do(
        "hold", "register", "--facility", "OAK", "--ref", "R-1", "--lodged-at", lodged_at
    )
    other = quick.refused("hold", "register", "--facility", "OAK", "--ref", "R-1", "--lodged-at",
                          quick.at(hours=2))  # fmt: skip

    assert again["id"] == first["id"]
    assert "is on record already" in told
    assert first["id"] in other
    assert "R-1/2" in other
    assert len(quick.ask("hold", "list")) == 1


def test_paper_record_comes_in_as_one_entry(quick: CommandLine) -> None:
    closed = quick.register(
        lodged_at=quick.at(hours=200),
        would_release_at=quick.at(hours=100),
        outcome="released",
        outcome_at=quick.at(hours=60),
        reason="kept on paper during the outage",
    )

    assert closed["status"] == "released"
    assert closed["over_detention_minutes"] == 0
    kinds = [event["kind"] for event in quick.ask("events", "list", "--hold", "R-1")]
    assert "hold_expired" not in kinds


def test_release_still_to_come_is_a_forecast(quick: CommandLine) -> None:
    ahead = quick.register(would_release_at=quick.at(hours=-30))

    assert (ahead["status"], ahead["would_release_at"]) == ("lodged", None)
    assert ahead["expected_release_at"] == quick.at(hours=-30)
    words = quick.do("hold", "show", "R-1")
    assert "No release on record. The clock has not started." in words
    assert "A forecast: confirm or correct it then." in words


def test_time_without_an_offset_is_the_facilitys(quick: CommandLine) -> None:
    registered = quick.register(
        lodged_at="2026-01-15T08:00", reason="entered from paper", served_at="2026-07-15T08:00"
    )

    assert registered["lodged_at"] == "2026-01-15T13:00:00Z"
    assert registered["served_at"] == "2026-07-15T12:00:00Z"


def test_start_that_comes_twice_is_the_first_and_says_so(quick: CommandLine) -> None:
    told = {"reason": "entered from paper", "lodged_at": "2025-10-30T08:00"}

    registered = quick.register(would_release_at="2025-11-02T01:30", **told)
    refused = quick.refused("hold", "serve-copy", "R-1", "--at", "2025-11-02T01:30",
                            "--reason", "late")  # fmt: skip

    assert registered["starts_at"] == "2025-11-02T05:30:00Z"
    assert registered["deadline_at"] == "2025-11-04T05:30:00Z"
    assert any("comes twice" in warning for warning in registered["warnings"])
    assert "comes twice" in quick.do("hold", "show", "R-1")
    assert "2025-11-02T01:30:00-04:00 or 2025-11-02T01:30:00-05:00" in refused


def test_person_is_kept_apart_and_shown_only_when_asked_for(quick: CommandLine) -> None:
    subject = json.dumps({"subject_name": "Ana Prueba", "a_number": "A012345678"})
    register = ("hold", "register", "--facility", "OAK", "--ref", "R-1", "--subject-stdin")

    registered = quick.do(*register, stdin=subject)
    asked = quick.ask("hold", "show", "R-1", "--person")

    assert (asked["subject_name"], asked["a_number"]) == ("Ana Prueba", "A012345678")
    assert "Ana Prueba" in quick.do("hold", "show", "R-1", "--person")
    for told in (
        registered,
        quick.do("hold", "show", "R-1"),
        quick.do("hold", "list", "--json"),
        quick.do("events", "export"),
    ):
        assert "Prueba" not in told
        assert "12345678" not in told


def test_person_is_not_taken_without_the_key(quick: CommandLine) -> None:
    answer = quick.run(
        "hold", "register", "--facility", "OAK", "--ref", "R-1", "--subject-stdin",
        stdin='{"subject_name": "Ana Prueba"}', settings={"HOLDCLOCK_DATA_KEY": None},
    )  # fmt: skip

    assert answer.code == 1
    assert "HOLDCLOCK_DATA_KEY" in answer.stderr
    assert quick.ask("hold", "list") == []


@pytest.mark.parametrize(
    "stdin", ["Ana Prueba", '["Ana Prueba"]', '{"name of": "Ana Prueba"}', b"\xff\xfe"]
)
def test_what_is_no_subject_is_refused_and_not_quoted(
    quick: CommandLine, stdin: str | bytes
) -> None:
    said = quick.refused(
        "hold", "register", "--facility", "OAK", "--ref", "R-1", "--subject-stdin", stdin=stdin
    )

    assert "subject_name" in said
    assert "Prueba" not in said


def test_list_has_open_holds_by_next_limit_first(quick: CommandLine) -> None:
    lodged_at = quick.at(hours=20)
    quick.register("LODGED", lodged_at=lodged_at)
    quick.register("LATER", lodged_at=lodged_at, would_release_at=quick.at(hours=1))
    quick.register("SOONER", lodged_at=lodged_at, would_release_at=quick.at(hours=9))
    quick.register("GONE", lodged_at=lodged_at)
    quick.ask("hold", "transfer", "GONE")

    listed = [each["hold_ref"] for each in quick.ask("hold", "list")]
    still_open = [each["hold_ref"] for each in quick.ask("hold", "list", "--open")]
    running = quick.ask("hold", "list", "--status", "running", "--limit", "1")
    words = quick.do("hold", "list", "--facility", "OAK")

    assert listed == ["SOONER", "LATER", "LODGED", "GONE"]
    assert still_open == listed[:3]
    assert [each["hold_ref"] for each in running] == ["SOONER"]
    assert "38 h 59 min left" in words
    assert "NO AUTHORITY ON RECORD: NOT SERVED, NO WARRANT" in words


def test_ceiling_under_another_policy_is_named_first(quick: CommandLine) -> None:
    # Friday 18:00 before Labor Day; the published rule excludes three days.
    told = {"policy": "8-cfr-287.7d", "reason": "entered from paper"}
    started = quick.register(
        lodged_at="2025-08-29T12:00", would_release_at="2025-08-29T18:00", **told
    )

    explained = quick.ask("hold", "explain", "R-1")

    assert instant(started["deadline_at"]) - instant(started["ceiling_at"]) == timedelta(hours=72)
    assert started["ceiling_policy"] == "i-247a"
    assert explained["policy"]["deadline_at"] == "2025-09-03T22:00:00Z"
    assert explained["checked"][0]["deadline_at"] == "2025-08-31T22:00:00Z"
    assert any("Labor Day" in step["why"] for step in explained["policy"]["steps"])
    words = quick.do("hold", "explain", "R-1")
    assert "it is earlier than the deadline. Plan to it." in words
    assert "8 CFR 287.7(d); mark Q" in words
    assert "nh-30-b-1" in words
    assert "counsel must confirm" in words


def test_policy_without_a_clock_starts_none(quick: CommandLine) -> None:
    registered = quick.register(policy="no-hold")

    said = quick.refused("hold", "start-clock", "R-1")

    assert registered["deadline_at"] is None
    assert "no clock to start" in said
    assert "Only notice and outcomes apply" in quick.do("hold", "show", "R-1")
