from __future__ import annotations

from typing import Any

import pytest

from scheduler.domain.actors import Grant, Role
from scheduler.domain.claims import Claim, ClaimRules
from scheduler.errors import NotSignedInError

OAK = Grant(Role.FACILITY, frozenset({"OAK"}))
RULES = ClaimRules(
    (Claim("amr", "mfa"),),
    (
        (Claim("groups", "oak"), OAK),
        (Claim("groups", "elm"), Grant(Role.FACILITY, frozenset({"ELM"}))),
        (Claim("groups", "east"), Grant(Role.AGENT, frozenset(), frozenset({"EAST"}))),
        (Claim("is_auditor", True), Grant(Role.AUDITOR)),
        (Claim("level", 1), Grant(Role.ADMINISTRATOR)),
    ),
)
MFA = {"amr": ["mfa"]}


@pytest.mark.parametrize(
    ("claims", "grant"),
    [
        pytest.param({"groups": "oak"}, OAK, id="one value"),
        pytest.param({"groups": ["x", "oak"]}, OAK, id="among values"),
        pytest.param(
            {"groups": ["oak", "elm"]},
            Grant(Role.FACILITY, frozenset({"OAK", "ELM"})),
            id="places add up",
        ),
        pytest.param({"is_auditor": True}, Grant(Role.AUDITOR), id="a truth"),
        pytest.param({"level": 1}, Grant(Role.ADMINISTRATOR), id="a number"),
    ],
)
def test_claims_give_the_role_of_their_rule(claims: dict[str, Any], grant: Grant) -> None:
    assert RULES.grant(claims | MFA) == grant


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        pytest.param({}, "role none", id="nothing"),
        pytest.param({"groups": None}, "role none", id="no value"),
        pytest.param({"groups": ["Oak"]}, "role none", id="other letters"),
        pytest.param({"groups": "oak elm"}, "role none", id="values in one text"),
        pytest.param({"groups": {"oak": True}}, "role none", id="an object"),
        pytest.param({"is_auditor": 1}, "role none", id="a number for a truth"),
        pytest.param({"is_auditor": "true"}, "role none", id="a text for a truth"),
        pytest.param({"level": True}, "role none", id="a truth for a number"),
        pytest.param({"groups": ["oak", "east"]}, "role agent and facility", id="two roles"),
        pytest.param({"groups": "oak", "amr": ["pwd"]}, "'amr'", id="without what is required"),
    ],
)
def test_claims_that_give_no_role_or_two_are_refused(claims: dict[str, Any], said: str) -> None:
    with pytest.raises(NotSignedInError, match=said):
        RULES.grant(MFA | claims)
