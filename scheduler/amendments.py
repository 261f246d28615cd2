"""A change of the law's data on open holds: listed first, applied when somebody says so.

A hold keeps the policy and the holidays it pinned at registration. Two things
may reach it later: a law that says it reaches open holds, and a holiday that is
added, changed or withdrawn afterwards. Both are shown as moves, old limits beside
new ones, and are written as changes with a reason, each opening a new window where
a limit moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from scheduler.domain import corrections, window
from scheduler.domain.actors import Actor, Deed, require_may
from scheduler.domain.facts import Fact, Recorded
from scheduler.domain.hold import Hold, Rules, anchors
from scheduler.domain.instants import rfc3339
from scheduler.domain.policy import Policy
from scheduler.domain.policy_book import PolicyBook
from scheduler.domain.window import Limits
from scheduler.errors import HoldStateError, InvalidHoldError
from scheduler.intake import LONGEST_REASON, plain_text
from scheduler.recorder import Recorder
from scheduler.store import directory, holds
from scheduler.store.directory import FacilityRecord
from scheduler.store.engine import Connection
from scheduler.store.holds import Stored

Amend = Callable[[Hold, Rules, FacilityRecord], Rules | None]
"""Gives a hold's amended rules, or None where the change does not reach it."""

Correct = Callable[[Hold, Rules, Fact, str], Recorded]
"""Writes amended rules, pinned under an id, into a hold."""


class Move(NamedTuple):
    """An open hold that a change reaches, with its limits before and after."""

    stored: Stored
    facility: FacilityRecord
    rules: Rules
    limits: Limits

    @property
    def hold(self) -> Hold:
        """The hold as it stands."""
        return self.stored.hold

    @property
    def moves(self) -> bool:
        """Say whether a limit changes; a clock that has not started has none to change."""
        hold, limits = self.stored.hold, self.limits
        return (hold.deadline_at, hold.ceiling_at) != (limits.deadline_at, limits.ceiling_at)


class Agreement(NamedTuple):
    """What somebody says who has looked at the moves.

    Attributes:
        reason: Why; it stays on the record of every hold.
        is_given: That the holds may be changed; needed where there are any.
        to: The `fingerprint` of the moves that they looked at: others, or none, are
            shown anew. None agrees to whatever is moved.
    """

    reason: str
    is_given: bool
    to: str | None = None

    def covers(self, moves: Sequence[Move]) -> bool:
        """Say whether these may be made."""
        if self.to is not None:
            return self.to == fingerprint(moves)
        return self.is_given or not moves


class NotAgreedError(HoldStateError):
    """A change reaches holds, and nobody agreed to just that; nothing was changed.

    Args:
        message: How many.
        moves: What it would do, as of the transaction that was given up.
    """

    def __init__(self, message: str, moves: Sequence[Move]) -> None:
        super().__init__(message)
        self.moves = tuple(moves)


