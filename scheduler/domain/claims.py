"""What a provider of identities says of somebody, and which role that gives: unknown gives none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from scheduler.domain.actors import Grant
from scheduler.errors import NotSignedInError

Value = str | bool | int


class Claim(NamedTuple):
    """A claim that somebody must carry: with this value, or with it among its values."""

    name: str
    value: Value

    def is_in(self, claims: Mapping[str, Any]) -> bool:
        """Say whether it is among these."""
        told = claims.get(self.name)
        values = told if isinstance(told, list) else [told]
        # Of one type: to Python 1 is True, and neither is "1".
        return any(type(each) is type(self.value) and each == self.value for each in values)


class ClaimRules(NamedTuple):
    """How claims become roles.

    Attributes:
        required: Everybody carries these, whatever their role.
        grants: Each claim with what it gives.
    """

    required: tuple[Claim, ...]
    grants: tuple[tuple[Claim, Grant], ...]

    def grant(self, claims: Mapping[str, Any]) -> Grant:
        """Return the role that claims give; places of one role add up.

        Raises:
            NotSignedInError: They lack one that is required, give no role, or give two.
        """
        for claim in self.required:
            if not claim.is_in(claims):
                raise NotSignedInError(f"claims: '{claim.name}' has not the value that is required")
        given = [grant for claim, grant in self.grants if claim.is_in(claims)]
        roles = {grant.role for grant in given}
        if len(roles) != 1:
            found = " and ".join(sorted(roles)) or "none"
            raise NotSignedInError(f"claims: they give the role {found}; exactly one is taken")
        return Grant(
            roles.pop(),
            frozenset().union(*(grant.facility_codes for grant in given)),
            frozenset().union(*(grant.office_codes for grant in given)),
        )
