"""Whoever reads a page: what they prefer, and what they are to the record."""

from __future__ import annotations

from typing import Final, NamedTuple

from scheduler.domain.actors import Role
from web import languages
from web.voice import Manner


class Reader(NamedTuple):
    """Somebody who reads a page.

    Attributes:
        language: Its code.
        twelve_hour: `6:00 PM` instead of `18:00`.
        timezone: Their own zone, shown in brackets where it differs.
        single_keys: `/ N B J K ?` move about.
        name: As their account has it; empty where nobody signed in.
        role: None where nobody signed in.
        csrf: What a form of theirs must carry.
    """

    language: str = languages.ENGLISH
    twelve_hour: bool = False
    timezone: str | None = None
    single_keys: bool = True
    name: str = ""
    role: Role | None = None
    csrf: str = ""

    @property
    def manner(self) -> Manner:
        """How things are said to them."""
        return Manner(self.language, self.twelve_hour, self.timezone)

    @property
    def enters_holds(self) -> bool:
        """Say whether they register holds and record facts."""
        return self.role is Role.FACILITY

    @property
    def administers(self) -> bool:
        """Say whether they change settings."""
        return self.role is Role.ADMINISTRATOR


ANYBODY: Final = Reader()
