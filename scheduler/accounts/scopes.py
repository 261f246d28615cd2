"""What somebody is to the record, and for which places: checked before it is put on record."""

from __future__ import annotations

from collections.abc import Collection

from scheduler.domain.actors import Grant, Role
from scheduler.errors import InvalidHoldError
from scheduler.store import directory
from scheduler.store.engine import Connection

ROLES = (Role.ADMINISTRATOR, Role.FACILITY, Role.AGENT, Role.AUDITOR)
"""What an account or key may be; the others belong to whoever runs the host, or holds a link."""


def read_scope(
    connection: Connection,
    role: str,
    facilities: Collection[str] = (),
    offices: Collection[str] = (),
) -> Grant:
    """Read a role and its places.

    Raises:
        InvalidHoldError: The role is unknown, or does not go with these places.
        HoldNotFoundError: There is no such facility or office.
    """
    known = [str(each) for each in ROLES]
    if role not in known:
        allowed = ", ".join(known)
        raise InvalidHoldError(f"role: '{role}' is unknown; use one of {allowed}", field="role")
    _require_places(role, Role.FACILITY, facilities, "facility")
    _require_places(role, Role.AGENT, offices, "office")
    for code in facilities:
        directory.get(connection, "facility", code)
    for code in offices:
        directory.get(connection, "office", code)
    return Grant(Role(role), frozenset(facilities), frozenset(offices))


def _require_places(role: str, owner: Role, places: Collection[str], field: str) -> None:
    if role == owner and not places:
        raise InvalidHoldError(
            f"{field}: it is missing; role '{role}' has one or more", field=field
        )
    if role != owner and places:
        told = ", ".join(sorted(places))
        raise InvalidHoldError(f"{field}: '{told}' does not go with role '{role}'", field=field)
