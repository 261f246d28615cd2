"""What one delivery may spend: seconds and bytes.

Libraries count their time-outs anew at every read, so a receiver that drips one
byte a second outlives any of them. This counts once, from the first moment.
"""

from __future__ import annotations

from scheduler import clock

# Real time, also in a demo whose clock runs fast: a slow network stays slow.
_monotonic = clock.SystemClock().monotonic


class Budget:
    """The seconds and bytes left to one delivery."""

    def __init__(self, seconds: float, answer_bytes: int) -> None:
        self._began = _monotonic()
        self._ends = self._began + seconds
        self._bytes = answer_bytes

    def left_s(self) -> float:
        """Return the seconds left; zero or less once the deadline has passed."""
        return self._ends - _monotonic()

    def spent_ms(self) -> int:
        """Return the whole milliseconds since the delivery began."""
        return int((_monotonic() - self._began) * 1000)

    def shorten(self, seconds: float) -> None:
        """Leave at most this many seconds from now."""
        self._ends = min(self._ends, _monotonic() + seconds)

    def take(self, count: int) -> bool:
        """Count bytes received; say whether they were still within the limit."""
        self._bytes -= count
        return self._bytes >= 0
