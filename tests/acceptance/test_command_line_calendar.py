"""A calendar feed made on the command line; what it shows is in the tests of the feed."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import on_file


def test_feed_is_made_shown_once_and_ended(tmp_path: Path) -> None:
    shell = on_file(tmp_path)
    shell.do("user", "add", "--email", "desk@example.gov", "--role", "auditor",
             "--password-stdin", stdin="violet tractors eat seven clouds\n")  # fmt: skip

    shown = shell.do("user", "calendar-feed", "desk@example.gov").strip()
    again = shell.ask("user", "calendar-feed", "desk@example.gov")
    shell.do("user", "calendar-feed", "desk@example.gov", "--end")
    told = [
        (each["data"]["field"], bool(each["data"]["old"]), bool(each["data"]["new"]))
        for each in shell.ask("events", "list", "--kind", "setting_changed")
        if each["data"]["field"] == "calendar_feed_at"
    ]

    assert shown.startswith("http://127.0.0.1:8000/calendar/")
    assert shown.endswith(".ics")
    assert again["url"] != shown
    assert "no calendar feed" in shell.refused("user", "calendar-feed", "desk@example.gov", "--end")
    assert [each[1:] for each in told] == [(False, True), (True, True), (True, False)]
