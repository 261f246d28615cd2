"""On which databases the tests of pages run."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.nightly)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """SQLite, and at night PostgreSQL too.

    Pages reach the store through use cases alone, and those are tested on both every time.
    """
    told: str = request.param
    return told
