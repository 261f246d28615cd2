"""What was read of the directory, kept until somebody changes it, in whatever process.

Facilities, contacts, channels and added holidays are asked for at every registration
and tick, and change once a week. The database stamps every change of them (triggers,
migration 0003), so that one look at the stamp tells whether what was read still stands.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.engine import Connection

if TYPE_CHECKING:
    from scheduler.domain.roster import Roster
    from scheduler.store.directory import FacilityRecord


class Kept:
    """What was read under one stamp.

    Args:
        stamp: None for what nobody else may go by.

    Attributes:
        facilities: By code.
        rosters: By facility code.
    """

    def __init__(self, stamp: str | None = None) -> None:
        self.stamp = stamp
        self.facilities: dict[str, FacilityRecord] = {}
        self.rosters: dict[str, Roster] = {}


class Look(NamedTuple):
    """What a registration starts from, seen at one look: a server is asked once, not thrice.

    Attributes:
        kept: What stands of the directory.
        now: UTC, by the server's clock; None where there is no server.
        is_taken: The reference is on record.
    """

    kept: Kept
    now: datetime | None
    is_taken: bool


def look(connection: Connection, facility_code: str, hold_ref: str) -> Look:
    """Look at the directory's stamp, the clock, and whether a reference is on record."""
    is_sqlite = connection.dialect.name == "sqlite"
    found = connection.exec_driver_sql(
        _LOOK_SQLITE if is_sqlite else _LOOK_POSTGRESQL, (facility_code, hold_ref)
    )
    stamp, now, is_taken = found.one()
    return Look(
        Kept() if stamp is None else _kept(stamp),
        None if now is None else now.astimezone(UTC),
        bool(is_taken),
    )


_LOOK = (
    "SELECT (SELECT stamp FROM directory_stamp), {now}, EXISTS "
    "(SELECT 1 FROM hold WHERE facility_code = {mark} AND hold_ref = {mark})"
)
_LOOK_SQLITE = _LOOK.format(now="NULL", mark="?")
_LOOK_POSTGRESQL = _LOOK.format(now="clock_timestamp()", mark="%s")


def of(connection: Connection) -> Kept:
    """Return what stands for this connection's view of the directory.

    The stamp is read before what is kept under it, and a stamp is chance: what is
    kept can be newer than its stamp, and then goes unused, but never older. What a
    transaction kept that was rolled back is under a stamp that never comes again.
    """
    stamp = connection.exec_driver_sql("SELECT stamp FROM directory_stamp").scalar()
    return Kept() if stamp is None else _kept(stamp)


# One or two are in use at a time. A copy of a database has the stamp of its original,
# and the same directory.
_kept = lru_cache(maxsize=16)(Kept)
