"""How figures are shown: their conditions first, ratios beside what they are held against."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence

import psycopg


def conditions(*remarks: str) -> None:
    """Print what the figures depend on."""
    print(
        f"{os.cpu_count()} cores ({platform.machine()}, load {os.getloadavg()[0]:.1f} at the start), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"psycopg {psycopg.__version__}; nothing waits for the disk, on either side"
    )
    for remark in remarks:
        print(remark)


def line(name: str, value: str, remark: str = "") -> None:
    """Print one figure."""
    print(f"  {name:<44} {value:>16}   {remark}".rstrip())


def rate(count: int, seconds: float) -> str:
    """Spell a rate."""
    return f"{count / seconds:,.0f}/s"


def ratio(name: str, value: float, target: float, *, at_most: bool = False) -> bool:
    """Print a ratio and the target it is held against; returns whether it is met."""
    is_met = value <= target if at_most else value >= target
    bound = "at most" if at_most else "at least"
    line(name, f"{value:.2f}", f"target: {bound} {target:g}: {'met' if is_met else 'MISSED'}")
    return is_met


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, interpolated."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def millis(values: Sequence[float]) -> str:
    """Spell median and 99th percentile of seconds as milliseconds."""
    return f"{percentile(values, 50) * 1e3:.2f} / {percentile(values, 99) * 1e3:.2f} ms"


def finish(met: Sequence[bool]) -> None:
    """Say how many targets were met. A missed one is a figure, not a failure."""
    print(f"{sum(met)} of {len(met)} targets met")
