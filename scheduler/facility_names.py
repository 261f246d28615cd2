"""Facility names that may mean the same place: spelt by hand, abbreviated, doubled.

They are only listed. Two jails of one county may differ in one word, and merging
them is a person's decision.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz, process

from scheduler.history_file import FacilityAsked

CLOSE = 90.0
"""Of 100, by the words in any order, abbreviations written out."""
NEAREST = 3

_WORD = re.compile(r"[A-Z0-9]+")
_ABBREVIATED = {
    "CNTY": "COUNTY",
    "CO": "COUNTY",
    "CTY": "COUNTY",
    "CORR": "CORRECTIONAL",
    "CORRECTIONL": "CORRECTIONAL",
    "CTR": "CENTER",
    "CT": "CENTER",
    "DET": "DETENTION",
    "DEPT": "DEPARTMENT",
    "DIST": "DISTRICT",
    "FAC": "FACILITY",
    "FED": "FEDERAL",
    "INST": "INSTITUTION",
    "JUV": "JUVENILE",
    "JUVI": "JUVENILE",
    "PEN": "PENITENTIARY",
    "PRIS": "PRISON",
    "REG": "REGIONAL",
}


class CloseNames(NamedTuple):
    """Two facilities whose names are close; `likeness` is of 100."""

    code: str
    name: str
    other_code: str
    other_name: str
    likeness: int

    def __str__(self) -> str:
        """Return the pair as one line for people."""
        return (
            f"{self.code} ({self.name}) is spelt like {self.other_code} ({self.other_name}): "
            f"{self.likeness} of 100"
        )


def close_names(new: Iterable[FacilityAsked], known: Iterable[FacilityAsked]) -> list[CloseNames]:
    """Return the new facilities that are spelt like a known one, or an earlier new one.

    Only those of one state are compared.
    """
    by_state: dict[str, dict[str, str]] = defaultdict(dict)
    names: dict[str, str] = {}
    for facility in known:
        by_state[facility.state][facility.code] = plain_name(facility.name, facility.state)
        names[facility.code] = facility.name
    found: list[CloseNames] = []
    for facility in new:
        spelt = plain_name(facility.name, facility.state)
        others = by_state[facility.state]
        number = _numbers(spelt)
        alike = {code: other for code, other in others.items() if _numbers(other) == number}
        nearest = process.extract(
            spelt, alike, scorer=fuzz.token_sort_ratio, score_cutoff=CLOSE, limit=NEAREST
        )
        found += [
            CloseNames(facility.code, facility.name, code, names[code], round(likeness))
            for _, likeness, code in nearest
        ]
        others[facility.code] = spelt
        names[facility.code] = facility.name
    return found


def _numbers(name: str) -> list[str]:
    """Return the words with a digit: the 15th district is not the 35th."""
    return [word for word in name.split() if any(letter.isdigit() for letter in word)]


def plain_name(name: str, state: str) -> str:
    """Return a name in capitals, without points and its state, abbreviations written out."""
    words = [_ABBREVIATED.get(word, word) for word in _WORD.findall(name.upper())]
    return " ".join(word for word in words if word != state)