class Amendments:
    """Brings changes of the law's data to the open holds they reach.

    Args:
        recorder: Writes them.
        book: The policies on record.
    """

    def __init__(self, recorder: Recorder, book: PolicyBook) -> None:
        self._recorder = recorder
        self._book = book

    def policy_moves(self, policy_id: str) -> list[Move]:
        """Return the open holds that a law reaches.

        Raises:
            InvalidHoldError: The policy does not reach open holds.
        """
        amend = self._under(self._reaching(policy_id))
        with self._recorder.database.read() as connection:
            return list(self.moves(connection, amend))

    def apply_policy(self, actor: Actor, policy_id: str, agreement: Agreement) -> list[Move]:
        """Bring a law to the open holds it reaches.

        Raises:
            InvalidHoldError: The policy does not reach open holds, or there is no reason.
            HoldStateError: It reaches some, and nobody agreed.
        """
        require_may(actor, Deed.ADMINISTER)
        amend = self._under(self._reaching(policy_id))
        with self._recorder.database.write() as connection:
            moves = self.apply(
                connection,
                actor,
                amend,
                correct=corrections.change_policy,
                agreement=agreement,
            )
        self._recorder.committed()
        return moves

    def _reaching(self, policy_id: str) -> Policy:
        policy = self._book.named(policy_id)
        if not policy.reaches_open:
            raise InvalidHoldError(
                f"policy '{policy_id}': it does not reach holds that were open when it came; "
                "correct a hold's policy by itself, with a reason",
                field="policy",
            )
        return policy

    def _under(self, policy: Policy) -> Amend:
        checked = self._book.checked(policy)

        def amend(hold: Hold, rules: Rules, facility: FacilityRecord) -> Rules | None:
            known = (hold.policy, hold.policy_version)
            if known == (policy.id, policy.version):
                return None
            if facility.policy not in {policy.id, policy.family}:
                return None
            return rules._replace(
                policy=policy, checked=checked, ladder=policy.ladder or rules.ladder
            )

        return amend

    def moves(self, connection: Connection, amend: Amend) -> Iterator[Move]:
        """Yield the open holds that an amendment reaches."""
        facilities: dict[str, FacilityRecord] = {}
        for stored in holds.open_holds(connection):
            hold = stored.hold
            code = hold.facility_code
            if code not in facilities:
                facilities[code] = directory.facility(connection, code)
            rules = self._recorder.rule_book.get(connection, [hold.rules_id])[hold.rules_id]
            amended = amend(hold, rules, facilities[code])
            if amended is None:
                continue
            limits = window.limits(anchors(hold), amended.policy, amended.checked, amended.calendar)
            yield Move(stored, facilities[code], amended, limits)

    def apply(
        self,
        connection: Connection,
        actor: Actor,
        amend: Amend,
        *,
        correct: Correct,
        agreement: Agreement,
    ) -> list[Move]:
        """Amend every open hold that is reached, in a transaction that writes.

        Raises:
            InvalidHoldError: There is no reason.
            NotAgreedError: Some are reached, and nobody agreed to just that.
        """
        reason = plain_text(agreement.reason, "reason", LONGEST_REASON)
        if reason is None:
            raise InvalidHoldError(
                "reason: it is empty; say why, it stays on the record", field="reason"
            )
        moves = list(self.moves(connection, amend))
        if not agreement.covers(moves):
            raise NotAgreedError(
                f"this change reaches {len(moves)} open holds, and nothing was changed; "
                "look at them, then confirm it",
                moves,
            )
        for move in moves:
            self._amend(connection, move, actor, correct, reason=reason)
        return moves

    def _amend(
        self, connection: Connection, move: Move, actor: Actor, correct: Correct, *, reason: str
    ) -> None:
        stored = holds.lock(connection, move.hold.id) or move.stored
        now = self._recorder.now()
        rules = move.rules._replace(chain=self._recorder.rules(connection, stored.hold).chain)
        rules_id = self._recorder.rule_book.pin(connection, rules)
        recorded = correct(stored.hold, rules, Fact(now, now, {"reason": reason}), rules_id)
        self._recorder.write(
            connection, stored, recorded, rules=rules, moment=self._recorder.moment(actor, now)
        )


def fingerprint(moves: Sequence[Move]) -> str:
    """Return what tells these moves from any others."""
    told = sorted(repr(sorted(move_object(move).items())) for move in moves)
    return sha256("\n".join(told).encode()).hexdigest()


def move_object(move: Move) -> dict[str, Any]:
    """Return a hold with its limits before and after, as machines read it; instants in UTC."""
    hold, limits = move.hold, move.limits
    instants = {
        "old_deadline_at": hold.deadline_at,
        "new_deadline_at": limits.deadline_at,
        "old_ceiling_at": hold.ceiling_at,
        "new_ceiling_at": limits.ceiling_at,
    }
    return {
        "hold_id": hold.id,
        "hold_ref": hold.hold_ref,
        "facility_code": hold.facility_code,
        "moves": move.moves,
        **{name: None if at is None else rfc3339(at) for name, at in instants.items()},
        "timezone": move.facility.timezone,
    }
