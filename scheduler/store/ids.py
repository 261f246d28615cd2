"""Identifiers: short ones that can be spoken, and time-ordered ones for events."""

from __future__ import annotations

import os
import secrets
import threading
from datetime import datetime

SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, O, 1, I or L: they are mistaken for one another on paper and on the phone."""
LENGTH = 7

_VARIANT = 0b10 << 62
_CHANCE = (1 << 62) - 1
_lock = threading.Lock()
_last = [0, 0]


def speakable() -> str:
    """Return a new random id for a hold, contact or channel (about 27 thousand million)."""
    return "".join(secrets.choice(SPEAKABLE) for _ in range(LENGTH))


def time_ordered(now: datetime) -> str:
    """Return a UUIDv7 for `now`; those of one process sort in the order they were made.

    Source: RFC 9562, section 5.7; the twelve bits after the milliseconds count
    within a millisecond (section 6.2, method 1).
    """
    with _lock:
        milliseconds = max(int(now.timestamp() * 1000), _last[0])
        count = _last[1] + 1 if milliseconds == _last[0] else 0
        if count > 0xFFF:
            milliseconds, count = milliseconds + 1, 0
        _last[:] = [milliseconds, count]
    head = f"{milliseconds << 16 | 0x7000 | count:016x}"
    # Straight from the system, a third of what `secrets.randbits` takes: every
    # event and every alert has one.
    chance = int.from_bytes(os.urandom(8)) & _CHANCE
    tail = f"{_VARIANT | chance:016x}"
    return f"{head[:8]}-{head[8:12]}-{head[12:]}-{tail[:4]}-{tail[4:]}"
