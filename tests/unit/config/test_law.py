from __future__ import annotations

from pathlib import Path

import pytest

from config import law
from config.policies import load_policies

BOOK = load_policies()


def test_page_is_the_one_that_the_policies_make() -> None:
    assert law.PAGE.read_text(encoding="utf-8") == law.law_text(BOOK), (
        "docs/law.md is not current: run `python -m config.law`"
    )


def test_page_gives_every_policy_with_its_source_and_mark() -> None:
    rows = [line for line in law.law_text(BOOK).splitlines() if line.startswith("| `")]

    assert len(rows) == len(BOOK)
    for policy, row in zip(
        sorted(BOOK.values(), key=lambda each: not each.enabled), rows, strict=True
    ):
        assert row.startswith(f"| `{policy.id}`, version {policy.version}: ")
        assert row.endswith(f"| {policy.source}, {policy.mark} |")
        assert row.count(" | ") == len(law.COLUMNS) - 1


def test_page_says_that_counsel_must_confirm() -> None:
    assert "An agency's counsel must confirm a policy before use." in law.law_text(BOOK)


def test_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "law.md"
    monkeypatch.setattr(law, "PAGE", page)

    law.main()

    assert page.read_text(encoding="utf-8") == law.law_text(BOOK)
