"""Identifiers: short ones that can be spoken, and time-ordered ones for events."""

from __future__ import annotations

import os
import secrets
import threading
from datetime import datetime

SPEAKABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, O, 1, I or L: they are mistaken for one another on paper and on the phone."""
LENGTH = 7

_COUNT_BITS = 12
_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))
"""Each byte with the two bits that name the variant."""
_lock = threading.Lock()
_last = [0]


def speakable(length: int = LENGTH) -> str:
    """Return a new random id for a hold, contact or channel (about 27 thousand million)."""
    # One call for chance, not one a letter: a registration has time for little else.
    chance = secrets.randbelow(len(SPEAKABLE) ** length)
    letters = []
    for _ in range(length):
        chance, place = divmod(chance, len(SPEAKABLE))
        letters.append(SPEAKABLE[place])
    return "".join(letters)


def time_ordered(now: datetime, count: int) -> list[str]:
    """Return UUIDv7s for `now`; those of one process sort in the order they were made.

    Source: RFC 9562, section 5.7; the twelve bits after the milliseconds count
    within a millisecond (section 6.2, method 1).
    """
    # A batch's at once: one by one the lock, the clock's reading and the system's
    # call for chance take twice as long as the rest.
    chance = bytearray(os.urandom(8 * count))
    chance[::8] = chance[::8].translate(_VARIANT)
    heads = [f"{place:015x}" for place in _places(now, count)]
    tails = chance.hex("-", 8).split("-")
    return [
        f"{head[:8]}-{head[8:12]}-7{head[12:]}-{tail[:4]}-{tail[4:]}"
        for head, tail in zip(heads, tails, strict=False)
    ]


def _places(now: datetime, count: int) -> range:
    """Take the next places in time: milliseconds, and a count of twelve bits within each."""
    with _lock:
        first = max(int(now.timestamp() * 1000) << _COUNT_BITS, _last[0] + 1)
        _last[0] = first + count - 1
    return range(first, first + count)
