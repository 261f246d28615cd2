"""A screen made, listed and ended on the command line; what it shows is in the tests of walls."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import on_file


def test_screen_is_made_shown_once_and_ended(tmp_path: Path) -> None:
    shell = on_file(tmp_path)

    shown = shell.do("wall", "add", "--name", "Booking desk", "--facility", "OAK").strip()
    (row,) = shell.ask("wall", "list")
    shell.do("wall", "end", row["id"])
    (ended,) = shell.ask("wall", "list")

    assert shown.startswith("http://127.0.0.1:8000/wall/")
    assert (row["name"], row["facility_codes"], row["disabled_at"]) == (
        "Booking desk",
        ["OAK"],
        None,
    )
    assert shown.rpartition("/")[2] not in str(row)
    assert ended["disabled_at"] is not None
    assert "has ended" in shell.refused("wall", "end", row["id"])
