"""A recipient with a phone: the link of an alert, and a browser without scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from scheduler import wiring
from scheduler.commands import serving
from tests.support.browser import Browser, Page
from tests.support.house import OPERATOR, Premises
from web.app import create_app

NOW: Final = datetime(2026, 3, 2, 14, tzinfo=UTC)
"""Monday 09:00 EST, when the 4 h reminder is due; the clock is to stand 4 h before."""
HOUR: Final = timedelta(hours=1)


class Phone:
    """A recipient with the link of a 4 h reminder: 44 hours of the window have passed."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        premises.add_webhook()
        chief = premises.administration.add_contact(OPERATOR, name="Chief", administrators=True)
        premises.administration.add_webhook(OPERATOR, chief, "https://hooks.example.gov/chief")
        started = (NOW - 44 * HOUR).isoformat()
        papers = dict.fromkeys(("lodged_at", "served_at", "warrant_served_at"), started)
        self.hold_id = premises.register(
            "OK-1190", would_release_at=started, subject_name="Jo Doe", **papers
        ).hold.id
        premises.tick(hours=4, seconds=8)
        self.browser = Browser(
            create_app(
                serving.parts(
                    premises.house, premises.settings, is_alive=lambda: True, what_is_ill=list
                )
            )
        )
        self.link = self.link_of("hold.reminder")

    def link_of(self, type_: str) -> str:
        """The link of the last alert of a type."""
        delivery = self.premises.deliveries(type=type_)[-1]
        return wiring.acknowledge_links(self.premises.settings).url(delivery.id)

    def open(self) -> Page:
        """Follow the link."""
        answer = self.browser.get(self.link)
        assert answer.status_code == 200
        return Page(answer)

    def press(self, **typed: str) -> httpx.Response:
        """Open the page, fill the form in, and press the button."""
        return self.browser.post(self.link, self.open().form(**typed))

    def kinds(self) -> list[str]:
        """What is on record about the hold."""
        return self.premises.kinds(self.hold_id)
