from __future__ import annotations

from pathlib import Path

import pytest

from config.claim_rules import load_claim_rules
from scheduler.domain.actors import Grant, Role
from scheduler.domain.claims import Claim
from scheduler.errors import ConfigError

GOOD = """
[[required]]
claim = "amr"
value = "mfa"

[[role]]
claim = "groups"
value = "oak"
role = "facility"
facilities = ["OAK"]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "roles.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_rules_are_read_as_they_are_written(tmp_path: Path) -> None:
    rules = load_claim_rules(written(tmp_path, GOOD))

    assert rules.required == (Claim("amr", "mfa"),)
    assert rules.grants == ((Claim("groups", "oak"), Grant(Role.FACILITY, frozenset({"OAK"}))),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[[role", "cannot be read as TOML", id="no TOML"),
        pytest.param("", "role: Field required", id="nothing"),
        pytest.param(GOOD + "[extra]\n", "extra", id="unknown table"),
        pytest.param(GOOD.replace("OAK", ""), "role.1.facilities.1", id="empty place"),
        pytest.param(
            GOOD.replace('facilities = ["OAK"]', ""), "facilities is missing", id="no places"
        ),
        pytest.param(
            GOOD.replace('"facility"', '"auditor"'), "does not go with role 'auditor'", id="places"
        ),
        pytest.param(GOOD.replace('"facility"', '"operator"'), "role.1.role", id="unknown role"),
        pytest.param(GOOD.replace('"oak"', "1.5"), "role.1.value", id="value of no use"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_with_their_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        load_claim_rules(written(tmp_path, text))
