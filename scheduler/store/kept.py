"""What was read of the directory, kept until somebody changes it, in whatever process.

Facilities, contacts, channels and added holidays are asked for at every registration
and tick, and change once a week. The database stamps every change of them (triggers,
migration 0003), so that one look at the stamp tells whether what was read still stands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

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
