"""One account, its authenticator, and whoever tries to get in: below the pages."""

from __future__ import annotations

from typing import Any, Final

import pyotp
import pytest

from scheduler.accounts.sessions import Stage
from scheduler.accounts.sign_in import Entered
from scheduler.commands.people import People, people
from scheduler.errors import NotSignedInError
from scheduler.links import InvitationLinks
from tests.support.house import FACILITY, OPERATOR, Premises

EMAIL: Final = "desk@example.gov"
PASSWORD: Final = "violet tractors eat seven clouds"
OTHER: Final = "green tractors eat seven clouds"
SOURCE: Final = "203.0.113.7"


class Desk:
    """One account, its authenticator, and whoever tries to get in."""

    def __init__(self, premises: Premises, **settings: Any) -> None:
        self.premises = premises
        self.clock = premises.clock
        told = premises.settings.model_copy(update=settings)
        self.people: People = people(premises.house, told)
        self.id = self.people.users.add(
            OPERATOR, email=EMAIL, role="facility", facilities=[FACILITY], password=PASSWORD
        )
        entered = self.try_password()
        self.key = self.people.sign_in.enrolling(entered.token).key
        enrolled = self.people.sign_in.enrol(entered.token, self.code(), source=SOURCE)
        assert enrolled is not None
        self.token = enrolled.entered.token
        self.recovery_codes = enrolled.recovery_codes
        self.clock.tick(minutes=1)

    def code(self) -> str:
        return pyotp.TOTP(self.key).at(self.clock.now())

    def try_password(self, password: str = PASSWORD, code: str = "", email: str = EMAIL) -> Entered:
        return self.people.sign_in.with_password(email, password, code, source=SOURCE)

    def fail(self, times: int = 1, **told: str) -> None:
        for _ in range(times):
            with pytest.raises(NotSignedInError, match="is wrong"):
                self.try_password(**{"password": OTHER, **told})

    def is_in(self, token: str | None = None) -> bool:
        return self.people.sign_in.is_at(token or self.token, Stage.SIGNED_IN)

    def told(self, *kinds: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Return kind, actor and data of events that are about no hold."""
        return [
            (each["kind"], each["actor"], each["data"])
            for each in self.premises.events()
            if each["kind"] in kinds
        ]


class Invited:
    """An account without a password, and the link that a mail would bring."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.invitations = desk.people.invitations
        self.id = desk.people.users.add(OPERATOR, email="new@example.gov", role="auditor")
        self.token = self.new_token()

    def new_token(self) -> str:
        made = self.invitations.invite(OPERATOR, self.id)
        key = self.desk.premises.settings.secret_key
        return InvitationLinks(key, "https://x").url(made).rpartition("/")[2]

    def answer(self, password: str = OTHER) -> Entered:
        return self.invitations.answer(self.token, password)
