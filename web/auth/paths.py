"""Where sign-in is, and where somebody goes on to from there."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote, urlsplit

SIGN_IN: Final = "/sign-in"
HOME: Final = "/"
LONGEST_NEXT: Final = 2000


def sign_in_url(wanted: str = HOME) -> str:
    """Return where to sign in, and go on from there to a path of ours."""
    target = next_path(wanted)
    return SIGN_IN if target == HOME else f"{SIGN_IN}?next={quote(target, safe='/')}"


def next_path(told: str) -> str:
    """Return where to go after sign-in: a path of this application, or its first page.

    What comes in an address is anybody's: it must not lead to another site, whatever a
    browser makes of backslashes, tabs and doubled slashes.
    """
    plain = unquote(told)
    is_path = (
        told.startswith("/")
        and not plain.startswith("//")
        and "\\" not in plain
        and all(" " <= letter != "\x7f" for letter in plain)
        and len(told) <= LONGEST_NEXT
    )
    return told if is_path and urlsplit(told)[:2] == ("", "") else HOME
