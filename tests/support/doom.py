"""Lets a worker process kill itself at a point of delivery that a test names.

The product has no hooks for it: what it calls at that point is wrapped, in the
process that is to die.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from notifiers.base import Alert, Notifier, Receipt, Target
from scheduler.store import outbox


class Point(StrEnum):
    """Where a worker dies."""

    BEFORE_CLAIM = "before claim"  # alerts were found due; none is under a lease
    AFTER_CLAIM = "after claim"  # a lease is on record; nothing was sent
    AFTER_SEND = "after send"  # the receiver has it; nobody else knows
    BEFORE_RECORD = "before record"  # results are in hand; none is on record


class Doom(NamedTuple):
    """At which call of a point a worker dies."""

    point: Point
    call: int


class _Countdown:
    def __init__(self, calls: int) -> None:
        self._left = itertools.count(calls - 1, -1)

    def strike(self) -> None:
        if next(self._left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class _DoomedNotifier:
    """Sends as another does, and dies before or after a send."""

    def __init__(self, inner: Notifier, countdown: _Countdown, *, before: bool) -> None:
        self.kind = inner.kind
        self._inner = inner
        self._countdown = countdown
        self._before = before

    def send(self, alert: Alert, target: Target, *, now: datetime) -> Receipt:
        if self._before:
            self._countdown.strike()
        receipt = self._inner.send(alert, target, now=now)
        if not self._before:
            self._countdown.strike()
        return receipt

    def close(self) -> None:
        self._inner.close()


def seal(doom: Doom, ways: Mapping[str, Notifier]) -> Mapping[str, Notifier]:
    """Let this process die at a point; returns the notifiers it is to use until then."""
    countdown = _Countdown(doom.call)
    if doom.point is Point.BEFORE_CLAIM:
        outbox.claim = _struck(outbox.claim, countdown, rows_at=3)
        return ways
    if doom.point is Point.BEFORE_RECORD:
        outbox.record = _struck(outbox.record, countdown, rows_at=1)
        return ways
    before = doom.point is Point.AFTER_CLAIM
    return {kind: _DoomedNotifier(inner, countdown, before=before) for kind, inner in ways.items()}


def _struck(act: Callable[..., Any], countdown: _Countdown, *, rows_at: int) -> Callable[..., Any]:
    """Return a function that strikes first, where its argument in that place has rows."""

    def struck(*args: Any) -> Any:
        rows: Sequence[Any] = args[rows_at]
        if rows:
            countdown.strike()
        return act(*args)

    return struck
