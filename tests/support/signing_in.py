"""Somebody with an account who signs in by the pages, as with a browser and a telephone."""

from __future__ import annotations

from typing import Final

import httpx
import pyotp

from tests.support.browser import Browser, Page
from tests.support.house import OPERATOR
from tests.support.office import Office

PASSWORD: Final = "violet tractors eat seven clouds"


class Visitor(Browser):
    """A browser that nobody has signed in with yet, and an authenticator.

    Args:
        office: Whose pages it asks for.
        role: Of the account that is made.
        places: Its facilities or offices, by that name.
    """

    def __init__(self, office: Office, role: str = "auditor", **places: list[str]) -> None:
        super().__init__(office.app)
        self.office = office
        self.email = f"visitor{id(self)}@example.gov"
        self.account_id = office.people.users.add(
            OPERATOR, email=self.email, role=role, name="Duty desk", password=PASSWORD, **places
        )
        self.key = ""
        self.recovery_codes: list[str] = []

    def code(self) -> str:
        """Return what the authenticator shows."""
        return pyotp.TOTP(self.key).at(self.office.premises.clock.now())

    def next_code(self) -> str:
        """Return the code of the next half minute, once it is there."""
        self.office.premises.clock.tick(seconds=30)
        return self.code()

    def fill(self, page: httpx.Response, url: str, **typed: str) -> httpx.Response:
        """Send the form that a page holds."""
        return self.post(url, Page(page).form(**typed))

    def try_password(self, password: str = PASSWORD, code: str = "") -> httpx.Response:
        """Open the sign-in page, and send it."""
        page = self.get("/sign-in")
        return self.fill(page, "/sign-in", email=self.email, password=password, code=code)

    def enrol(self) -> httpx.Response:
        """Set the second factor up, after the password."""
        page = self.get("/second-factor")
        self.key = Page(page).text.partition("Key: ")[2].partition(" 6-digit")[0].replace(" ", "")
        done = self.fill(page, "/second-factor", code=self.code())
        self.recovery_codes = [word for word in Page(done).text.split() if word.count("-") == 3]
        return done

    def sign_in(self) -> httpx.Response:
        """Sign in for the first time, second factor and all; return the last page."""
        self.try_password()
        return self.enrol()

    def begin(self) -> None:
        """Set the second factor up, and sign out again; the next code is a fresh one."""
        self.sign_in()
        self.cookies.clear()
        self.office.premises.clock.tick(minutes=1)

    @property
    def is_in(self) -> bool:
        """Say whether a page is answered."""
        answer = self.post("/stay-signed-in", {"csrf": "none"})
        return answer.status_code == 403
