"""Rules as holds pinned them: one row per distinct set, found by its digest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from weakref import ref

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from scheduler.domain.hold import Rules
from scheduler.domain.instants import duration_text
from scheduler.domain.ladder import ladder_from
from scheduler.domain.legal_calendar import FederalHolidays, calendar_data, calendar_from
from scheduler.domain.policy import policy_data, policy_from
from scheduler.errors import StoreError
from scheduler.store.tables import PinnedRules

logger = logging.getLogger(__name__)

TABLE = PinnedRules.__table__

_PIN = sa.text("INSERT INTO pinned_rules (id, body) VALUES (:id, :body) ON CONFLICT DO NOTHING")


class Spelling(NamedTuple):
    """Rules as they are pinned: their digest, and the text that it is of."""

    id: str
    body: str


class RuleBook:
    """Pins rules and reads them back. What is pinned never changes, so it is kept in memory."""

    def __init__(self, federal: FederalHolidays) -> None:
        self._federal = federal
        self._known: dict[str, Rules] = {}
        self._pinned: set[str] = set()
        """Ids known to be committed: nothing unpins them."""
        self._pinning: dict[str, Callable[[], Connection | None]] = {}
        """Ids that this process inserted, with the connection whose commit it has not seen."""

    def pin(self, connection: Connection, rules: Rules) -> str:
        """Store the rules, unless they are stored already, and return their id."""
        return self.store(connection, spelled(rules))

    def store(self, connection: Connection, spelling: Spelling) -> str:
        """Store rules that are spelled already, and return their id."""
        if spelling.id not in self._pinned:
            self._insert(connection, spelling)
        return spelling.id

    def doubt(self) -> None:
        """Look again what is pinned: a hold could not be written."""
        self._pinned.clear()

    def get(self, connection: Connection, rules_ids: Sequence[str]) -> Mapping[str, Rules]:
        """Return the rules under each id; those that cannot be read are left out.

        What asks for many at once must go on with the others: `known` tells of the one.
        """
        unknown = [rules_id for rules_id in set(rules_ids) if rules_id not in self._known]
        if unknown:
            rows = connection.execute(
                sa.select(TABLE.c.id, TABLE.c.body).where(TABLE.c.id.in_(unknown))
            )
            for row in rows:
                self._keep(row.id, row.body)
        return self._known

    def known(self, rules_id: str) -> Rules:
        """Return rules that `get` has read before.

        Raises:
            StoreError: They could not be read.
        """
        found = self._known.get(rules_id)
        if found is None:
            raise StoreError(f"rules {rules_id}: they are missing or damaged; restore a backup")
        return found

    def _keep(self, rules_id: str, body: str) -> None:
        try:
            self._known[rules_id] = self._read(orjson.loads(body))
        except Exception:
            # Whatever is wrong with one body, the holds under other rules go on.
            logger.exception(
                "Pinned rules cannot be read",
                extra={"action": "rules_unreadable", "rules_id": rules_id},
            )

    def _insert(self, connection: Connection, spelling: Spelling) -> None:
        # Two processes may pin the same rules at once; what they write is the same.
        done = connection.execute(_PIN, spelling._asdict())
        if done.rowcount:
            self._pinning[spelling.id] = ref(connection)
        elif self._pinning.get(spelling.id, _nobody)() is not connection:
            # It was there before this transaction, which cannot roll it back.
            self._pinned.add(spelling.id)

    def _read(self, data: Mapping[str, Any]) -> Rules:
        return Rules(
            policy=policy_from(data["policy"]),
            checked=tuple(policy_from(checked) for checked in data["checked"]),
            calendar=calendar_from(data["calendar"], self._federal),
            ladder=ladder_from(data["ladder"]),
        )


def _nobody() -> None:
    return None


def spelled(rules: Rules) -> Spelling:
    """Spell rules as they are pinned: without the length of the chain, which is of the moment."""
    body = orjson.dumps(_data(rules), option=orjson.OPT_SORT_KEYS)
    return Spelling(sha256(body).hexdigest()[:20], body.decode())


def _data(rules: Rules) -> dict[str, Any]:
    return {
        "policy": policy_data(rules.policy),
        "checked": [policy_data(policy) for policy in rules.checked],
        "calendar": calendar_data(rules.calendar),
        "ladder": [duration_text(lead) for lead in rules.ladder],
    }
