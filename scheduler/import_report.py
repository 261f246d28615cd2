"""How an import is asked to go about it, and what it says it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scheduler.history_file import BadRow


class Options(NamedTuple):
    """How an import goes about it; the names are those of the command line."""

    dry_run: bool = False
    create_facilities: bool = False
    all_or_nothing: bool = False
    alerts: bool = False
    correct: bool = False


@dataclass(kw_only=True)
class Report:
    """What an import did, or would do.

    Attributes:
        rows: In the file, good or bad.
        added: New holds.
        unchanged: Rows that said nothing new.
        facts: Newly filled fields recorded.
        corrected: Conflicting fields applied.
        bad: What could not go in.
        conflicts: What is on record differently and was left so.
        facilities: Created.
        close: Facilities spelt like others.
        alerts: What goes out at once.
        warnings: What must be said, with how often.
        is_applied: Something may have been written.
    """

    rows: int = 0
    added: int = 0
    unchanged: int = 0
    facts: int = 0
    corrected: int = 0
    bad: list[BadRow] = field(default_factory=list)
    conflicts: list[BadRow] = field(default_factory=list)
    facilities: list[str] = field(default_factory=list)
    close: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    is_applied: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return everything, for machines."""
        return {
            "rows": self.rows,
            "added": self.added,
            "unchanged": self.unchanged,
            "facts": self.facts,
            "corrected": self.corrected,
            "bad_rows": [row._asdict() for row in self.bad],
            "conflicts": [row._asdict() for row in self.conflicts],
            "facilities_created": self.facilities,
            "close_names": self.close,
            "alerts": self.alerts,
            "warnings": dict(self.warnings),
            "applied": self.is_applied,
        }
