"""A shell on a database of its own, as most stories begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, on_file


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A shell on a database with one office and one facility."""
    return on_file(tmp_path)
