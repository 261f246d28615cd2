"""All policies on record, and which of them governs a hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from scheduler.domain import instants
from scheduler.domain.policy import NO_TIME, AppliesBy, Policy
from scheduler.errors import InvalidHoldError, PolicyError


class Choice(NamedTuple):
    """The policy that governs a hold, and what must be said about the choice."""

    policy: Policy
    warnings: tuple[str, ...]


class PolicyBook(Mapping[str, Policy]):
    """Every policy by id, those that are switched off included."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = dict(policies)
        self.families: dict[str, tuple[Policy, ...]] = {}
        for policy in self.enabled():
            if policy.family is not None:
                known = self.families.get(policy.family, ())
                self.families[policy.family] = (*known, policy)

    def __getitem__(self, policy_id: str) -> Policy:
        return self._policies[policy_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def enabled(self) -> tuple[Policy, ...]:
        """Return the policies that may be used, in the order of their files."""
        return tuple(policy for policy in self.values() if policy.enabled)

    def checked(self, policy: Policy) -> tuple[Policy, ...]:
        """Return the policies whose earlier limits are a ceiling on `policy`.

        Raises:
            PolicyError: One of them is not on record.
        """
        missing = [name for name in policy.checks if name not in self]
        if missing:
            raise PolicyError(f"policy {policy.id}: checks: {missing[0]!r} is not on record")
        return tuple(self[name] for name in policy.checks)

    def based_on(self, policy: Policy) -> Policy | None:
        """Return the policy whose terms `policy` took over, if it names one."""
        return self[policy.based_on] if policy.based_on is not None else None

    def named(self, policy_id: object, *, field: str = "policy") -> Policy:
        """Return the enabled policy that somebody asked for by its name.

        Raises:
            InvalidHoldError: There is none, or it is switched off.
        """
        policy = self.get(policy_id) if isinstance(policy_id, str) else None
        if policy is None:
            known = ", ".join(each.id for each in self.enabled())
            shown = repr(policy_id)[:80]
            raise InvalidHoldError(f"{field}: {shown} is unknown; use one of {known}", field=field)
        if not policy.enabled:
            message = (
                f"{field}: {policy.id!r} is switched off until its text is read; "
                "an administrator can add it to the policies file"
            )
            raise InvalidHoldError(message, field=field)
        return policy

    def policy_for(
        self,
        name: str,
        *,
        lodged_on: date,
        confined_on: date | None = None,
        offence_on: date | None = None,
    ) -> Choice:
        """Choose a facility's policy by the dates in force.

        A facility names a policy or a family of successive ones. Naming a member
        names its family: when the law changes, the facility's settings need not.
        Where no member was in force the one in force nearest is taken, with a warning.

        Args:
            name: The facility's policy id or family.
            lodged_on: The local date on which the detainer was received.
            confined_on: The local date of confinement, where known.
            offence_on: The date of the offence, where known.

        Raises:
            InvalidHoldError: No policy or family has that name, or it is switched off.
        """
        members = self._members(name)
        dates = {
            AppliesBy.LODGING: lodged_on,
            AppliesBy.CONFINEMENT: confined_on,
            AppliesBy.OFFENCE: offence_on,
        }
        # Of two in force (one goes by the offence, its successor by confinement)
        # the later law governs.
        chosen = min(
            members, key=lambda policy: _nearness(policy, dates[policy.applies_by] or lodged_on)
        )
        known = dates[chosen.applies_by]
        return Choice(chosen, tuple(_choice_warnings(chosen, known, lodged_on)))

    def _members(self, name: str) -> tuple[Policy, ...]:
        if name in self.families:
            return self.families[name]
        policy = self.named(name)
        return self.families[policy.family] if policy.family is not None else (policy,)


def _nearness(policy: Policy, day: date) -> tuple[timedelta, timedelta]:
    """Order policies: first by how far `day` is from their dates, then latest law first."""
    first = policy.in_force_from or date.min
    last = policy.in_force_until or date.max
    distance = max(first - day, day - last, NO_TIME)
    return distance, date.max - first


def _choice_warnings(policy: Policy, known: date | None, lodged_on: date) -> Iterator[str]:
    if known is None:
        shown = instants.day_text(lodged_on, year=True)
        yield (
            f"{policy.id} goes by the date of {policy.applies_by!s}, which is not on record; "
            f"the lodging date, {shown}, was used"
        )
    warning = dates_warning(policy, known or lodged_on)
    if warning is not None:
        yield warning


def dates_warning(policy: Policy, day: date) -> str | None:
    """Return the warning that a policy was not in force on `day`, or None where it was."""
    if policy.in_force_on(day):
        return None
    shown = instants.day_text(day, year=True)
    return f"{policy.id} was not in force on {shown}; its dates are {policy.dates_text()}"
